/// @file
/// The names of GPT-Neo's tensors in Hugging Face's files (TinyStories).
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_GPT_NEO_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_GPT_NEO_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::gpt_neo {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// nn.Linear stores (out, in); queries, keys and values have no biases.
inline constexpr part_name parts[] = {
    {W_E, "wte.weight", {d_vocab, d_model}},
    {W_pos, "wpe.weight", {n_ctx, d_model}},
    {W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
    {ln_final_w, "ln_f.weight", {d_model}},
    {ln_final_b, "ln_f.bias", {d_model}},
    {ln1_w, "h.{layer}.ln_1.weight", {d_model}},
    {ln1_b, "h.{layer}.ln_1.bias", {d_model}},
    {W_Q, "h.{layer}.attn.attention.q_proj.weight", {joined(n_heads, d_head), d_model}},
    {W_K, "h.{layer}.attn.attention.k_proj.weight", {joined(n_heads, d_head), d_model}},
    {W_V, "h.{layer}.attn.attention.v_proj.weight", {joined(n_heads, d_head), d_model}},
    {W_O, "h.{layer}.attn.attention.out_proj.weight", {d_model, joined(n_heads, d_head)}},
    {b_O, "h.{layer}.attn.attention.out_proj.bias", {d_model}},
    {ln2_w, "h.{layer}.ln_2.weight", {d_model}},
    {ln2_b, "h.{layer}.ln_2.bias", {d_model}},
    {W_in, "h.{layer}.mlp.c_fc.weight", {d_mlp, d_model}},
    {b_in, "h.{layer}.mlp.c_fc.bias", {d_mlp}},
    {W_out, "h.{layer}.mlp.c_proj.weight", {d_model, d_mlp}},
    {b_out, "h.{layer}.mlp.c_proj.bias", {d_model}},
};

/// The causal mask, of local layers a band of it, is called like a bias.
inline constexpr hint_name hints[] = {
    {"h.{layer}.attn.attention.bias", buffer},
    {"h.{layer}.attn.attention.masked_bias", buffer},
};

inline constexpr std::string_view prefixes[] = {"transformer.", ""};
inline constexpr std::string_view types[] = {"gpt_neo"};
inline constexpr scheme_marker markers[] = {{"h.{layer}.attn.attention.out_proj.weight"}};

} // namespace detail::gpt_neo

namespace detail {

/// GPT-Neo: scores are not scaled. Every second layer attends to a window of positions, which is no matter of
/// weights.
inline constexpr naming_scheme gpt_neo_scheme = {
    .name = "GPT-Neo",
    .prefixes = gpt_neo::prefixes,
    .parts = gpt_neo::parts,
    .hints = gpt_neo::hints,
    .markers = gpt_neo::markers,
    .model_types = gpt_neo::types,
    .architecture = {.norm = normalization::layer_norm,
                     .unembedding = schemes::missing_unembedding::tied_by_default,
                     .scores = schemes::score_scale::one},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
