/// @file
/// Taking out of the weights what no output can see: means over d_model that a LayerNorm removes, means over
/// the vocabulary that a softmax removes.
///
/// Source: TransformerLens' `center_writing_weights` and `center_unembed`.
#ifndef SVDLENS_MODEL_CENTER_WEIGHTS_HPP
#define SVDLENS_MODEL_CENTER_WEIGHTS_HPP

#include <concepts>
#include <cstddef>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../linalg/matrix.hpp"
#include "detail/processing_steps.hpp"
#include "detail/refusals.hpp"
#include "detail/weight_arithmetic.hpp"
#include "transformer_parts.hpp"
#include "transformer_weights.hpp"
#include "weight_processing.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

// What writes is n × d_model; an absent matrix or bias stays absent.

template <class T>
void center_writers(basic_block<T>& block) {
    for (auto& W_O : block.attention.W_O) W_O = centred_rows(W_O);
    block.attention.b_O = centred(block.attention.b_O);
    if (!block.mlp) return;
    block.mlp->W_out = centred_rows(block.mlp->W_out);
    block.mlp->b_out = centred(block.mlp->b_out);
}

template <class T>
void center_embeddings(basic_transformer_weights<T>& weights) {
    weights.W_E = centred_rows(weights.W_E);
    weights.W_pos = centred_rows(weights.W_pos);
    for (auto& extra : weights.extras) {
        if (extra.flow != flow::writes) continue;
        extra.vectors = centred_rows(extra.vectors);
        extra.bias = centred(extra.bias);
    }
}

} // namespace detail

/// The same model with the mean over d_model taken out of each vector that is written to the residual stream:
/// the rows of W_O, W_out, W_E, W_pos and of what else embeds, b_O and b_out. Exact where every reader
/// stands behind a LayerNorm, folded or not, which takes the mean out itself: what the model computes stays
/// the same. `processing` says that it was done; doing it again changes nothing.
///
/// O(values of what writes): one pass for the means, in double; the matrices are deferred, centred when they
/// are asked for. Parallel over layers, same bits for any number of threads. NaN in a vector makes all of it
/// NaN.
/// @throws model_error (unsupported_model) under RMSNorm, without norms, and for norms behind attention, MLP
///         or sums (BERT, Gemma 2), where a written mean is read
/// @throws cancelled_error when `run.stop` becomes true
template <std::floating_point T>
basic_transformer_weights<T> center_writing_weights(basic_transformer_weights<T> weights,
                                                    const execution& run = {}) {
    detail::require_allowed(weights.file, "center_writing_weights",
                            detail::refusal_to_center_writers(weights));
    if (weights.processing.contains(weight_step::writers_centered)) return weights;
    const std::size_t layers = weights.blocks.size();
    detail::process_parts(layers + 1, run, [&](std::size_t part) {
        if (part < layers) return detail::center_writers(weights.blocks[part]);
        detail::center_embeddings(weights);
    });
    weights.processing.insert(weight_step::writers_centered);
    return weights;
}

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
basic_transformer_weights<T> center_unembed(basic_transformer_weights<T> weights, const execution& run = {}) {
    detail::require_allowed(weights.file, "center_unembed", detail::refusal_to_center_unembed(weights));
    if (weights.processing.contains(weight_step::unembed_centered)) return weights;
    detail::process_parts(1, run, [&](std::size_t) {
        weights.W_U = detail::centred_rows(weights.W_U);
        weights.b_U = detail::centred(weights.b_U);
    });
    weights.processing.insert(weight_step::unembed_centered);
    return weights;
}

} // namespace svdlens::inline v0_2

#endif
