/// @file
/// The names of CLIP's and SigLIP's tensors, tower by tower, in Hugging Face's files, and of CLIP's in OpenAI's.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_CLIP_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_CLIP_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::clip {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

inline constexpr std::array text_parts = {
    part_name{W_E, "text_model.embeddings.token_embedding.weight", {d_vocab, d_model}},
    part_name{W_pos, "text_model.embeddings.position_embedding.weight", {n_ctx, d_model}},
    part_name{
        W_Q, "text_model.encoder.layers.{layer}.self_attn.q_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_Q, "text_model.encoder.layers.{layer}.self_attn.q_proj.bias", {joined(n_heads, d_head)}},
    part_name{
        W_K, "text_model.encoder.layers.{layer}.self_attn.k_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_K, "text_model.encoder.layers.{layer}.self_attn.k_proj.bias", {joined(n_heads, d_head)}},
    part_name{
        W_V, "text_model.encoder.layers.{layer}.self_attn.v_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_V, "text_model.encoder.layers.{layer}.self_attn.v_proj.bias", {joined(n_heads, d_head)}},
    part_name{W_O,
              "text_model.encoder.layers.{layer}.self_attn.out_proj.weight",
              {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "text_model.encoder.layers.{layer}.self_attn.out_proj.bias", {d_model}},
    part_name{W_in, "text_model.encoder.layers.{layer}.mlp.fc1.weight", {d_mlp, d_model}},
    part_name{b_in, "text_model.encoder.layers.{layer}.mlp.fc1.bias", {d_mlp}},
    part_name{W_out, "text_model.encoder.layers.{layer}.mlp.fc2.weight", {d_model, d_mlp}},
    part_name{b_out, "text_model.encoder.layers.{layer}.mlp.fc2.bias", {d_model}},
    part_name{ln1_w, "text_model.encoder.layers.{layer}.layer_norm1.weight", {d_model}},
    part_name{ln1_b, "text_model.encoder.layers.{layer}.layer_norm1.bias", {d_model}},
    part_name{ln2_w, "text_model.encoder.layers.{layer}.layer_norm2.weight", {d_model}},
    part_name{ln2_b, "text_model.encoder.layers.{layer}.layer_norm2.bias", {d_model}},
    part_name{ln_final_w, "text_model.final_layer_norm.weight", {d_model}},
    part_name{ln_final_b, "text_model.final_layer_norm.bias", {d_model}},
};

/// SigLIP has no norm of what is embedded.
inline constexpr std::array vision_parts = {
    part_name{W_pos, "vision_model.embeddings.position_embedding.weight", {n_ctx, d_model}},
    part_name{ln_embed_w, "vision_model.pre_layrnorm.weight", {d_model}},
    part_name{ln_embed_b, "vision_model.pre_layrnorm.bias", {d_model}},
    part_name{W_Q,
              "vision_model.encoder.layers.{layer}.self_attn.q_proj.weight",
              {joined(n_heads, d_head), d_model}},
    part_name{b_Q, "vision_model.encoder.layers.{layer}.self_attn.q_proj.bias", {joined(n_heads, d_head)}},
    part_name{W_K,
              "vision_model.encoder.layers.{layer}.self_attn.k_proj.weight",
              {joined(n_heads, d_head), d_model}},
    part_name{b_K, "vision_model.encoder.layers.{layer}.self_attn.k_proj.bias", {joined(n_heads, d_head)}},
    part_name{W_V,
              "vision_model.encoder.layers.{layer}.self_attn.v_proj.weight",
              {joined(n_heads, d_head), d_model}},
    part_name{b_V, "vision_model.encoder.layers.{layer}.self_attn.v_proj.bias", {joined(n_heads, d_head)}},
    part_name{W_O,
              "vision_model.encoder.layers.{layer}.self_attn.out_proj.weight",
              {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "vision_model.encoder.layers.{layer}.self_attn.out_proj.bias", {d_model}},
    part_name{W_in, "vision_model.encoder.layers.{layer}.mlp.fc1.weight", {d_mlp, d_model}},
    part_name{b_in, "vision_model.encoder.layers.{layer}.mlp.fc1.bias", {d_mlp}},
    part_name{W_out, "vision_model.encoder.layers.{layer}.mlp.fc2.weight", {d_model, d_mlp}},
    part_name{b_out, "vision_model.encoder.layers.{layer}.mlp.fc2.bias", {d_model}},
    part_name{ln1_w, "vision_model.encoder.layers.{layer}.layer_norm1.weight", {d_model}},
    part_name{ln1_b, "vision_model.encoder.layers.{layer}.layer_norm1.bias", {d_model}},
    part_name{ln2_w, "vision_model.encoder.layers.{layer}.layer_norm2.weight", {d_model}},
    part_name{ln2_b, "vision_model.encoder.layers.{layer}.layer_norm2.bias", {d_model}},
    part_name{ln_final_w, "vision_model.post_layernorm.weight", {d_model}},
    part_name{ln_final_b, "vision_model.post_layernorm.bias", {d_model}},
};

/// SigLIP's text tower ends in a `head`, CLIP's in a projection beside the towers.
inline constexpr extra_name text_extras[] = {
    {"text_projection.weight", {any, d_model}, flow::reads, "shared_direction", matrix_role::unembedding},
    {"text_model.head.weight", {any, d_model}, flow::reads, "shared_direction", matrix_role::unembedding},
};
inline constexpr extra_name vision_extras[] = {
    {"vision_model.embeddings.patch_embedding.weight",
     {d_model, any, any, any},
     flow::writes,
     "pixel",
     matrix_role::embedding},
    {"vision_model.embeddings.class_embedding", {d_model}, flow::writes, "class_token"},
    {"visual_projection.weight", {any, d_model}, flow::reads, "shared_direction", matrix_role::unembedding},
};

inline constexpr hint_name text_hints[] = {{"text_model.embeddings.position_ids", buffer}};

/// SigLIP's images are read by attention of one query to all tokens.
inline constexpr std::string_view pooling = "the pooling of all tokens by attention, and the MLP behind it";
inline constexpr hint_name vision_hints[] = {
    {"vision_model.embeddings.position_ids", buffer},
    {"vision_model.head.probe", left_out, pooling},
    {"vision_model.head.attention.in_proj_weight", left_out, pooling},
    {"vision_model.head.attention.in_proj_bias", left_out, pooling},
    {"vision_model.head.attention.out_proj.weight", left_out, pooling},
    {"vision_model.head.attention.out_proj.bias", left_out, pooling},
    {"vision_model.head.layernorm.weight", left_out, pooling},
    {"vision_model.head.layernorm.bias", left_out, pooling},
    {"vision_model.head.mlp.fc1.weight", left_out, pooling},
    {"vision_model.head.mlp.fc1.bias", left_out, pooling},
    {"vision_model.head.mlp.fc2.weight", left_out, pooling},
    {"vision_model.head.mlp.fc2.bias", left_out, pooling},
};

inline constexpr std::string_view types[] = {"clip",   "clip_text_model",   "clip_vision_model",
                                             "siglip", "siglip_text_model", "siglip_vision_model"};
inline constexpr std::string_view open_types[] = {"clip"};
inline constexpr scheme_marker text_markers[] = {
    {"text_model.encoder.layers.{layer}.self_attn.q_proj.weight"}};
inline constexpr scheme_marker vision_markers[] = {
    {"vision_model.encoder.layers.{layer}.self_attn.q_proj.weight"}};

/// OpenAI's own names, which open_clip has, too: what is projected is stored (in, out).
inline constexpr std::array open_blocks = {
    part_name{W_Q,
              "transformer.resblocks.{layer}.attn.in_proj_weight",
              {joined(fused_slice{0, 3}, n_heads, d_head), d_model}},
    part_name{
        b_Q, "transformer.resblocks.{layer}.attn.in_proj_bias", {joined(fused_slice{0, 3}, n_heads, d_head)}},
    part_name{W_K,
              "transformer.resblocks.{layer}.attn.in_proj_weight",
              {joined(fused_slice{1, 3}, n_heads, d_head), d_model}},
    part_name{
        b_K, "transformer.resblocks.{layer}.attn.in_proj_bias", {joined(fused_slice{1, 3}, n_heads, d_head)}},
    part_name{W_V,
              "transformer.resblocks.{layer}.attn.in_proj_weight",
              {joined(fused_slice{2, 3}, n_heads, d_head), d_model}},
    part_name{
        b_V, "transformer.resblocks.{layer}.attn.in_proj_bias", {joined(fused_slice{2, 3}, n_heads, d_head)}},
    part_name{W_O, "transformer.resblocks.{layer}.attn.out_proj.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "transformer.resblocks.{layer}.attn.out_proj.bias", {d_model}},
    part_name{W_in, "transformer.resblocks.{layer}.mlp.c_fc.weight", {d_mlp, d_model}},
    part_name{b_in, "transformer.resblocks.{layer}.mlp.c_fc.bias", {d_mlp}},
    part_name{W_out, "transformer.resblocks.{layer}.mlp.c_proj.weight", {d_model, d_mlp}},
    part_name{b_out, "transformer.resblocks.{layer}.mlp.c_proj.bias", {d_model}},
    part_name{ln1_w, "transformer.resblocks.{layer}.ln_1.weight", {d_model}},
    part_name{ln1_b, "transformer.resblocks.{layer}.ln_1.bias", {d_model}},
    part_name{ln2_w, "transformer.resblocks.{layer}.ln_2.weight", {d_model}},
    part_name{ln2_b, "transformer.resblocks.{layer}.ln_2.bias", {d_model}},
    part_name{W_pos, "positional_embedding", {n_ctx, d_model}},
};

inline constexpr std::array open_text_ends = {
    part_name{W_E, "token_embedding.weight", {d_vocab, d_model}},
    part_name{ln_final_w, "ln_final.weight", {d_model}},
    part_name{ln_final_b, "ln_final.bias", {d_model}},
};

inline constexpr std::array open_vision_ends = {
    part_name{ln_embed_w, "ln_pre.weight", {d_model}},
    part_name{ln_embed_b, "ln_pre.bias", {d_model}},
    part_name{ln_final_w, "ln_post.weight", {d_model}},
    part_name{ln_final_b, "ln_post.bias", {d_model}},
};

inline constexpr auto open_text_parts = both_tables(open_blocks, open_text_ends);
inline constexpr auto open_vision_parts = both_tables(open_blocks, open_vision_ends);

inline constexpr extra_name open_text_extras[] = {
    {"text_projection",
     {d_model, any},
     flow::reads,
     "shared_direction",
     matrix_role::unembedding,
     name_root::prefix},
};
inline constexpr extra_name open_vision_extras[] = {
    {"conv1.weight",
     {d_model, any, any, any},
     flow::writes,
     "pixel",
     matrix_role::embedding,
     name_root::prefix},
    {"class_embedding", {d_model}, flow::writes, "class_token", matrix_role::other, name_root::prefix},
    {"proj", {d_model, any}, flow::reads, "shared_direction", matrix_role::unembedding, name_root::prefix},
};

inline constexpr hint_name open_hints[] = {
    {"attn_mask", buffer},
    {"transformer.resblocks.{layer}.ls_1.gamma", unsupported, "layer scale"},
    {"transformer.resblocks.{layer}.ls_2.gamma", unsupported, "layer scale"},
};

inline constexpr std::string_view open_text_prefixes[] = {"", "text."};
inline constexpr std::string_view open_vision_prefixes[] = {"visual."};
inline constexpr scheme_marker open_text_markers[] = {{"token_embedding.weight"}};
inline constexpr scheme_marker open_vision_markers[] = {{"class_embedding"}};

inline constexpr architecture_traits traits = {
    .norm = normalization::layer_norm,
    .note = "what is projected is read of one token alone, and divided by its length",
};

} // namespace detail::clip

namespace detail {

/// CLIP's and SigLIP's text towers: tokens in; what is shared with images out.
inline constexpr naming_scheme clip_text_scheme = {
    .name = "CLIP text",
    .parts = clip::text_parts,
    .extras = clip::text_extras,
    .hints = clip::text_hints,
    .markers = clip::text_markers,
    .model_types = clip::types,
    .architecture = clip::traits,
    .tower = "text",
};

/// CLIP's and SigLIP's vision towers: a ViT with a norm of what is embedded (CLIP).
inline constexpr naming_scheme clip_vision_scheme = {
    .name = "CLIP vision",
    .parts = clip::vision_parts,
    .extras = clip::vision_extras,
    .hints = clip::vision_hints,
    .markers = clip::vision_markers,
    .model_types = clip::types,
    .architecture = clip::traits,
    .tower = "vision",
};

/// The same in OpenAI's own names.
inline constexpr naming_scheme open_clip_text_scheme = {
    .name = "OpenAI CLIP text",
    .prefixes = clip::open_text_prefixes,
    .parts = clip::open_text_parts,
    .extras = clip::open_text_extras,
    .hints = clip::open_hints,
    .markers = clip::open_text_markers,
    .model_types = clip::open_types,
    .architecture = clip::traits,
    .tower = "text",
};
inline constexpr naming_scheme open_clip_vision_scheme = {
    .name = "OpenAI CLIP vision",
    .prefixes = clip::open_vision_prefixes,
    .parts = clip::open_vision_parts,
    .extras = clip::open_vision_extras,
    .hints = clip::open_hints,
    .markers = clip::open_vision_markers,
    .model_types = clip::open_types,
    .architecture = clip::traits,
    .tower = "vision",
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
