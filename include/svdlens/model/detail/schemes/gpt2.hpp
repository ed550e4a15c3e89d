/// @file
/// The names of GPT-2's tensors in Hugging Face's files, and of nanoGPT's, which stores them transposed.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_GPT2_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_GPT2_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::gpt2 {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// What both have: everything but matrices in the blocks.
inline constexpr std::array common_parts = {
    part_name{W_E, "wte.weight", {d_vocab, d_model}},
    part_name{W_pos, "wpe.weight", {n_ctx, d_model}},
    part_name{W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
    part_name{ln_final_w, "ln_f.weight", {d_model}},
    part_name{ln_final_b, "ln_f.bias", {d_model}},
    part_name{ln1_w, "h.{layer}.ln_1.weight", {d_model}},
    part_name{ln1_b, "h.{layer}.ln_1.bias", {d_model}},
    part_name{b_Q, "h.{layer}.attn.c_attn.bias", {joined(fused_slice{0, 3}, n_heads, d_head)}},
    part_name{b_K, "h.{layer}.attn.c_attn.bias", {joined(fused_slice{1, 3}, n_heads, d_head)}},
    part_name{b_V, "h.{layer}.attn.c_attn.bias", {joined(fused_slice{2, 3}, n_heads, d_head)}},
    part_name{b_O, "h.{layer}.attn.c_proj.bias", {d_model}},
    part_name{ln2_w, "h.{layer}.ln_2.weight", {d_model}},
    part_name{ln2_b, "h.{layer}.ln_2.bias", {d_model}},
    part_name{b_in, "h.{layer}.mlp.c_fc.bias", {d_mlp}},
    part_name{b_out, "h.{layer}.mlp.c_proj.bias", {d_model}},
};

/// Conv1D stores (in, out).
inline constexpr std::array conv_parts = {
    part_name{W_Q, "h.{layer}.attn.c_attn.weight", {d_model, joined(fused_slice{0, 3}, n_heads, d_head)}},
    part_name{W_K, "h.{layer}.attn.c_attn.weight", {d_model, joined(fused_slice{1, 3}, n_heads, d_head)}},
    part_name{W_V, "h.{layer}.attn.c_attn.weight", {d_model, joined(fused_slice{2, 3}, n_heads, d_head)}},
    part_name{W_O, "h.{layer}.attn.c_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{W_in, "h.{layer}.mlp.c_fc.weight", {d_model, d_mlp}},
    part_name{W_out, "h.{layer}.mlp.c_proj.weight", {d_mlp, d_model}},
};

/// nn.Linear stores (out, in).
inline constexpr std::array linear_parts = {
    part_name{W_Q, "h.{layer}.attn.c_attn.weight", {joined(fused_slice{0, 3}, n_heads, d_head), d_model}},
    part_name{W_K, "h.{layer}.attn.c_attn.weight", {joined(fused_slice{1, 3}, n_heads, d_head), d_model}},
    part_name{W_V, "h.{layer}.attn.c_attn.weight", {joined(fused_slice{2, 3}, n_heads, d_head), d_model}},
    part_name{W_O, "h.{layer}.attn.c_proj.weight", {d_model, joined(n_heads, d_head)}},
    part_name{W_in, "h.{layer}.mlp.c_fc.weight", {d_mlp, d_model}},
    part_name{W_out, "h.{layer}.mlp.c_proj.weight", {d_model, d_mlp}},
};

inline constexpr auto parts = both_tables(common_parts, conv_parts);
inline constexpr auto nano_parts = both_tables(common_parts, linear_parts);

/// The causal mask is called like a bias.
inline constexpr hint_name hints[] = {
    {"h.{layer}.attn.bias", buffer},
    {"h.{layer}.attn.masked_bias", buffer},
    {"h.{layer}.attn.mask", buffer},
    {"tokens_embed.weight", unsupported, "GPT-1, whose norms stand behind each sum"},
    {"positions_embed.weight", unsupported, "GPT-1, whose norms stand behind each sum"},
};

inline constexpr std::string_view prefixes[] = {"transformer.", ""};
inline constexpr std::string_view types[] = {"gpt2"};
inline constexpr std::string_view nano_types[] = {"nanogpt", "gpt2"};
inline constexpr scheme_marker markers[] = {{"h.{layer}.attn.c_attn.weight", matrix_form::wide}};
inline constexpr scheme_marker nano_markers[] = {{"h.{layer}.attn.c_attn.weight", matrix_form::tall}};

inline constexpr architecture_traits traits = {
    .norm = normalization::layer_norm,
    .unembedding = missing_unembedding::tied_by_default,
};

} // namespace detail::gpt2

namespace detail {

/// GPT-2: c_attn is [d_model, 3 n_heads d_head], queries, then keys, then values.
inline constexpr naming_scheme gpt2_scheme = {
    .name = "GPT-2",
    .prefixes = gpt2::prefixes,
    .parts = gpt2::parts,
    .hints = gpt2::hints,
    .markers = gpt2::markers,
    .model_types = gpt2::types,
    .namesakes = "GPT-1 or ImageGPT",
    .architecture = gpt2::traits,
};

/// nanoGPT: GPT-2's names, every matrix the other way round, biases or none.
inline constexpr naming_scheme nanogpt_scheme = {
    .name = "nanoGPT",
    .prefixes = gpt2::prefixes,
    .parts = gpt2::nano_parts,
    .hints = gpt2::hints,
    .markers = gpt2::nano_markers,
    .model_types = gpt2::nano_types,
    .namesakes = "GPT-BigCode",
    .architecture = gpt2::traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
