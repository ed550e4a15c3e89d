/// @file
/// Value biases as a part of the attention's output bias.
///
/// A head's attention weights sum to 1, so what b_V adds to every value is added to the mix of values too,
/// whatever the tokens: b_O' = b_O + Σ_h b_V[h] W_O[h]. Source: TransformerLens' `fold_value_biases`.
#ifndef SVDLENS_MODEL_FOLD_VALUE_BIASES_HPP
#define SVDLENS_MODEL_FOLD_VALUE_BIASES_HPP

#include <concepts>
#include <string>

#include "../core/execution.hpp"
#include "transformer_parts.hpp"
#include "transformer_weights.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Grouped queries: head h uses value bias h / (heads / value heads).
template <class T>
void fold_value_biases(basic_attention<T>& attention, const std::string& where);

} // namespace detail

/// The same model with each layer's value biases moved into b_O: b_O' = b_O + Σ_h b_V[h] W_O[h]. What it
/// computes stays the same, whichever norms it has; afterwards b_V is empty. `fold_norms` makes value biases
/// of a LayerNorm's bias, so fold them after it. `processing` says that it was done, if there was anything
/// to fold.
///
/// O(values of W_O), one pass, sums in double; no matrix changes. Parallel over layers, same bits for any
/// number of threads. NaN in a bias reaches all of b_O.
/// @throws model_error (wrong_shape) when biases do not fit W_O, (unsupported_model) for attention with sinks
/// @throws cancelled_error when `run.stop` becomes true
template <std::floating_point T>
basic_transformer_weights<T> fold_value_biases(basic_transformer_weights<T> weights,
                                               const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/fold_value_biases.hpp"
#endif

#endif
