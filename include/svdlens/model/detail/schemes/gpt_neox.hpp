/// @file
/// The names of GPT-NeoX's tensors in Hugging Face's files (Pythia).
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_GPT_NEOX_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_GPT_NEOX_HPP

#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::gpt_neox {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Queries, keys and values lie side by side within each head.
inline constexpr part_name parts[] = {
    {W_E, "embed_in.weight", {d_vocab, d_model}},
    {W_U, "embed_out.weight", {d_vocab, d_model}, name_root::file},
    {ln_final_w, "final_layer_norm.weight", {d_model}},
    {ln_final_b, "final_layer_norm.bias", {d_model}},
    {ln1_w, "layers.{layer}.input_layernorm.weight", {d_model}},
    {ln1_b, "layers.{layer}.input_layernorm.bias", {d_model}},
    {W_Q,
     "layers.{layer}.attention.query_key_value.weight",
     {joined(n_heads, fused_slice{0, 3}, d_head), d_model}},
    {W_K,
     "layers.{layer}.attention.query_key_value.weight",
     {joined(n_heads, fused_slice{1, 3}, d_head), d_model}},
    {W_V,
     "layers.{layer}.attention.query_key_value.weight",
     {joined(n_heads, fused_slice{2, 3}, d_head), d_model}},
    {W_O, "layers.{layer}.attention.dense.weight", {d_model, joined(n_heads, d_head)}},
    {b_Q, "layers.{layer}.attention.query_key_value.bias", {joined(n_heads, fused_slice{0, 3}, d_head)}},
    {b_K, "layers.{layer}.attention.query_key_value.bias", {joined(n_heads, fused_slice{1, 3}, d_head)}},
    {b_V, "layers.{layer}.attention.query_key_value.bias", {joined(n_heads, fused_slice{2, 3}, d_head)}},
    {b_O, "layers.{layer}.attention.dense.bias", {d_model}},
    {ln2_w, "layers.{layer}.post_attention_layernorm.weight", {d_model}},
    {ln2_b, "layers.{layer}.post_attention_layernorm.bias", {d_model}},
    {W_in, "layers.{layer}.mlp.dense_h_to_4h.weight", {d_mlp, d_model}},
    {b_in, "layers.{layer}.mlp.dense_h_to_4h.bias", {d_mlp}},
    {W_out, "layers.{layer}.mlp.dense_4h_to_h.weight", {d_model, d_mlp}},
    {b_out, "layers.{layer}.mlp.dense_4h_to_h.bias", {d_model}},
};

/// The causal mask is called like a bias.
inline constexpr hint_name hints[] = {
    {"layers.{layer}.attention.bias", buffer},
    {"layers.{layer}.attention.masked_bias", buffer},
    {"layers.{layer}.attention.rotary_emb.inv_freq", rotary},
    {"layers.{layer}.attention.rotary_emb.cos_cached", rotary},
    {"layers.{layer}.attention.rotary_emb.sin_cached", rotary},
    {"layers.{layer}.attention.norm_factor", buffer},
    {"rotary_emb.inv_freq", rotary},
};

inline constexpr std::string_view prefixes[] = {"gpt_neox.", ""};
inline constexpr std::string_view types[] = {"gpt_neox"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.attention.query_key_value.weight"}};

} // namespace detail::gpt_neox

namespace detail {

/// GPT-NeoX: parallel blocks, a quarter of each head rotary, unless the config says otherwise.
inline constexpr naming_scheme gpt_neox_scheme = {
    .name = "GPT-NeoX",
    .prefixes = gpt_neox::prefixes,
    .parts = gpt_neox::parts,
    .hints = gpt_neox::hints,
    .markers = gpt_neox::markers,
    .model_types = gpt_neox::types,
    .architecture = {.norm = normalization::layer_norm,
                     .block_order = block_order::parallel,
                     .unembedding = schemes::missing_unembedding::tied_by_config,
                     .positions = schemes::position_kind::rotary,
                     .rotary_share = 0.25},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
