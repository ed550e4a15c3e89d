/// @file
/// Whether heads lead each thing to itself rather than to the others: the diagonal of a matrix that is never
/// formed.
#ifndef SVDLENS_DIRECTIONS_DIAGONAL_TEST_HPP
#define SVDLENS_DIRECTIONS_DIAGONAL_TEST_HPP

#include <concepts>

#include "../core/execution.hpp"
#include "../table/long_table.hpp"
#include "factored_set.hpp"
#include "vector_moments.hpp"

namespace svdlens::inline v0_2 {

/// Whether the diagonal of an n × n matrix M stands out, of every head: two tables over (layer, head).
template <std::floating_point T>
struct basic_diagonal_test {
    basic_long_table<T> advantage; ///< mean of the diagonal minus mean of all else, in the unit of M
    basic_long_table<T> z;         ///< against a random assignment of things to each other; at most n - 1
};

using float_diagonal_test = basic_diagonal_test<float>;

struct diagonal_test_options {
    double scale = 1; ///< what M is multiplied by: an attention scale
};

/// Whether M = scale · X·A·B·Yᵀ prefers thing i to others in row i, X (n × d) being the vectors that W reads,
/// and Y (n × d2) those that read what W writes: `diagonal_test(ov, moments_of(from, to))`. With X and Y
/// without the means of their rows, α = X A and β = Y Bᵀ:
///
///     advantage = Σ α∘β / (n - 1)        z = Σ α∘β / √(Σ (αᵀα)∘(βᵀβ) / (n - 1))
///
/// z has mean 0 and variance 1, exactly, when the things of one side are permuted at random, so what all
/// things have in common cancels; its law has longer tails than the normal one. |z| is n - 1 where M is the
/// identity. A large z of a tiny advantage decides nothing: look at both.
///
/// M is never formed. Both numbers are 0 where the head is zero to rounding or M̄ is no more than what
/// rounding the vectors to T may change.
///
/// In parallel over heads, same bits for any number of threads. O(layers · heads · d² r), in double; a worker
/// holds 4 d r doubles.
/// @throws numeric_error (non_finite) naming head and tensor, or a head whose advantage is beyond T's range;
///         model_error (wrong_shape) when the heads differ in shape or the vectors have another d_model;
///         cancelled_error
/// @throws argument_error (invalid_argument) when there are fewer than two things, of which one might be
///         preferred, or the scale is no number; (invalid_axes)
template <std::floating_point T>
basic_diagonal_test<T> diagonal_test(const basic_factored_set<T>& set, const vector_moments& vectors,
                                     const diagonal_test_options& options = {}, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/diagonal_test.hpp"
#endif

#endif
