# Two Debian packages by CPack, as `cmake --workflow --preset package` makes them: libsvdlens-dev, with the headers, what
# finds them and the templates of compiled mode, and svdlens, the program.

set(CPACK_PACKAGE_NAME svdlens)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_VENDOR "the svdlens authors")
set(CPACK_PACKAGE_CONTACT "the svdlens authors <svdlens@localhost>")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")

set(CPACK_COMPONENTS_ALL dev)
if(SVDLENS_INSTALL_PROGRAM AND TARGET svdlens_program)
    list(APPEND CPACK_COMPONENTS_ALL program)
endif()
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

# Headers are of no architecture. What svdlens::svdlens needs is what the components ask for; xtensor is included by hand.
set(needed "")
foreach(package IN ITEMS Eigen3 nlohmann_json)
    list(GET _svdlens_${package}_dependency 1 oldest)
    list(GET _svdlens_${package}_dependency 2 debian)
    list(APPEND needed "${debian} (>= ${oldest})")
endforeach()
list(JOIN needed ", " needed)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libsvdlens-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${needed}")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "g++, cmake, libxtensor-dev")
set(CPACK_COMPONENT_DEV_DESCRIPTION
    "Weights-only circuit analysis of transformers: the C++20 library\nHeaders, CMake and pkg-config files, and what makes svdlens::compiled in its user's build.")

# What the program is linked to is found by dpkg-shlibdeps; its license stands where Debian keeps them.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME svdlens)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "graphviz")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
    "Weights-only circuit analysis of transformers: the program\nDraws the circuit of a checkpoint: which attention heads read what, write what and feed which neurons.")
set(CPACK_STRIP_FILES ON)

include(GNUInstallDirs)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/libsvdlens-dev" RENAME copyright
    COMPONENT dev)
if("program" IN_LIST CPACK_COMPONENTS_ALL)
    install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/svdlens" RENAME copyright
        COMPONENT program)
endif()

include(CPack)
