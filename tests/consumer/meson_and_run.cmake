# Configures and builds the project of Meson in PROJECT against the installation in PREFIX, and runs its programs.

find_program(meson meson)
find_program(pkgconfig pkg-config)
foreach(program IN ITEMS meson pkgconfig)
    if(NOT ${program})
        message(NOTICE "SKIPPED: ${program} was not found (Debian: meson, pkg-config)")
        return()
    endif()
endforeach()

file(REMOVE_RECURSE "${BINARY}")
set(ENV{CXX} "${COMPILER}")
set(ENV{PKG_CONFIG_PATH} "${PREFIX}/share/pkgconfig")
execute_process(COMMAND "${meson}" setup "${BINARY}" "${PROJECT}"
        "-Dcmake_prefix_path=${PREFIX}" "-Dversion_asked=${VERSION}"
    COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${meson}" compile -C "${BINARY}" COMMAND_ERROR_IS_FATAL ANY)
foreach(program IN ITEMS by_pkgconfig by_cmake)
    execute_process(COMMAND "${BINARY}/${program}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
