/// @file
/// The names of OPT's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_OPT_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_OPT_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::opt {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Positions begin at row 2.
inline constexpr part_name parts[] = {
    {W_E, "embed_tokens.weight", {d_vocab, d_model}},
    {W_pos, "embed_positions.weight", {stacked_axes{1, {2, n_ctx}}, d_model}},
    {W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
    {ln_final_w, "final_layer_norm.weight", {d_model}},
    {ln_final_b, "final_layer_norm.bias", {d_model}},
    {ln1_w, "layers.{layer}.self_attn_layer_norm.weight", {d_model}},
    {ln1_b, "layers.{layer}.self_attn_layer_norm.bias", {d_model}},
    {W_Q, "layers.{layer}.self_attn.q_proj.weight", {joined(n_heads, d_head), d_model}},
    {W_K, "layers.{layer}.self_attn.k_proj.weight", {joined(n_heads, d_head), d_model}},
    {W_V, "layers.{layer}.self_attn.v_proj.weight", {joined(n_heads, d_head), d_model}},
    {W_O, "layers.{layer}.self_attn.out_proj.weight", {d_model, joined(n_heads, d_head)}},
    {b_Q, "layers.{layer}.self_attn.q_proj.bias", {joined(n_heads, d_head)}},
    {b_K, "layers.{layer}.self_attn.k_proj.bias", {joined(n_heads, d_head)}},
    {b_V, "layers.{layer}.self_attn.v_proj.bias", {joined(n_heads, d_head)}},
    {b_O, "layers.{layer}.self_attn.out_proj.bias", {d_model}},
    {ln2_w, "layers.{layer}.final_layer_norm.weight", {d_model}},
    {ln2_b, "layers.{layer}.final_layer_norm.bias", {d_model}},
    {W_in, "layers.{layer}.fc1.weight", {d_mlp, d_model}},
    {b_in, "layers.{layer}.fc1.bias", {d_mlp}},
    {W_out, "layers.{layer}.fc2.weight", {d_model, d_mlp}},
    {b_out, "layers.{layer}.fc2.bias", {d_model}},
};

inline constexpr hint_name hints[] = {
    {"project_in.weight", unsupported, "an embedding that is projected into the stream (OPT 350m)"},
    {"project_out.weight", unsupported, "an unembedding that reads behind a projection (OPT 350m)"},
};

inline constexpr std::string_view prefixes[] = {"model.decoder.", "decoder."};
inline constexpr std::string_view types[] = {"opt"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.self_attn_layer_norm.weight"}};

} // namespace detail::opt

namespace detail {

/// OPT: every matrix (out, in). OPT 350m, whose norms stand behind each sum, is refused.
inline constexpr naming_scheme opt_scheme = {
    .name = "OPT",
    .prefixes = opt::prefixes,
    .parts = opt::parts,
    .hints = opt::hints,
    .markers = opt::markers,
    .model_types = opt::types,
    .architecture = {.norm = normalization::layer_norm,
                     .unembedding = schemes::missing_unembedding::tied_by_default},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
