# Compiles the first ```cpp block of README, runs it in FOLDER, where model.safetensors is, and compares what it
# prints with the ```text block that follows.
#
# The block begins with its #include, namespace and blank lines; what comes after them is the body of main().

include("${CMAKE_CURRENT_LIST_DIR}/../support/plain_compiler.cmake")

# The content of the first block of <language> in <text>, and what follows it; empty when there is none.
function(first_block text language block rest)
    set(${block} "" PARENT_SCOPE)
    set(${rest} "" PARENT_SCOPE)
    string(FIND "\n${text}" "\n```${language}\n" begin)
    if(begin EQUAL -1)
        return()
    endif()
    string(LENGTH "```${language}\n" fence)
    math(EXPR begin "${begin} + ${fence}")
    string(SUBSTRING "${text}" ${begin} -1 text)
    string(FIND "${text}" "\n```" end)
    math(EXPR end "${end} + 1")
    string(SUBSTRING "${text}" 0 ${end} content)
    string(SUBSTRING "${text}" ${end} -1 text)
    set(${block} "${content}" PARENT_SCOPE)
    set(${rest} "${text}" PARENT_SCOPE)
endfunction()

set(readme "")
if(EXISTS "${README}")
    file(READ "${README}" readme)
endif()
first_block("${readme}" cpp program rest)
if(program STREQUAL "")
    message(NOTICE "SKIPPED: README.md has no cpp block")
    return()
elseif(NOT EXISTS "${FOLDER}/model.safetensors")
    message(NOTICE "SKIPPED: there is no model.safetensors for the README's program: the examples are not built")
    return()
endif()

string(REGEX MATCH "^((#include[^\n]*|namespace[^\n]*|//[^\n]*)?\n)*" head "${program}")
string(LENGTH "${head}" head_length)
string(SUBSTRING "${program}" ${head_length} -1 body)
file(WRITE "${FOLDER}/readme.cpp" "${head}int main() {\n${body}}\n")

compile_plainly("${FOLDER}/readme.cpp" "${FOLDER}/readme" -O0)
execute_process(COMMAND "${FOLDER}/readme" WORKING_DIRECTORY "${FOLDER}"
    OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)

first_block("${rest}" text shown rest)
if(NOT printed STREQUAL shown)
    file(WRITE "${FOLDER}/printed.txt" "${printed}")
    message(FATAL_ERROR "README.md shows\n${shown}\nand its program prints (${FOLDER}/printed.txt)\n${printed}")
endif()
