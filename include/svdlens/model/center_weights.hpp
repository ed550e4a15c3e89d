/// @file
/// Taking out of the weights what no output can see: means over d_model that a LayerNorm removes, means over
/// the vocabulary that a softmax removes.
///
/// Source: TransformerLens' `center_writing_weights` and `center_unembed`.
#ifndef SVDLENS_MODEL_CENTER_WEIGHTS_HPP
#define SVDLENS_MODEL_CENTER_WEIGHTS_HPP

#include <concepts>

#include "../core/execution.hpp"
#include "transformer_weights.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

// What writes is n × d_model; an absent matrix or bias stays absent.

} // namespace detail

/// The same model with the mean over d_model taken out of each vector that is written to the residual stream:
/// the rows of W_O, W_out, W_E, W_pos and of what else embeds or was added, b_O and b_out. Exact where every
/// reader stands behind a LayerNorm, folded or not, which takes the mean out itself: what the model computes
/// stays the same. `processing` says that it was done; doing it again changes nothing.
///
/// O(values of what writes): one pass for the means, in double; the matrices are deferred, centred when
/// they are asked for. Parallel over layers, same bits for any number of threads. NaN in a vector makes all
/// of it NaN.
/// @throws model_error (unsupported_model) under RMSNorm, without norms, and for norms behind attention, MLP
///         or sums (BERT, Gemma 2), where a written mean is read
/// @throws cancelled_error when `run.stop` becomes true
template <std::floating_point T>
basic_transformer_weights<T> center_writing_weights(basic_transformer_weights<T> weights,
                                                    const execution& run = {});

/// The same model with the mean over the vocabulary taken out of W_U (each of its rows) and b_U. All logits
/// of a position shift by one number, so log-probabilities stay the same; logits do not. Predictors of
/// actions, states and rewards are left as they are. `processing` says that it was done; doing it again
/// changes nothing. Right before and after `fold_norms`.
///
/// O(values of W_U): one pass for the means, in double, on the calling thread; W_U is deferred.
/// @throws model_error (unsupported_model) when there is no W_U; for models with norms behind attention and
///         MLP (Gemma 2), which cap their logits
/// @throws cancelled_error when `run.stop` is true
template <std::floating_point T>
basic_transformer_weights<T> center_unembed(basic_transformer_weights<T> weights, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/center_weights.hpp"
#endif

#endif
