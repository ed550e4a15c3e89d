/// @file
/// The names of GPT-J's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_GPTJ_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_GPTJ_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::gptj {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Attention has no biases. Attention and MLP read behind one norm.
inline constexpr part_name parts[] = {
    {W_E, "wte.weight", {d_vocab, d_model}},
    {W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
    {b_U, "lm_head.bias", {d_vocab}, name_root::file},
    {ln_final_w, "ln_f.weight", {d_model}},
    {ln_final_b, "ln_f.bias", {d_model}},
    {ln1_w, "h.{layer}.ln_1.weight", {d_model}},
    {ln1_b, "h.{layer}.ln_1.bias", {d_model}},
    {ln2_w, "h.{layer}.ln_1.weight", {d_model}},
    {ln2_b, "h.{layer}.ln_1.bias", {d_model}},
    {W_Q, "h.{layer}.attn.q_proj.weight", {joined(n_heads, d_head), d_model}},
    {W_K, "h.{layer}.attn.k_proj.weight", {joined(n_heads, d_head), d_model}},
    {W_V, "h.{layer}.attn.v_proj.weight", {joined(n_heads, d_head), d_model}},
    {W_O, "h.{layer}.attn.out_proj.weight", {d_model, joined(n_heads, d_head)}},
    {W_in, "h.{layer}.mlp.fc_in.weight", {d_mlp, d_model}},
    {b_in, "h.{layer}.mlp.fc_in.bias", {d_mlp}},
    {W_out, "h.{layer}.mlp.fc_out.weight", {d_model, d_mlp}},
    {b_out, "h.{layer}.mlp.fc_out.bias", {d_model}},
};

/// The causal mask is called like a bias.
inline constexpr hint_name hints[] = {
    {"h.{layer}.attn.bias", buffer},
    {"h.{layer}.attn.masked_bias", buffer},
    {"h.{layer}.attn.embed_positions", rotary},
};

inline constexpr std::string_view prefixes[] = {"transformer.", ""};
inline constexpr std::string_view types[] = {"gptj"};
inline constexpr scheme_marker markers[] = {{"h.{layer}.mlp.fc_in.weight"}};

} // namespace detail::gptj

namespace detail {

/// GPT-J: parallel blocks, the first dimensions of a head rotary in neighbouring pairs, a bias of the
/// unembedding.
inline constexpr naming_scheme gptj_scheme = {
    .name = "GPT-J",
    .prefixes = gptj::prefixes,
    .parts = gptj::parts,
    .hints = gptj::hints,
    .markers = gptj::markers,
    .model_types = gptj::types,
    .architecture = {.norm = normalization::layer_norm,
                     .block_order = block_order::parallel,
                     .unembedding = schemes::missing_unembedding::tied_by_config,
                     .positions = schemes::position_kind::rotary,
                     .pairing = rotary_pairing::interleaved},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
