/// @file
/// Which steps and circuits would be wrong for a model, and why: asked by those that refuse, and
/// by `describe_model`.
#ifndef SVDLENS_MODEL_DETAIL_REFUSALS_HPP
#define SVDLENS_MODEL_DETAIL_REFUSALS_HPP

#include <concepts>
#include <optional>
#include <string>

#include "../../core/text.hpp"
#include "../../io/model_config.hpp"
#include "../transformer_parts.hpp"
#include "../transformer_weights.hpp"
#include "../weight_processing.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

constexpr bool is_layer_norm(normalization kind) {
    return kind == normalization::layer_norm || kind == normalization::layer_norm_folded;
}

constexpr bool is_rms_norm(normalization kind) {
    return kind == normalization::rms_norm || kind == normalization::rms_norm_folded;
}

// Each says why the step would be wrong for the model; nothing where it is right, or would change nothing.

template <std::floating_point T>
std::optional<std::string> refusal_to_fold_norms(const basic_transformer_weights<T>& weights) {
    if (weights.norm_placement != norm_placement::after) return std::nullopt;
    return "its norms stand behind each sum (post-norm) and scale the residual stream itself, so that no "
           "reading matrix can take them over; use the weights as stored";
}

template <std::floating_point T>
std::optional<std::string> refusal_to_center_writers(const basic_transformer_weights<T>& weights) {
    if (is_rms_norm(weights.normalization))
        return "RMSNorm keeps the mean of the residual stream, so that a mean that is written is read; leave "
               "what writes as it is";
    if (weights.normalization == normalization::none)
        return "no norm takes the mean out of the residual stream, so that a mean that is written is read; "
               "leave what writes as it is";
    for (const auto& block : weights.blocks)
        if (block.attention_reads_stream)
            return "an attention reads the stream without a norm, where a mean that is written is read; "
                   "leave what "
                   "writes as it is";
    for (const auto& set : weights.added)
        if (set.flow == flow::reads && flow_of(set.site) == flow::none)
            return "the vectors " + quoted(set.name) +
                   " read the stream before its norm, where a mean that is written is read; leave what "
                   "writes as "
                   "it is";
    if (weights.norm_placement == norm_placement::before) return std::nullopt;
    return "its norms behind attention and MLP give what is written a mean again; leave what writes as it is";
}

template <std::floating_point T>
std::optional<std::string> refusal_to_center_unembed(const basic_transformer_weights<T>& weights) {
    if (weights.W_U.columns() == 0)
        return "it has no unembedding over a vocabulary, and the values that predictors of actions, states "
               "and rewards give count as they are; leave them as they are";
    const bool post_norms = weights.norm_placement == norm_placement::both ||
                            weights.processing.contains(weight_step::post_norms_folded);
    if (!post_norms) return std::nullopt;
    return "models with norms behind attention and MLP may cap their logits by a tanh, which a shift of all "
           "logits would change; leave the unembedding as it is";
}

template <std::floating_point T>
std::optional<std::string> refusal_of_qk(const basic_transformer_weights<T>& weights) {
    if (!weights.qk_refusal.empty()) return weights.qk_refusal;
    if (weights.has_qk_norm)
        return "queries or keys are normalised per token, so that no matrix W_Q W_K^T exists";
    if (!weights.is_rotary()) return std::nullopt;
    return "queries and keys are rotated by position, so that W_Q W_K^T is the circuit at offset 0 only; use "
           "rotary_qk_circuits(weights, offset)";
}

template <std::floating_point T>
std::optional<std::string> refusal_of_rotary_qk(const basic_transformer_weights<T>& weights) {
    if (weights.has_qk_norm || !weights.qk_refusal.empty()) return refusal_of_qk(weights);
    if (!weights.is_rotary()) return "queries and keys are not rotated by position; use qk_circuits(weights)";
    if (weights.rotary) return std::nullopt;
    if (!weights.rotary_conflict.empty())
        return "the config contradicts itself, or layers differ, on how queries and keys are rotated (" +
               weights.rotary_conflict +
               "); set the weights' member `rotary` to what holds for the layers looked at";
    return "nothing says how queries and keys are rotated; put a config.json beside the file, or set the "
           "weights' member `rotary`";
}

template <std::floating_point T>
std::optional<std::string> refusal_to_fold_value_biases(const basic_transformer_weights<T>& weights) {
    if (!weights.has_attention_sinks) return std::nullopt;
    return "its heads have attention sinks, so that their weights sum to less than 1 and a share of each "
           "value "
           "bias is lost that hangs on the tokens; leave b_V as it is";
}

/// Copying compares what a token is read as with how much the same token is predicted.
template <std::floating_point T>
std::optional<std::string> refusal_of_copying(const basic_transformer_weights<T>& weights) {
    const std::string remedy = "; eigenvalue_signs(ov_circuits(weights)) tells of the residual stream alone";
    if (weights.W_E.rows() == 0 || weights.W_U.columns() == 0)
        return "the model has no " + std::string(weights.W_E.rows() == 0 ? "embedding" : "unembedding") +
               " of tokens, so that no token goes in and comes out" + remedy;
    if (weights.W_E.rows() != weights.W_U.columns())
        return "the embedding has " + to_text(weights.W_E.rows()) + " tokens and the unembedding " +
               to_text(weights.W_U.columns()) + ", which are not the same vocabulary" + remedy;
    if (weights.has_output_head)
        return "the unembedding reads what a head makes of the stream, and not the stream" + remedy;
    if (weights.norm_placement != norm_placement::after && !weights.ln_embed) return std::nullopt;
    return "norms scale the residual stream itself between embedding, heads and unembedding (post-norm), so "
           "that no one matrix leads from token to token" +
           remedy;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
