# Flags of what is compiled here: tests, examples, benchmarks and the headers' self-containment checks.

include(CheckCXXCompilerFlag)

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(SVDLENS_WARNINGS_AS_ERRORS)
    add_compile_options(-Werror)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Guesses of the optimiser about inlined third-party code, which system headers do not silence.
        add_compile_options(-Wno-error=maybe-uninitialized -Wno-error=array-bounds -Wno-error=null-dereference)
    endif()
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The compiler's own memory is not tidied up before it holds 1 GiB: a tenth less time, 0.4 GB more at most.
    add_compile_options(--param=ggc-min-heapsize=1048576)
endif()

if(SVDLENS_NATIVE)
    check_cxx_compiler_flag(-march=native SVDLENS_HAS_MARCH_NATIVE)
    if(SVDLENS_HAS_MARCH_NATIVE)
        add_compile_options(-march=native)
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
            # Its AVX-512 intrinsics start a variable with itself (GCC bug 105593): hundreds of warnings a unit that
            # uses Eigen. clang still looks for such variables of ours.
            add_compile_options(-Wno-uninitialized -Wno-maybe-uninitialized)
        endif()
    endif()
endif()

# Takes out of <list> the sources that use xtensor when that component is missing.
function(svdlens_drop_what_needs_xtensor list)
    if(TARGET svdlens::xtensor)
        return()
    endif()
    set(kept "")
    foreach(source IN LISTS ${list})
        file(STRINGS "${source}" uses REGEX "adapt/xtensor.hpp|<xtensor/")
        if(uses)
            message(STATUS "svdlens: ${source} is left out: it needs component xtensor")
        else()
            list(APPEND kept "${source}")
        endif()
    endforeach()
    set(${list} "${kept}" PARENT_SCOPE)
endfunction()

# With CMAKE_VERIFY_INTERFACE_HEADER_SETS, each header of the components that can be used here is compiled alone.
if(CMAKE_VERIFY_INTERFACE_HEADER_SETS)
    foreach(name IN LISTS svdlens_components ITEMS svdlens)
        if(NOT TARGET svdlens::${name})
            continue()
        endif()
        set(headers ${svdlens_${name}_headers})
        foreach(folder IN LISTS svdlens_${name}_folders)
            file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/include/svdlens"
                "${PROJECT_SOURCE_DIR}/include/svdlens/${folder}/*.hpp")
            list(APPEND headers ${folder}.hpp ${found})
        endforeach()
        if(name STREQUAL "svdlens")
            set(headers svdlens.hpp)
        endif()
        list(TRANSFORM headers PREPEND "${PROJECT_SOURCE_DIR}/include/svdlens/")
        add_library(svdlens_${name}_headers INTERFACE)
        target_sources(svdlens_${name}_headers INTERFACE
            FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
        target_link_libraries(svdlens_${name}_headers INTERFACE svdlens::${name})
    endforeach()
endif()
