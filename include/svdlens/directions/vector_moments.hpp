/// @file
/// Second moments of vectors: all that a diagonal test needs to know of tokens, however many there are.
#ifndef SVDLENS_DIRECTIONS_VECTOR_MOMENTS_HPP
#define SVDLENS_DIRECTIONS_VECTOR_MOMENTS_HPP

#include <concepts>
#include <cstddef>
#include <string>

#include "../core/execution.hpp"
#include "../linalg/matrix.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0_2 {

/// What is left of the vectors X and Y of n things, a row each, when the means x̄ and ȳ of their rows are
/// taken off. An entry of X is in units of 2^from_exponent, one of Y in units of 2^to_exponent. A value;
/// copies share the matrices.
struct vector_moments {
    basic_matrix<double> from;   ///< (X - x̄)ᵀ (X - x̄), d × d
    basic_matrix<double> to;     ///< (Y - ȳ)ᵀ (Y - ȳ), d2 × d2
    basic_matrix<double> across; ///< (Y - ȳ)ᵀ (X - x̄), d2 × d
    double from_size = 0;        ///< ‖X‖_F², means included: what rounding is in proportion to
    double to_size = 0;          ///< ‖Y‖_F²
    int from_exponent = 0;
    int to_exponent = 0;
    std::size_t things = 0; ///< n
    std::string from_name = {};
    std::string to_name = {};
};

/// Of the vectors X of `from` and Y of `to`, one of each for the same things. Streamed over the things in
/// their order, in double, deferred vectors a few hundred at a time.
///
/// In parallel over rows of the results and stretches of things, same bits for any number of threads. O(n
/// d²), twice a matrix product of that size; holds 4 d² doubles, and 800 d a worker.
/// @throws numeric_error (non_finite), naming the vector; argument_error (invalid_argument) when a set has
///         layers, or the sets differ in size; (invalid_axes); cancelled_error
template <std::floating_point T>
vector_moments moments_of(const basic_vector_set<T>& from, const basic_vector_set<T>& to,
                          const execution& run = {});

/// Of things compared with themselves: Y = X, all three moments are one matrix. O(n d²).
/// @throws as above
template <std::floating_point T>
vector_moments moments_of(const basic_vector_set<T>& things, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/vector_moments.hpp"
#endif

#endif
