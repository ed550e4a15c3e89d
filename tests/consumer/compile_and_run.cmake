# Compiles MAIN with a compiler alone and runs it.

include("${CMAKE_CURRENT_LIST_DIR}/../support/plain_compiler.cmake")

compile_plainly("${MAIN}" "${PROGRAM}")
execute_process(COMMAND "${PROGRAM}" COMMAND_ERROR_IS_FATAL ANY)
