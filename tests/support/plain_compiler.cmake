# For test scripts: a program made by COMPILER alone, with INCLUDE and the third-party SYSTEM_INCLUDE on its path.

function(compile_plainly source program)
    list(REMOVE_DUPLICATES SYSTEM_INCLUDE)
    list(REMOVE_ITEM SYSTEM_INCLUDE "" /usr/include) # the compiler's own folder would lose its place in the order
    list(TRANSFORM SYSTEM_INCLUDE PREPEND "-isystem")
    execute_process(
        COMMAND "${COMPILER}" -std=c++20 ${ARGN} -Wall -Wextra -I "${INCLUDE}" ${SYSTEM_INCLUDE}
            "${source}" -o "${program}" -pthread
        COMMAND_ERROR_IS_FATAL ANY)
endfunction()
