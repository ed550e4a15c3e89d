# Installs the headers, one export file for each component, and the package files that find them.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_folder "${CMAKE_INSTALL_DATADIR}/cmake/svdlens")

set(component_table "")
set(exported ${svdlens_components})
if(TARGET svdlens::svdlens)
    list(APPEND exported svdlens)
endif()
foreach(name IN LISTS exported)
    install(TARGETS svdlens_${name} EXPORT svdlens-${name}
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    install(EXPORT svdlens-${name} FILE svdlens-${name}-targets.cmake NAMESPACE svdlens::
        DESTINATION "${package_folder}")
    string(APPEND component_table
        "set(_svdlens_${name}_needs ${svdlens_${name}_needs})\n"
        "set(_svdlens_${name}_package ${svdlens_${name}_package})\n")
endforeach()

configure_package_config_file(cmake/svdlensConfig.cmake.in "${PROJECT_BINARY_DIR}/svdlensConfig.cmake"
    INSTALL_DESTINATION "${package_folder}"
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
    DESTINATION "${package_folder}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/svdlens")
