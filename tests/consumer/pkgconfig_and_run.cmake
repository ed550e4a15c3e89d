# Compiles and runs MAIN with what pkg-config says of PACKAGE in PREFIX, which has to be VERSION.

find_program(pkgconfig pkg-config)
if(NOT pkgconfig)
    message(NOTICE "SKIPPED: pkg-config was not found (Debian: pkg-config)")
    return()
endif()

set(ENV{PKG_CONFIG_PATH} "${PREFIX}/share/pkgconfig")
function(ask)
    execute_process(COMMAND "${pkgconfig}" ${ARGN} "${PACKAGE}"
        OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    set(answer "${answer}" PARENT_SCOPE)
endfunction()

ask(--modversion)
if(NOT answer STREQUAL VERSION)
    message(FATAL_ERROR "${PACKAGE} is version ${answer} for pkg-config, and ${VERSION} in truth")
endif()
execute_process(COMMAND "${pkgconfig}" --exists "${PACKAGE} >= 99" RESULT_VARIABLE refused)
if(NOT refused)
    message(FATAL_ERROR "pkg-config takes ${PACKAGE} ${VERSION} for version 99")
endif()

ask(--cflags --libs)
separate_arguments(flags UNIX_COMMAND "${answer}")
execute_process(COMMAND "${COMPILER}" -std=c++20 "${MAIN}" -o "${PROGRAM}" ${flags} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${PROGRAM}" COMMAND_ERROR_IS_FATAL ANY)
