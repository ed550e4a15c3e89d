# One program of leading/: its first line says that it compiles, or the one error that it ends in.
#
# cmake -DCOMPILER=... -DINCLUDE=... -DSYSTEM_INCLUDE=... -DSOURCE=... -P leading_headers.cmake

list(REMOVE_ITEM SYSTEM_INCLUDE "" /usr/include)
list(REMOVE_DUPLICATES SYSTEM_INCLUDE)
list(TRANSFORM SYSTEM_INCLUDE PREPEND "-isystem")
file(READ "${SOURCE}" text)
set(flags "-std=c++20")
if(text MATCHES "// flags: ([^\n]*)")
    list(APPEND flags "${CMAKE_MATCH_1}")
endif()
execute_process(
    COMMAND "${COMPILER}" ${flags} -fsyntax-only -Wall -Wextra -I "${INCLUDE}" ${SYSTEM_INCLUDE} "${SOURCE}"
    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE said)
string(REGEX MATCHALL "(^|\n)[^\n]*: (fatal )?error: [^\n]*" errors "${said}")
list(LENGTH errors count)
if(text MATCHES "^// error: ([^\n]*)")
    if(NOT failed OR NOT count EQUAL 1 OR NOT errors MATCHES "${CMAKE_MATCH_1}")
        message(FATAL_ERROR "expected one error that matches '${CMAKE_MATCH_1}', found ${count}:\n${said}")
    endif()
elseif(failed)
    message(FATAL_ERROR "expected a program that compiles:\n${said}")
endif()
