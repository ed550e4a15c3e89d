/// @file
/// What is refused of directions and of noise.
#ifndef SVDLENS_DIRECTIONS_DETAIL_DIRECTION_CHECKS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_DIRECTION_CHECKS_HPP

#include <cmath>
#include <concepts>
#include <string>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../factored_set.hpp"
#include "../singular_directions.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// @throws argument_error (invalid_argument)
template <std::floating_point T>
void require_directions_of(const basic_factored_set<T>& set, const basic_singular_directions<T>& directions) {
    if (directions.layers() == set.layers() && directions.heads() == set.heads() &&
        directions.name() == set.name)
        return;
    throw argument_error(errc::invalid_argument,
                         set.file + ": " + set.name +
                             ": expected the directions of the same heads, found those of " +
                             quoted(directions.name()));
}

inline void require_share_of_noise(const char* what, double value) {
    if (value >= 0 && std::isfinite(value)) return;
    throw argument_error(errc::invalid_argument,
                         std::string(what) + ": expected a number of at least 0, found " + to_text(value));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
