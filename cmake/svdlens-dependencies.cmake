# What svdlens needs of others. Used by its own build and by the installed package, so that both ask in one way.

# Each package: its target, the oldest version that works, the Debian package that holds it, its name for pkg-config.
set(_svdlens_Threads_dependency Threads::Threads 0 libc6-dev -)
set(_svdlens_Eigen3_dependency Eigen3::Eigen 3.4 libeigen3-dev eigen3)
set(_svdlens_nlohmann_json_dependency nlohmann_json::nlohmann_json 3.9 nlohmann-json3-dev nlohmann_json)
set(_svdlens_xtensor_dependency xtensor 0.24 libxtensor-dev xtensor)

# Finds <package>. <missing> becomes empty when it is there; otherwise it says what is missing and what helps.
#
# Packages are asked for without a version and checked by hand: no single version request is answered by
# Eigen 3.4.0, 3.4.1 and 5 alike, as their version files refuse each other's majors.
function(_svdlens_find_dependency package missing)
    list(GET _svdlens_${package}_dependency 0 target)
    list(GET _svdlens_${package}_dependency 1 oldest)
    list(GET _svdlens_${package}_dependency 2 debian)
    set(${missing} "" PARENT_SCOPE)
    if(TARGET ${target})
        get_target_property(imported ${target} IMPORTED)
        if(NOT imported)
            return() # the parent project builds it; its version is the parent's business
        endif()
    endif()
    if(package STREQUAL "Threads")
        find_package(Threads QUIET)
    else()
        find_package(${package} CONFIG QUIET)
    endif()
    if(NOT TARGET ${target})
        set(${missing} "${package} was not found: install it (Debian: ${debian}) or set ${package}_DIR" PARENT_SCOPE)
    elseif(DEFINED ${package}_VERSION AND ${package}_VERSION VERSION_LESS oldest)
        set(${missing} "${package} ${oldest} or newer is needed, ${${package}_VERSION} was found in ${${package}_DIR}"
            PARENT_SCOPE)
    endif()
endfunction()
