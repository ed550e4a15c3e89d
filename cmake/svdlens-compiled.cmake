# svdlens::compiled: all of svdlens with its bodies in a static library, so that a program's own units compile faster.
#
# Its units are made here and compiled in the build that uses them, with that build's flags: an installed binary would
# hold Eigen's code for another machine. Used by svdlens' own build and by the installed package.

# Defines svdlens::compiled from the headers in <include_dir>. It is built when something links it. Flags of the
# directory have to be set before.
function(_svdlens_add_compiled include_dir template)
    if(TARGET svdlens::compiled)
        return()
    endif()
    file(GLOB bodies RELATIVE "${include_dir}" CONFIGURE_DEPENDS "${include_dir}/svdlens/*/detail/bodies/*.hpp")
    set(folders "")
    foreach(body IN LISTS bodies)
        string(REGEX REPLACE "^svdlens/([^/]*)/.*" "\\1" folder "${body}")
        list(APPEND folders ${folder})
        string(APPEND includes_of_${folder} "#include <${body}>\n")
    endforeach()
    list(REMOVE_DUPLICATES folders)
    set(units "")
    foreach(folder IN LISTS folders)
        set(includes "${includes_of_${folder}}")
        configure_file("${template}" "${CMAKE_CURRENT_BINARY_DIR}/svdlens_compiled/${folder}.cpp" @ONLY)
        list(APPEND units "${CMAKE_CURRENT_BINARY_DIR}/svdlens_compiled/${folder}.cpp")
    endforeach()
    add_library(svdlens_compiled STATIC EXCLUDE_FROM_ALL ${units})
    add_library(svdlens::compiled ALIAS svdlens_compiled)
    target_compile_definitions(svdlens_compiled PUBLIC SVDLENS_COMPILED)
    target_link_libraries(svdlens_compiled PUBLIC svdlens::svdlens)
endfunction()
