# Components: one INTERFACE target for each set of third-party packages, svdlens::<name> in this tree as installed.

include("${CMAKE_CURRENT_LIST_DIR}/svdlens-dependencies.cmake")

set(svdlens_components "")         # those whose packages are there
set(svdlens_components_missing "") # the others, each with the reason

# Gives <target> its headers, include path, language level and names.
function(svdlens_set_up_target target name headers)
    add_library(${target} INTERFACE)
    add_library(svdlens::${name} ALIAS ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    target_compile_features(${target} INTERFACE cxx_std_20)
    target_sources(${target} INTERFACE
        FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
endfunction()

# svdlens_add_component(<name> [FOLDERS <folder>...] [HEADERS <header>...] [NEEDS <component>...] [PACKAGE <package>])
#
# Headers are those of the folders, the lists of the folders, and the single ones, relative to include/svdlens. A component whose package,
# or whose needed component, is missing is left out with a message: the rest stays usable.
function(svdlens_add_component name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "PACKAGE" "FOLDERS;HEADERS;NEEDS")
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
        message(STATUS "svdlens: no component ${name}: ${reason}")
        list(APPEND svdlens_components_missing "${name}: ${reason}")
        set(svdlens_components_missing "${svdlens_components_missing}" PARENT_SCOPE)
        return()
    endif()

    set(headers "")
    foreach(folder IN LISTS arg_FOLDERS)
        file(GLOB_RECURSE found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/svdlens/${folder}/*.hpp")
        list(APPEND headers "${PROJECT_SOURCE_DIR}/include/svdlens/${folder}.hpp" ${found})
    endforeach()
    foreach(header IN LISTS arg_HEADERS)
        file(GLOB found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/svdlens/${header}")
        list(APPEND headers ${found})
    endforeach()

    svdlens_set_up_target(svdlens_${name} ${name} "${headers}")
    list(TRANSFORM arg_NEEDS PREPEND svdlens_ OUTPUT_VARIABLE links)
    if(arg_PACKAGE)
        list(GET _svdlens_${arg_PACKAGE}_dependency 0 package_target)
        list(APPEND links ${package_target})
    endif()
    target_link_libraries(svdlens_${name} INTERFACE ${links})

    list(APPEND svdlens_components ${name})
    set(svdlens_components "${svdlens_components}" PARENT_SCOPE)
    set(svdlens_${name}_needs "${arg_NEEDS}" PARENT_SCOPE)
    set(svdlens_${name}_package "${arg_PACKAGE}" PARENT_SCOPE)
endfunction()

# svdlens::svdlens, which is the named components and the header that lists them; left out when one is missing.
function(svdlens_add_umbrella)
    set(svdlens_umbrella_components "${ARGN}" PARENT_SCOPE)
    foreach(name IN LISTS ARGN)
        if(NOT TARGET svdlens::${name})
            message(STATUS "svdlens: no target svdlens::svdlens: component ${name} is missing")
            return()
        endif()
    endforeach()
    svdlens_set_up_target(svdlens_svdlens svdlens "${PROJECT_SOURCE_DIR}/include/svdlens/svdlens.hpp")
    list(TRANSFORM ARGN PREPEND svdlens_ OUTPUT_VARIABLE links)
    target_link_libraries(svdlens_svdlens INTERFACE ${links})
endfunction()

# Stops with what is missing when <what> is asked for and svdlens::svdlens could not be made.
function(svdlens_require_umbrella what option)
    if(NOT TARGET svdlens::svdlens)
        list(JOIN svdlens_components_missing "\n  " reasons)
        message(FATAL_ERROR "svdlens: ${what} need all of svdlens. Missing:\n  ${reasons}\n"
            "Install what is missing, or configure with -D${option}=OFF.")
    endif()
endfunction()
