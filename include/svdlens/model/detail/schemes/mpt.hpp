/// @file
/// The names of MPT's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_MPT_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_MPT_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::mpt {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Queries, then keys, then values.
inline constexpr std::array parts = {
    part_name{W_E, "wte.weight", {d_vocab, d_model}},
    part_name{W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
    part_name{ln_final_w, "norm_f.weight", {d_model}},
    part_name{ln1_w, "blocks.{layer}.norm_1.weight", {d_model}},
    part_name{W_Q, "blocks.{layer}.attn.Wqkv.weight", {joined(fused_slice{0, 3}, n_heads, d_head), d_model}},
    part_name{W_K, "blocks.{layer}.attn.Wqkv.weight", {joined(fused_slice{1, 3}, n_heads, d_head), d_model}},
    part_name{W_V, "blocks.{layer}.attn.Wqkv.weight", {joined(fused_slice{2, 3}, n_heads, d_head), d_model}},
    part_name{W_O, "blocks.{layer}.attn.out_proj.weight", {d_model, joined(n_heads, d_head)}},
    part_name{ln2_w, "blocks.{layer}.norm_2.weight", {d_model}},
    part_name{W_in, "blocks.{layer}.ffn.up_proj.weight", {d_mlp, d_model}},
    part_name{W_out, "blocks.{layer}.ffn.down_proj.weight", {d_model, d_mlp}},
};

/// Its variants have tensors that these models have not.
inline constexpr hint_name hints[] = {
    {"wpe.weight", unsupported, "learned positions in place of ALiBi"},
    {"blocks.{layer}.attn.q_ln.weight", unsupported, "norms of all queries and keys together"},
    {"blocks.{layer}.attn.Wqkv.bias", unsupported, "biases"},
};

inline constexpr std::string_view prefixes[] = {"transformer."};
inline constexpr std::string_view types[] = {"mpt"};
inline constexpr scheme_marker markers[] = {{"blocks.{layer}.attn.Wqkv.weight"}};

} // namespace detail::mpt

namespace detail {

/// MPT: LayerNorms without biases, no biases at all, positions by ALiBi.
inline constexpr naming_scheme mpt_scheme = {
    .name = "MPT",
    .prefixes = mpt::prefixes,
    .parts = mpt::parts,
    .hints = mpt::hints,
    .markers = mpt::markers,
    .model_types = mpt::types,
    .architecture = {.norm = normalization::layer_norm,
                     .unembedding = schemes::missing_unembedding::tied_by_default,
                     .positions = schemes::position_kind::alibi},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
