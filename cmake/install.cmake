# Installs every header, one export file for each component, and what finds them: CMake's package and pkg-config's files.
#
# What is installed does not depend on the packages that are there: a component asks for its own where it is used.
# All of it is the install component `dev`; the program of examples/ is another, `program`.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_folder "${CMAKE_INSTALL_DATADIR}/cmake/svdlens")
set(pkgconfig_folder "${CMAKE_INSTALL_DATADIR}/pkgconfig")

install(DIRECTORY include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev FILES_MATCHING PATTERN "*.hpp")

set(component_table "")
foreach(name IN LISTS svdlens_components ITEMS svdlens)
    install(TARGETS svdlens_${name} EXPORT svdlens-${name}
        INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    install(EXPORT svdlens-${name} FILE svdlens-${name}-targets.cmake NAMESPACE svdlens::
        DESTINATION "${package_folder}" COMPONENT dev)
    string(APPEND component_table
        "set(_svdlens_${name}_needs ${svdlens_${name}_needs})\n"
        "set(_svdlens_${name}_package ${svdlens_${name}_package})\n")
endforeach()

configure_package_config_file(cmake/svdlensConfig.cmake.in "${PROJECT_BINARY_DIR}/svdlensConfig.cmake"
    INSTALL_DESTINATION "${package_folder}"
    PATH_VARS CMAKE_INSTALL_INCLUDEDIR
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/svdlensConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion
    ARCH_INDEPENDENT)
install(FILES
    "${PROJECT_BINARY_DIR}/svdlensConfig.cmake"
    "${PROJECT_BINARY_DIR}/svdlensConfigVersion.cmake"
    cmake/svdlens-dependencies.cmake
    cmake/svdlens-compiled.cmake
    cmake/compiled_unit.cpp.in
    DESTINATION "${package_folder}" COMPONENT dev)

# Two files for pkg-config: svdlens-core, which needs nothing, and svdlens, with the packages of svdlens::svdlens.
# Folders are relative to the file, so that an installation can be moved.
function(svdlens_install_pkgconfig name description requires)
    set(pc_name ${name})
    set(pc_description "${description}")
    set(pc_requires "${requires}")
    file(RELATIVE_PATH up "/prefix/${pkgconfig_folder}" "/prefix")
    string(REGEX REPLACE "/$" "" up "${up}")
    set(pc_prefix "\${pcfiledir}/${up}")
    set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
    if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
        set(pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
    endif()
    configure_file(cmake/svdlens.pc.in "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${pkgconfig_folder}" COMPONENT dev)
endfunction()

set(requires "svdlens-core = ${PROJECT_VERSION}")
foreach(name IN LISTS svdlens_umbrella_components)
    set(package ${svdlens_${name}_package})
    if(package AND NOT package STREQUAL "Threads")
        list(GET _svdlens_${package}_dependency 1 oldest)
        list(GET _svdlens_${package}_dependency 3 pkgconfig_name)
        list(APPEND requires "${pkgconfig_name} >= ${oldest}")
    endif()
endforeach()
list(REMOVE_DUPLICATES requires)
list(JOIN requires ", " requires)
svdlens_install_pkgconfig(svdlens-core "${PROJECT_DESCRIPTION}: the component core" "")
svdlens_install_pkgconfig(svdlens "${PROJECT_DESCRIPTION}" "${requires}")

install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/svdlens" COMPONENT dev)
