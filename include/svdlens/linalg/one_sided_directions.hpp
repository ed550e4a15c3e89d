/// @file
/// The directions of one side only, in half of the memory.
#ifndef SVDLENS_LINALG_ONE_SIDED_DIRECTIONS_HPP
#define SVDLENS_LINALG_ONE_SIDED_DIRECTIONS_HPP

#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "decompose_heads.hpp"
#include "direction_set.hpp"
#include "factored_set.hpp"
#include "finite_factors.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0 {

/// What the heads write: `singular_directions(set, run).writing()` to the bit, without holding what they
/// read, which each worker forms for one head at a time, for the sign rule. So the result, layers · heads ·
/// min(d, r, d2) · d2 values, is all but what the workers use.
/// @throws argument_error (invalid_argument) for a QK set, which writes nothing
/// @throws as `singular_directions`
template <std::floating_point T>
basic_vector_set<T> writing_directions(const basic_factored_set<T>& set, const execution& run = {}) {
    if (detail::both_sides_read(set))
        detail::throw_wrong_side(set.name, "writing", "singular_directions(...).query() or .key()");
    const auto shape = detail::checked_shape(set, run);
    detail::side_directions<T> kept(shape, shape.right_width);
    detail::head_spectra<T> spectra(set.matrices.size(), shape.directions);
    detail::decompose_heads(set, spectra, run, [&](std::size_t k, std::vector<T>& other) {
        other.resize(shape.directions * shape.left_width);
        return detail::svd_target<T>{other.data(), kept.head(k), spectra.of(k)};
    });
    return detail::direction_set(set, set.right, kept.matrices(), spectra.values, spectra.null_space());
}

/// What the heads read: `singular_directions(set, run).reading()` to the bit, in the memory of
/// `writing_directions`.
/// @throws argument_error (invalid_argument) for a QK set, which reads on both sides
/// @throws as `singular_directions`
template <std::floating_point T>
basic_vector_set<T> reading_directions(const basic_factored_set<T>& set, const execution& run = {}) {
    if (detail::both_sides_read(set))
        detail::throw_wrong_side(set.name, "reading", "singular_directions(...).query() or .key()");
    const auto shape = detail::checked_shape(set, run);
    detail::side_directions<T> kept(shape, shape.left_width);
    detail::head_spectra<T> spectra(set.matrices.size(), shape.directions);
    detail::decompose_heads(set, spectra, run, [&](std::size_t k, std::vector<T>& other) {
        other.resize(shape.directions * shape.right_width);
        return detail::svd_target<T>{kept.head(k), other.data(), spectra.of(k)};
    });
    return detail::direction_set(set, set.left, kept.matrices(), spectra.values, spectra.null_space());
}

} // namespace svdlens::inline v0

#endif
