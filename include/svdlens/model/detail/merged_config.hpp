/// @file
/// A config of the caller's over that of a file.
#ifndef SVDLENS_MODEL_DETAIL_MERGED_CONFIG_HPP
#define SVDLENS_MODEL_DETAIL_MERGED_CONFIG_HPP

#include "../../io/model_config.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Both configs in one: each field is what `first` says, else what `second` says. O(1)
inline model_config merged_config(model_config first, const model_config& second) {
    const auto fill = [](auto& field, const auto& other) {
        if (!field) field = other;
    };
    fill(first.n_layers, second.n_layers);
    fill(first.n_heads, second.n_heads);
    fill(first.n_key_value_heads, second.n_key_value_heads);
    fill(first.d_model, second.d_model);
    fill(first.d_head, second.d_head);
    fill(first.d_mlp, second.d_mlp);
    fill(first.n_experts, second.n_experts);
    fill(first.d_expert, second.d_expert);
    fill(first.d_shared, second.d_shared);
    fill(first.n_ctx, second.n_ctx);
    fill(first.norm, second.norm);
    fill(first.gated_mlp, second.gated_mlp);
    fill(first.activation, second.activation);
    fill(first.environment, second.environment);
    fill(first.d_vocab, second.d_vocab);
    fill(first.model_type, second.model_type);
    fill(first.quantization, second.quantization);
    fill(first.quantization_format, second.quantization_format);
    fill(first.quantization_block, second.quantization_block);
    fill(first.tied_embeddings, second.tied_embeddings);
    fill(first.parallel_blocks, second.parallel_blocks);
    fill(first.positions, second.positions);
    fill(first.rotary_theta, second.rotary_theta);
    fill(first.rotary_share, second.rotary_share);
    fill(first.rotary_dimensions, second.rotary_dimensions);
    fill(first.rotary_adjacent_pairs, second.rotary_adjacent_pairs);
    fill(first.rotary_scaling, second.rotary_scaling);
    fill(first.attention_scale, second.attention_scale);
    fill(first.embedding_multiplier, second.embedding_multiplier);
    fill(first.residual_multiplier, second.residual_multiplier);
    fill(first.logit_multiplier, second.logit_multiplier);
    fill(first.attention_softcap, second.attention_softcap);
    fill(first.logit_softcap, second.logit_softcap);
    fill(first.qkv_clip, second.qkv_clip);
    fill(first.norms_before, second.norms_before);
    // What the caller says settles what the file leaves open.
    if (!first.rotary_theta && first.rotary_conflict.empty()) first.rotary_conflict = second.rotary_conflict;
    if (!first.attention_scale && first.score_conflict.empty()) first.score_conflict = second.score_conflict;
    if (!first.tied_embeddings && first.tying_conflict.empty()) first.tying_conflict = second.tying_conflict;
    if (first.source.empty()) first.source = second.source;
    return first;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
