/// @file
/// Which models a test over tokens or positions is defined for, and what it is made on.
#ifndef SVDLENS_CIRCUIT_DETAIL_TOKEN_CIRCUITS_HPP
#define SVDLENS_CIRCUIT_DETAIL_TOKEN_CIRCUITS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../directions/factored_set.hpp"
#include "../../directions/vector_set.hpp"
#include "../../model/detail/processing_steps.hpp"
#include "../../model/detail/refusals.hpp"
#include "../../model/residual_ports.hpp"
#include "../../model/transformer_weights.hpp"
#include "../circuits.hpp"
#include "../rotary.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Why attention scores of embedded vectors are not in the weights; nothing where they are.
template <std::floating_point T>
std::optional<std::string> refusal_of_scores(const basic_transformer_weights<T>& weights) {
    if (weights.has_qk_norm || !weights.qk_refusal.empty()) return refusal_of_qk(weights);
    for (const auto& block : weights.blocks)
        if (block.attention.W_Q.empty() || block.attention.W_K.empty())
            return "there are layers without queries or keys, so that there are no scores";
    if (weights.norm_placement == norm_placement::after || weights.ln_embed)
        return "a norm scales the residual stream itself between the embedding and the heads, so that no one "
               "matrix leads from two tokens to their score";
    if (weights.attention_scale) return std::nullopt;
    return "nothing says what scores are multiplied by before the softmax, so that there are no logits; put "
           "a "
           "config.json beside the file, or set the weights' member `attention_scale`";
}

/// Why queries and keys cannot be turned to an offset; nothing where they can.
template <std::floating_point T>
std::optional<std::string> refusal_to_turn(const basic_transformer_weights<T>& weights) {
    if (auto refusal = refusal_of_rotary_qk(weights)) return refusal;
    try {
        rotary_frequencies(*weights.rotary, weights.file);
    } catch (const model_error& reason) {
        return reason.what();
    }
    return std::nullopt;
}

template <std::floating_point T>
std::optional<std::string> refusal_of_matching(const basic_transformer_weights<T>& weights, bool at_offset) {
    if (const auto refusal = refusal_of_scores(weights)) return refusal;
    if (!weights.is_rotary()) return std::nullopt;
    if (at_offset) return refusal_to_turn(weights);
    return "queries and keys are rotated by position, so that a score hangs on how far apart two tokens "
           "stand; "
           "say it: {.offset = 1}";
}

template <std::floating_point T>
std::optional<std::string> refusal_of_positions(const basic_transformer_weights<T>& weights) {
    if (weights.is_rotary())
        return "its positions are rotations of queries and keys and no vectors of the residual stream; "
               "matching_test(weights, {.offset = 1}) tests tokens at an offset";
    if (weights.W_pos.rows() == 0)
        return weights.has_alibi ? "its positions are a rule (ALiBi) and no vectors of the residual stream"
                                 : "the model has no learned positions";
    return refusal_of_scores(weights);
}

/// W_QK of every head, at the offset where queries and keys are rotated.
template <std::floating_point T>
basic_factored_set<T> scoring_circuits(const basic_transformer_weights<T>& weights,
                                       const std::optional<std::int64_t>& offset) {
    return weights.is_rotary() ? rotary_qk_circuits(weights, *offset) : qk_circuits(weights);
}

/// What some neighbouring positions write, a row each.
template <std::floating_point T>
basic_vector_set<T> some_positions(const basic_transformer_weights<T>& weights, std::size_t first,
                                   std::size_t count) {
    const label_column identity("position", "{position}");
    return {.name = "position",
            .axes = svdlens::axes({axis("position", count)}, {identity}),
            .identity = identity,
            .layers = {weights.W_pos.row_range(first, count)},
            .port = port_of(residual_site::embedding, weights.block_order, weights.blocks.size()),
            .provenance = weights.provenance()};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
