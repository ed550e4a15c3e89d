# An overlay port of the tree that it stands in:
#   vcpkg install svdlens --overlay-ports=cmake/packaging/vcpkg
# A registry's port would fetch a release here instead (vcpkg_from_github).
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

set(VCPKG_BUILD_TYPE release) # headers only: there is nothing to build for debug
vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DSVDLENS_BUILD_TESTS=OFF
        -DSVDLENS_BUILD_EXAMPLES=OFF
        -DSVDLENS_BUILD_BENCHMARKS=OFF
        -DSVDLENS_INSTALL=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME svdlens CONFIG_PATH share/cmake/svdlens)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE
    "${CURRENT_PACKAGES_DIR}/share/cmake"
    "${CURRENT_PACKAGES_DIR}/share/doc"
    "${CURRENT_PACKAGES_DIR}/share/licenses")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
