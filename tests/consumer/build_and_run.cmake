# Configures, builds and runs the program `consumer` of PROJECT in BINARY, from nothing.

file(REMOVE_RECURSE "${BINARY}")
execute_process(
    COMMAND "${CMAKE_COMMAND}" -S "${PROJECT}" -B "${BINARY}" -G "${GENERATOR}"
        "-DCMAKE_CXX_COMPILER=${COMPILER}" -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF ${ARGS}
    RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)

if(REFUSED)
    string(REGEX REPLACE "[ \n]+" " " one_line "${output}") # CMake wraps its messages
    if(NOT failed)
        message(FATAL_ERROR "configuring should have been refused:\n${output}")
    elseif(NOT one_line MATCHES "${REFUSED}")
        message(FATAL_ERROR "configuring was refused without a message like '${REFUSED}':\n${output}")
    endif()
    return()
endif()

if(failed)
    message(FATAL_ERROR "configuring failed:\n${output}")
endif()
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BINARY}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${BINARY}/consumer" WORKING_DIRECTORY "${BINARY}" COMMAND_ERROR_IS_FATAL ANY)
