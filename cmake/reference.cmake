# The target svdlens_reference: the API reference in <build>/reference/html. A warning of Doxygen is an error, and so is a
# public name without a comment.

find_program(svdlens_doxygen doxygen)
include("${PROJECT_SOURCE_DIR}/cmake/python.cmake")
if(NOT svdlens_doxygen OR NOT svdlens_python3)
    message(FATAL_ERROR "SVDLENS_BUILD_REFERENCE: doxygen or python3 is missing (Debian: doxygen doxygen-awesome-css python3)")
endif()
add_custom_target(svdlens_reference
    COMMAND "${svdlens_python3}" "${PROJECT_SOURCE_DIR}/tests/documentation/reference.py" build
        "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/reference"
    VERBATIM)
