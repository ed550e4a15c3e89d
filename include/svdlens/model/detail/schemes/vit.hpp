/// @file
/// The names of vision transformers' tensors in Hugging Face's files and in timm's.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_VIT_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_VIT_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::vit {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

inline constexpr std::array parts = {
    part_name{W_pos, "embeddings.position_embeddings", {one, n_ctx, d_model}},
    part_name{
        W_Q, "encoder.layer.{layer}.attention.attention.query.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_Q, "encoder.layer.{layer}.attention.attention.query.bias", {joined(n_heads, d_head)}},
    part_name{
        W_K, "encoder.layer.{layer}.attention.attention.key.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_K, "encoder.layer.{layer}.attention.attention.key.bias", {joined(n_heads, d_head)}},
    part_name{
        W_V, "encoder.layer.{layer}.attention.attention.value.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_V, "encoder.layer.{layer}.attention.attention.value.bias", {joined(n_heads, d_head)}},
    part_name{W_O, "encoder.layer.{layer}.attention.output.dense.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "encoder.layer.{layer}.attention.output.dense.bias", {d_model}},
    part_name{W_in, "encoder.layer.{layer}.intermediate.dense.weight", {d_mlp, d_model}},
    part_name{b_in, "encoder.layer.{layer}.intermediate.dense.bias", {d_mlp}},
    part_name{W_out, "encoder.layer.{layer}.output.dense.weight", {d_model, d_mlp}},
    part_name{b_out, "encoder.layer.{layer}.output.dense.bias", {d_model}},
    part_name{ln1_w, "encoder.layer.{layer}.layernorm_before.weight", {d_model}},
    part_name{ln1_b, "encoder.layer.{layer}.layernorm_before.bias", {d_model}},
    part_name{ln2_w, "encoder.layer.{layer}.layernorm_after.weight", {d_model}},
    part_name{ln2_b, "encoder.layer.{layer}.layernorm_after.bias", {d_model}},
    part_name{ln_final_w, "layernorm.weight", {d_model}},
    part_name{ln_final_b, "layernorm.bias", {d_model}},
};

/// A patch is a matrix of pixels a channel, and what it writes is linear in them. DeiT has a second class token and
/// a classifier of its own for it.
inline constexpr extra_name extras[] = {
    {"embeddings.patch_embeddings.projection.weight",
     {d_model, any, any, any},
     flow::writes,
     "pixel",
     matrix_role::embedding,
     name_root::prefix},
    {"embeddings.cls_token",
     {one, any, d_model},
     flow::writes,
     "class_token",
     matrix_role::other,
     name_root::prefix},
    {"embeddings.distillation_token",
     {one, any, d_model},
     flow::writes,
     "distillation_token",
     matrix_role::other,
     name_root::prefix},
    {"embeddings.mask_token",
     {one, any, d_model},
     flow::writes,
     "mask_token",
     matrix_role::other,
     name_root::prefix},
    {"classifier.weight", {any, d_model}, flow::reads, "class", matrix_role::unembedding},
    {"cls_classifier.weight", {any, d_model}, flow::reads, "class", matrix_role::unembedding},
    {"distillation_classifier.weight", {any, d_model}, flow::reads, "class"},
};

inline constexpr std::string_view prefixes[] = {"vit.", "deit.", ""};
inline constexpr std::string_view types[] = {"vit", "deit"};
inline constexpr scheme_marker markers[] = {{"encoder.layer.{layer}.attention.attention.query.weight"}};

/// The same in timm, and in the files of DeiT, DINO and MAE.
inline constexpr std::array timm_parts = {
    part_name{W_pos, "pos_embed", {one, n_ctx, d_model}},
    part_name{ln_embed_w, "norm_pre.weight", {d_model}},
    part_name{ln_embed_b, "norm_pre.bias", {d_model}},
    part_name{W_Q, "blocks.{layer}.attn.qkv.weight", {joined(fused_slice{0, 3}, n_heads, d_head), d_model}},
    part_name{b_Q, "blocks.{layer}.attn.qkv.bias", {joined(fused_slice{0, 3}, n_heads, d_head)}},
    part_name{W_K, "blocks.{layer}.attn.qkv.weight", {joined(fused_slice{1, 3}, n_heads, d_head), d_model}},
    part_name{b_K, "blocks.{layer}.attn.qkv.bias", {joined(fused_slice{1, 3}, n_heads, d_head)}},
    part_name{W_V, "blocks.{layer}.attn.qkv.weight", {joined(fused_slice{2, 3}, n_heads, d_head), d_model}},
    part_name{b_V, "blocks.{layer}.attn.qkv.bias", {joined(fused_slice{2, 3}, n_heads, d_head)}},
    part_name{W_O, "blocks.{layer}.attn.proj.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "blocks.{layer}.attn.proj.bias", {d_model}},
    part_name{W_in, "blocks.{layer}.mlp.fc1.weight", {d_mlp, d_model}},
    part_name{b_in, "blocks.{layer}.mlp.fc1.bias", {d_mlp}},
    part_name{W_out, "blocks.{layer}.mlp.fc2.weight", {d_model, d_mlp}},
    part_name{b_out, "blocks.{layer}.mlp.fc2.bias", {d_model}},
    part_name{ln1_w, "blocks.{layer}.norm1.weight", {d_model}},
    part_name{ln1_b, "blocks.{layer}.norm1.bias", {d_model}},
    part_name{ln2_w, "blocks.{layer}.norm2.weight", {d_model}},
    part_name{ln2_b, "blocks.{layer}.norm2.bias", {d_model}},
    part_name{ln_final_w, "norm.weight", {d_model}},
    part_name{ln_final_b, "norm.bias", {d_model}},
};

inline constexpr extra_name timm_extras[] = {
    {"patch_embed.proj.weight",
     {d_model, any, any, any},
     flow::writes,
     "pixel",
     matrix_role::embedding,
     name_root::prefix},
    {"cls_token", {one, any, d_model}, flow::writes, "class_token", matrix_role::other, name_root::prefix},
    {"dist_token",
     {one, any, d_model},
     flow::writes,
     "distillation_token",
     matrix_role::other,
     name_root::prefix},
    {"reg_token", {one, any, d_model}, flow::writes, "register_token", matrix_role::other, name_root::prefix},
    {"head.weight", {any, d_model}, flow::reads, "class", matrix_role::unembedding},
    {"head_dist.weight", {any, d_model}, flow::reads, "class"},
};

inline constexpr std::string_view scaled =
    "what attention and MLP write multiplied number by number (layer scale)";
inline constexpr hint_name timm_hints[] = {
    {"blocks.{layer}.attn.q_norm.weight", qk_norm},
    {"blocks.{layer}.attn.q_norm.bias", qk_norm},
    {"blocks.{layer}.attn.k_norm.weight", qk_norm},
    {"blocks.{layer}.attn.k_norm.bias", qk_norm},
    {"blocks.{layer}.ls1.gamma", unsupported, scaled},
    {"blocks.{layer}.ls2.gamma", unsupported, scaled},
    {"fc_norm.weight", unsupported, "a classifier that reads the mean over tokens behind a norm of it"},
    {"patch_embed.norm.weight", unsupported, "a norm of each patch"},
    {"attn_pool.q.weight", unsupported, "a classifier that reads tokens by attention"},
};

inline constexpr std::string_view timm_prefixes[] = {""};
inline constexpr scheme_marker timm_markers[] = {{"blocks.{layer}.attn.qkv.weight"}};

} // namespace detail::vit

namespace detail {

/// ViT and DeiT as Hugging Face stores them: patches, class token and positions in, classes out.
inline constexpr naming_scheme vit_scheme = {
    .name = "ViT",
    .prefixes = vit::prefixes,
    .parts = vit::parts,
    .extras = vit::extras,
    .markers = vit::markers,
    .model_types = vit::types,
    .architecture = {.norm = normalization::layer_norm, .note = "the classifier reads the class token alone"},
};

/// ViT in timm's names.
inline constexpr naming_scheme timm_vit_scheme = {
    .name = "timm ViT",
    .prefixes = vit::timm_prefixes,
    .parts = vit::timm_parts,
    .extras = vit::timm_extras,
    .hints = vit::timm_hints,
    .markers = vit::timm_markers,
    .model_types = vit::types,
    .architecture = {.norm = normalization::layer_norm,
                     .note = "the classifier reads the class token alone, or the mean of all tokens"},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
