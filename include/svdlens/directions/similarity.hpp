/// @file
/// Heads compared as matrices, and the signs of their eigenvalues.
#ifndef SVDLENS_DIRECTIONS_SIMILARITY_HPP
#define SVDLENS_DIRECTIONS_SIMILARITY_HPP

#include <concepts>

#include "../core/execution.hpp"
#include "../table/long_table.hpp"
#include "factored_set.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0_2 {

/// The cosine of every pair of heads as matrices, ⟨W₁, W₂⟩_F / (‖W₁‖_F ‖W₂‖_F), from the factors; 0 where a
/// head is zero to rounding. The error is about eps ‖A‖ ‖B‖ / ‖W‖ of the worse head: more where factors
/// cancel. Axes (layer, head, target_layer, target_head), label columns `head` and `target_head`; symmetric.
/// In parallel over pairs of layers, same bits for any number of threads. O((layers · heads · r)² d); holds
/// all factors once more and 2 (heads · r)² values a worker.
/// @throws numeric_error (non_finite) naming head and tensor; model_error (wrong_shape); cancelled_error
template <std::floating_point T>
basic_long_table<T> frobenius_cosine(const basic_factored_set<T>& set, const execution& run = {});

/// The cosine of every head and the same head of another set of the same heads, as two checkpoints of a model have
/// them; 0 where one is zero to rounding. In double, from the factors. Axes (layer, head). In parallel over heads,
/// same bits for any number of threads. O(layers · heads · d r²).
/// @throws argument_error (invalid_argument) for sets of other heads or sizes; as above
template <std::floating_point T>
basic_long_table<T> frobenius_cosine(const basic_factored_set<T>& before, const basic_factored_set<T>& after,
                                     const execution& run = {});

/// On which side of 0 the eigenvalues λ of every head's matrix lie: two tables over (layer, head).
template <std::floating_point T>
struct basic_eigenvalue_signs {
    basic_long_table<T> score; ///< Σ Re λ / Σ |λ|: 1 where all are positive, -1 where all are negative
    basic_long_table<T>
        positive_fraction; ///< the share with Re λ > 0 of those over a millionth of the largest
};

using float_eigenvalue_signs = basic_eigenvalue_signs<float>;

/// The eigenvalues of each W = A·B on the residual stream itself: 1 where the head adds to what it reads, -1
/// where it takes from it. That is not the copying score, which goes over tokens (`copying_scores`).
///
/// From the r × r matrix B·A, which has the same non-zero eigenvalues, in double. Both numbers are 0 where the
/// head is zero to rounding (d · eps · ‖A‖ ‖B‖) or all |λ| are within what rounding the weights to T may
/// change, 2 eps ‖A‖ ‖B‖ (Frobenius norms): a head that writes at right angles to what it reads. Axes (layer,
/// head). In parallel over heads, same bits for any number of threads. O(layers · heads · (d r² + r³)).
/// @throws numeric_error (non_finite) naming head and tensor; model_error (wrong_shape); cancelled_error
/// @throws argument_error (invalid_argument) when the matrices are not square
template <std::floating_point T>
basic_eigenvalue_signs<T> eigenvalue_signs(const basic_factored_set<T>& set, const execution& run = {});

/// The eigenvalues of each X·A·B·Yᵀ: from each of n things to each, X (n × d) being the vectors of `from`, which
/// W reads, and Y (n × d2) those of `to`, which read what W writes. The matrix of n × n is never formed: its
/// non-zero eigenvalues are those of B·(Yᵀ X)·A, r × r. Yᵀ X is summed once, in double, over things in their
/// order.
///
/// Both numbers are 0 where the head is zero to rounding (d · eps · ‖A‖ ‖B‖), or all |λ| are within what
/// rounding the weights to T may change: eps (‖B‖ ‖M A‖ + ‖B M‖ ‖A‖ + ‖A‖ ‖B‖ s / √d) with M = Yᵀ X, s² = Σ ‖x‖²
/// ‖y‖² over things, Frobenius norms. Scales do not matter. Axes (layer, head).
///
/// In parallel, same bits for any number of threads. O(n d² + layers · heads · (d² r + r³)); holds d² doubles,
/// and 320 d + 3 d r a worker.
/// @throws numeric_error (non_finite) naming head and tensor, or the vector; model_error (wrong_shape) when
///         the heads differ in shape or the vectors have another d_model; cancelled_error
/// @throws argument_error (invalid_argument) when a set has layers, or the sets differ in size; (invalid_axes)
template <std::floating_point T>
basic_eigenvalue_signs<T> eigenvalue_signs(const basic_factored_set<T>& set, const basic_vector_set<T>& from,
                                           const basic_vector_set<T>& to, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/similarity.hpp"
#endif

#endif
