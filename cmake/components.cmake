# Components: one INTERFACE target for each set of third-party packages, svdlens::<name> in this tree as installed.

include("${CMAKE_CURRENT_LIST_DIR}/svdlens-dependencies.cmake")

set(svdlens_components "")         # all of them
set(svdlens_components_missing "") # those that cannot be used in this build, each with the reason

# Makes svdlens_<name> with its include path, language level and the name that it is exported under.
#
# An include path, no file set: CMake below 3.23 and Meson know none.
function(svdlens_set_up_target name)
    add_library(svdlens_${name} INTERFACE)
    set_target_properties(svdlens_${name} PROPERTIES EXPORT_NAME ${name})
    target_compile_features(svdlens_${name} INTERFACE cxx_std_20)
    target_include_directories(svdlens_${name} INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>")
endfunction()

# svdlens_add_component(<name> [FOLDERS <folder>...] [HEADERS <header>...] [NEEDS <component>...] [PACKAGE <package>])
#
# Headers are those of the folders, the lists of the folders, and the single ones, relative to include/svdlens. Every
# component is installed: its package is looked for where it is used. Where that, or a needed component, is missing
# here, there is no svdlens::<name> in this build, and a message says so.
function(svdlens_add_component name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "PACKAGE" "FOLDERS;HEADERS;NEEDS")
    svdlens_set_up_target(${name})
    list(TRANSFORM arg_NEEDS PREPEND svdlens_ OUTPUT_VARIABLE links)
    if(arg_PACKAGE)
        list(GET _svdlens_${arg_PACKAGE}_dependency 0 package_target)
        list(APPEND links ${package_target})
    endif()
    target_link_libraries(svdlens_${name} INTERFACE ${links})

    list(APPEND svdlens_components ${name})
    set(svdlens_components "${svdlens_components}" PARENT_SCOPE)
    set(svdlens_${name}_folders "${arg_FOLDERS}" PARENT_SCOPE)
    set(svdlens_${name}_headers "${arg_HEADERS}" PARENT_SCOPE)
    set(svdlens_${name}_needs "${arg_NEEDS}" PARENT_SCOPE)
    set(svdlens_${name}_package "${arg_PACKAGE}" PARENT_SCOPE)

    set(reason "")
    foreach(needed IN LISTS arg_NEEDS)
        if(NOT TARGET svdlens::${needed})
            set(reason "component ${needed} is missing")
        endif()
    endforeach()
    if(NOT reason AND arg_PACKAGE)
        _svdlens_find_dependency(${arg_PACKAGE} reason)
    endif()
    if(reason)
        message(STATUS "svdlens: no component ${name} in this build: ${reason}")
        list(APPEND svdlens_components_missing "${name}: ${reason}")
        set(svdlens_components_missing "${svdlens_components_missing}" PARENT_SCOPE)
        return()
    endif()
    add_library(svdlens::${name} ALIAS svdlens_${name})
endfunction()

# svdlens::svdlens, which is the named components; not in this build when one is missing.
function(svdlens_add_umbrella)
    set(svdlens_umbrella_components "${ARGN}" PARENT_SCOPE)
    svdlens_set_up_target(svdlens)
    list(TRANSFORM ARGN PREPEND svdlens_ OUTPUT_VARIABLE links)
    target_link_libraries(svdlens_svdlens INTERFACE ${links})
    foreach(name IN LISTS ARGN)
        if(NOT TARGET svdlens::${name})
            message(STATUS "svdlens: no target svdlens::svdlens in this build: component ${name} is missing")
            return()
        endif()
    endforeach()
    add_library(svdlens::svdlens ALIAS svdlens_svdlens)
endfunction()

# Stops with what is missing when <what> is asked for and svdlens::svdlens could not be made.
function(svdlens_require_umbrella what option)
    if(NOT TARGET svdlens::svdlens)
        list(JOIN svdlens_components_missing "\n  " reasons)
        message(FATAL_ERROR "svdlens: ${what} need all of svdlens. Missing:\n  ${reasons}\n"
            "Install what is missing, or configure with -D${option}=OFF.")
    endif()
endfunction()
