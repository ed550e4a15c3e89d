# Installs BUILD, moves the result to PREFIX, and looks for what would not survive the move or was left behind.

set(first "${PREFIX}.first")
file(REMOVE_RECURSE "${PREFIX}" "${first}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${first}"
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${first}" "${PREFIX}")

file(GLOB_RECURSE package_files "${PREFIX}/share/*.cmake" "${PREFIX}/share/*.pc")
if(NOT package_files)
    message(FATAL_ERROR "no package files below ${PREFIX}/share")
endif()
foreach(file IN LISTS package_files)
    file(READ "${file}" content)
    foreach(folder IN ITEMS "${SOURCE}" "${BUILD}" "${first}")
        string(FIND "${content}" "${folder}" position)
        if(NOT position EQUAL -1)
            message(FATAL_ERROR "${file} names ${folder}")
        endif()
    endforeach()
endforeach()

file(GLOB_RECURSE expected RELATIVE "${SOURCE}/include" "${SOURCE}/include/*.hpp")
file(GLOB_RECURSE installed RELATIVE "${PREFIX}/include" "${PREFIX}/include/*")
list(SORT expected)
list(SORT installed)
if(NOT expected STREQUAL installed)
    message(FATAL_ERROR "the tree has\n  ${expected}\nand installed are\n  ${installed}")
endif()
