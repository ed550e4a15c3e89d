# What compiled mode is for: what README's first program calls is undefined in a user's object and defined in the library.
#
# NM, OBJECT, LIBRARY

execute_process(COMMAND "${NM}" -C "${OBJECT}" OUTPUT_VARIABLE used COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${NM}" -C --defined-only "${LIBRARY}" OUTPUT_VARIABLE defined ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)

set(broken "")
foreach(name IN ITEMS open_safetensors fold_norms ov_circuits singular_directions project write_graphml write_html network)
    if(NOT used MATCHES " U [^\n]*svdlens::[^\n(]*${name}[<(]")
        list(APPEND broken "${name} is not left to the library")
    endif()
    if(used MATCHES " [TW] [^\n(]*svdlens::(v[0-9_]+::)?(plot::)?${name}(<float>)?\\([^\n]*" AND NOT name STREQUAL write_html)
        list(APPEND broken "${name} is compiled in the user's object: ${CMAKE_MATCH_0}")
    endif()
    if(NOT defined MATCHES " [TW] [^\n]*svdlens::[^\n(]*${name}[<(]")
        list(APPEND broken "the library does not define ${name}")
    endif()
endforeach()
if(used MATCHES "nlohmann[^\n]*binary_reader|nlohmann[^\n]*lexer|Eigen::internal::gebp_kernel")
    list(APPEND broken "${CMAKE_MATCH_0} is compiled in the user's object")
endif()
if(broken)
    list(JOIN broken "\n  " broken)
    message(FATAL_ERROR "compiled mode:\n  ${broken}")
endif()
