/// @file
/// Heads compared as matrices, and how much each copies.
#ifndef SVDLENS_DIRECTIONS_SIMILARITY_HPP
#define SVDLENS_DIRECTIONS_SIMILARITY_HPP

#include <concepts>

#include "../core/execution.hpp"
#include "../table/long_table.hpp"
#include "factored_set.hpp"

namespace svdlens::inline v0_2 {

/// The cosine of every pair of heads as matrices, ⟨W₁, W₂⟩_F / (‖W₁‖_F ‖W₂‖_F), from the factors; 0 where a
/// head is zero to rounding. The error is about eps ‖A‖ ‖B‖ / ‖W‖ of the worse head: more where factors
/// cancel. Axes (layer, head, target_layer, target_head), label columns `head` and `target_head`; symmetric.
/// In parallel over pairs of layers, same bits for any number of threads. O((layers · heads · r)² d); holds
/// all factors once more and 2 (heads · r)² values a worker.
/// @throws numeric_error (non_finite) naming head and tensor; model_error (wrong_shape); cancelled_error
template <std::floating_point T>
basic_long_table<T> frobenius_cosine(const basic_factored_set<T>& set, const execution& run = {});

/// Σ Re λ / Σ |λ| over the eigenvalues λ of each W = A·B: 1 for a head that writes what it reads, -1 for one
/// that writes its negative; 0 for a zero head. From the r × r matrix B·A, which has the same non-zero
/// eigenvalues. Axes (layer, head). In parallel over heads. O(layers · heads · (d r² + r³)).
/// @throws numeric_error (non_finite) naming head and tensor; model_error (wrong_shape); cancelled_error
/// @throws argument_error (invalid_argument) when the matrices are not square
template <std::floating_point T>
basic_long_table<T> copying_scores(const basic_factored_set<T>& ov, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/similarity.hpp"
#endif

#endif
