/// @file
/// The names of GPT-BigCode's tensors in Hugging Face's files (SantaCoder, StarCoder).
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_GPT_BIGCODE_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_GPT_BIGCODE_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "gpt2.hpp"

namespace svdlens::inline v0_2 {

namespace detail::gpt_bigcode {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// One key/value head for all: queries, then its keys, then its values.
inline constexpr std::array one_head_parts = {
    part_name{W_Q,
              "h.{layer}.attn.c_attn.weight",
              {joined(stacked_axes{0, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head), d_model}},
    part_name{b_Q,
              "h.{layer}.attn.c_attn.bias",
              {joined(stacked_axes{0, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head)}},
    part_name{W_K,
              "h.{layer}.attn.c_attn.weight",
              {joined(stacked_axes{1, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head), d_model}},
    part_name{b_K,
              "h.{layer}.attn.c_attn.bias",
              {joined(stacked_axes{1, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head)}},
    part_name{W_V,
              "h.{layer}.attn.c_attn.weight",
              {joined(stacked_axes{2, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head), d_model}},
    part_name{b_V,
              "h.{layer}.attn.c_attn.bias",
              {joined(stacked_axes{2, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head)}},
};

/// Queries, keys and values side by side within each head.
inline constexpr std::array all_heads_parts = {
    part_name{W_Q, "h.{layer}.attn.c_attn.weight", {joined(n_heads, fused_slice{0, 3}, d_head), d_model}},
    part_name{b_Q, "h.{layer}.attn.c_attn.bias", {joined(n_heads, fused_slice{0, 3}, d_head)}},
    part_name{W_K, "h.{layer}.attn.c_attn.weight", {joined(n_heads, fused_slice{1, 3}, d_head), d_model}},
    part_name{b_K, "h.{layer}.attn.c_attn.bias", {joined(n_heads, fused_slice{1, 3}, d_head)}},
    part_name{W_V, "h.{layer}.attn.c_attn.weight", {joined(n_heads, fused_slice{2, 3}, d_head), d_model}},
    part_name{b_V, "h.{layer}.attn.c_attn.bias", {joined(n_heads, fused_slice{2, 3}, d_head)}},
};

/// The rest is called as GPT-2's, every matrix (out, in).
inline constexpr std::array common_parts = {
    part_name{W_E, "wte.weight", {d_vocab, d_model}},
    part_name{W_pos, "wpe.weight", {n_ctx, d_model}},
    part_name{W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
    part_name{ln_final_w, "ln_f.weight", {d_model}},
    part_name{ln_final_b, "ln_f.bias", {d_model}},
    part_name{ln1_w, "h.{layer}.ln_1.weight", {d_model}},
    part_name{ln1_b, "h.{layer}.ln_1.bias", {d_model}},
    part_name{W_O, "h.{layer}.attn.c_proj.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "h.{layer}.attn.c_proj.bias", {d_model}},
    part_name{ln2_w, "h.{layer}.ln_2.weight", {d_model}},
    part_name{ln2_b, "h.{layer}.ln_2.bias", {d_model}},
    part_name{W_in, "h.{layer}.mlp.c_fc.weight", {d_mlp, d_model}},
    part_name{b_in, "h.{layer}.mlp.c_fc.bias", {d_mlp}},
    part_name{W_out, "h.{layer}.mlp.c_proj.weight", {d_model, d_mlp}},
    part_name{b_out, "h.{layer}.mlp.c_proj.bias", {d_model}},
};

inline constexpr auto one_head = both_tables(common_parts, one_head_parts);
inline constexpr auto all_heads = both_tables(common_parts, all_heads_parts);

inline constexpr std::string_view prefixes[] = {"transformer.", ""};
inline constexpr std::string_view types[] = {"gpt_bigcode"};
inline constexpr scheme_marker one_head_markers[] = {{"h.{layer}.attn.c_attn.weight", matrix_form::tall}};
inline constexpr scheme_marker all_heads_markers[] = {
    {"h.{layer}.attn.c_attn.weight", matrix_form::thrice_as_tall}};

inline constexpr architecture_traits traits = {
    .norm = normalization::layer_norm,
    .unembedding = missing_unembedding::tied_by_default,
};

} // namespace detail::gpt_bigcode

namespace detail {

/// GPT-BigCode with a key/value head of each head's own (multi_query false): named as nanoGPT, so that only a config
/// tells them apart.
inline constexpr naming_scheme gpt_bigcode_heads_scheme = {
    .name = "GPT-BigCode (a key each)",
    .prefixes = gpt_bigcode::prefixes,
    .parts = gpt_bigcode::all_heads,
    .hints = gpt2::hints,
    .markers = gpt_bigcode::all_heads_markers,
    .model_types = gpt_bigcode::types,
    .recognised = schemes::recognition::by_type,
    .architecture = gpt_bigcode::traits,
};

/// GPT-BigCode with one key/value head (multi_query true), as SantaCoder and StarCoder have it.
inline constexpr naming_scheme gpt_bigcode_scheme = {
    .name = "GPT-BigCode",
    .prefixes = gpt_bigcode::prefixes,
    .parts = gpt_bigcode::one_head,
    .hints = gpt2::hints,
    .markers = gpt_bigcode::one_head_markers,
    .model_types = gpt_bigcode::types,
    .recognised = schemes::recognition::by_type,
    .architecture = gpt_bigcode::traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
