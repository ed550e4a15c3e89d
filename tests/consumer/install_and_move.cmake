# Configures the preset `install` in BUILD where no other package can be found, installs it, moves the result to PREFIX,
# and looks for what would not survive the move or was left behind.

set(first "${PREFIX}.first")
file(REMOVE_RECURSE "${BUILD}" "${PREFIX}" "${first}")
set(without_packages "")
foreach(package IN ITEMS Eigen3 nlohmann_json xtensor Catch2 benchmark)
    list(APPEND without_packages -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
endforeach()
execute_process(
    COMMAND "${CMAKE_COMMAND}" --preset install -B "${BUILD}" -G "${GENERATOR}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
        ${without_packages}
    WORKING_DIRECTORY "${SOURCE}" OUTPUT_QUIET ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BUILD}" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
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
