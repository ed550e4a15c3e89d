/// @file
/// Whether heads copy tokens: the eigenvalues of their full OV circuits over the vocabulary.
///
/// Source: Elhage et al., A Mathematical Framework for Transformer Circuits (2021), "Copying as positive
/// eigenvalues".
#ifndef SVDLENS_CIRCUIT_COPYING_SCORES_HPP
#define SVDLENS_CIRCUIT_COPYING_SCORES_HPP

#include <concepts>

#include "../core/execution.hpp"
#include "../directions/similarity.hpp"
#include "../model/transformer_weights.hpp"

namespace svdlens::inline v0_2 {

/// How much each head copies: Σ Re λ / Σ |λ| over the eigenvalues λ of its full OV circuit W_E W_V W_O W_U,
/// vocabulary × vocabulary, and the fraction of positive ones. 1: a token that the head attends to becomes
/// likelier, whatever combination of tokens it is; -1: less likely. The score has no scale: a head of tiny
/// weights may copy as purely as one of large ones.
///
/// The weights are taken as they are: of a model with norms, `fold_norms` first, so that W_V and W_U hold the
/// gains. The matrix is never formed: its non-zero eigenvalues are those of W_O (W_U W_E) W_V, r × r, with W_U
/// W_E summed once over tokens, in double. Both numbers are 0 where all eigenvalues are rounding, as
/// `eigenvalue_signs` says. Grouped-query models: as `ov_circuits`.
///
/// In parallel, same bits for any number of threads. O(vocabulary · d² + layers · heads · (d² r + r³)); holds
/// d² doubles, and 320 d + 3 d r a worker.
/// @throws model_error (unsupported_model) for models without embedding and unembedding of the same tokens, and
///         for post-norm models; (unknown_tensor) when a layer lacks W_V or W_O of a head; (wrong_shape)
/// @throws numeric_error (non_finite) naming head and tensor, or the token; cancelled_error
template <std::floating_point T>
basic_eigenvalue_signs<T> copying_scores(const basic_transformer_weights<T>& weights,
                                         const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/copying_scores.hpp"
#endif

#endif
