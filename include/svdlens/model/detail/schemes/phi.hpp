/// @file
/// The names of Phi-1's and Phi-2's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_PHI_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_PHI_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::phi {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Attention and MLP read behind one norm.
inline constexpr part_name parts[] = {
    {W_E, "embed_tokens.weight", {d_vocab, d_model}},
    {W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
    {b_U, "lm_head.bias", {d_vocab}, name_root::file},
    {ln_final_w, "final_layernorm.weight", {d_model}},
    {ln_final_b, "final_layernorm.bias", {d_model}},
    {ln1_w, "layers.{layer}.input_layernorm.weight", {d_model}},
    {ln1_b, "layers.{layer}.input_layernorm.bias", {d_model}},
    {ln2_w, "layers.{layer}.input_layernorm.weight", {d_model}},
    {ln2_b, "layers.{layer}.input_layernorm.bias", {d_model}},
    {W_Q, "layers.{layer}.self_attn.q_proj.weight", {joined(n_heads, d_head), d_model}},
    {W_K, "layers.{layer}.self_attn.k_proj.weight", {joined(n_key_value_heads, d_head), d_model}},
    {W_V, "layers.{layer}.self_attn.v_proj.weight", {joined(n_key_value_heads, d_head), d_model}},
    {W_O, "layers.{layer}.self_attn.dense.weight", {d_model, joined(n_heads, d_head)}},
    {b_Q, "layers.{layer}.self_attn.q_proj.bias", {joined(n_heads, d_head)}},
    {b_K, "layers.{layer}.self_attn.k_proj.bias", {joined(n_key_value_heads, d_head)}},
    {b_V, "layers.{layer}.self_attn.v_proj.bias", {joined(n_key_value_heads, d_head)}},
    {b_O, "layers.{layer}.self_attn.dense.bias", {d_model}},
    {W_in, "layers.{layer}.mlp.fc1.weight", {d_mlp, d_model}},
    {b_in, "layers.{layer}.mlp.fc1.bias", {d_mlp}},
    {W_out, "layers.{layer}.mlp.fc2.weight", {d_model, d_mlp}},
    {b_out, "layers.{layer}.mlp.fc2.bias", {d_model}},
};

inline constexpr hint_name hints[] = {
    {"layers.{layer}.self_attn.q_layernorm.weight", qk_norm},
    {"layers.{layer}.self_attn.q_layernorm.bias", qk_norm},
    {"layers.{layer}.self_attn.k_layernorm.weight", qk_norm},
    {"layers.{layer}.self_attn.k_layernorm.bias", qk_norm},
    {"layers.{layer}.self_attn.rotary_emb.inv_freq", rotary},
    {"rotary_emb.inv_freq", rotary},
};

inline constexpr std::string_view prefixes[] = {"model.", ""};
inline constexpr std::string_view types[] = {"phi"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.self_attn.dense.weight"}};

} // namespace detail::phi

namespace detail {

/// Phi-1, 1.5 and 2: parallel blocks, half of each head rotary unless the config says otherwise, a bias of the
/// unembedding.
inline constexpr naming_scheme phi_scheme = {
    .name = "Phi",
    .prefixes = phi::prefixes,
    .parts = phi::parts,
    .hints = phi::hints,
    .markers = phi::markers,
    .model_types = phi::types,
    .architecture = {.norm = normalization::layer_norm,
                     .block_order = block_order::parallel,
                     .unembedding = schemes::missing_unembedding::tied_by_config,
                     .positions = schemes::position_kind::rotary,
                     .rotary_share = 0.5},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
