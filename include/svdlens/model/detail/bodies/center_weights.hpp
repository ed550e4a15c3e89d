/// @file
/// The bodies of model/center_weights.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_CENTER_WEIGHTS_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_CENTER_WEIGHTS_HPP

#include <concepts>
#include <cstddef>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../center_weights.hpp"
#include "../../transformer_parts.hpp"
#include "../../transformer_weights.hpp"
#include "../../weight_processing.hpp"
#include "../processing_steps.hpp"
#include "../refusals.hpp"
#include "../weight_arithmetic.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

template <class T>
void center_writers(basic_block<T>& block) {
    for (auto& W_O : block.attention.W_O) W_O = centred_rows(W_O);
    block.attention.b_O = centred(block.attention.b_O);
    for (auto* const mlp : block.mlps()) {
        mlp->W_out = centred_rows(mlp->W_out);
        mlp->b_out = centred(mlp->b_out);
    }
    if (!block.mixture) return;
    for (auto& bias : block.mixture->b_out) bias = centred(bias);
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
    for (auto& set : weights.added) {
        if (set.flow != flow::writes) continue;
        for (auto& vectors : set.layers) vectors = centred_rows(vectors);
        set.centered = true;
    }
}

} // namespace detail

template <std::floating_point T>
basic_transformer_weights<T> center_writing_weights(basic_transformer_weights<T> weights,
                                                    const execution& run) {
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

template <std::floating_point T>
basic_transformer_weights<T> center_unembed(basic_transformer_weights<T> weights, const execution& run) {
    detail::require_allowed(weights.file, "center_unembed", detail::refusal_to_center_unembed(weights));
    if (weights.processing.contains(weight_step::unembed_centered)) return weights;
    detail::process_parts(1, run, [&](std::size_t) {
        weights.W_U = detail::centred_rows(weights.W_U);
        weights.b_U = detail::centred(weights.b_U);
    });
    weights.processing.insert(weight_step::unembed_centered);
    return weights;
}

#ifdef SVDLENS_COMPILED
template basic_transformer_weights<float> center_writing_weights(basic_transformer_weights<float> weights,
                                                                 const execution& run);
template basic_transformer_weights<double> center_writing_weights(basic_transformer_weights<double> weights,
                                                                  const execution& run);
template basic_transformer_weights<float> center_unembed(basic_transformer_weights<float> weights,
                                                         const execution& run);
template basic_transformer_weights<double> center_unembed(basic_transformer_weights<double> weights,
                                                          const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
