/// @file
/// The names of Phi-3's and Phi-4's tensors in Hugging Face's files: Llama's, with fused matrices.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_PHI3_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_PHI3_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::phi3 {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// All queries, then all keys, then all values.
inline constexpr std::array attention_parts = {
    part_name{W_Q,
              "layers.{layer}.self_attn.qkv_proj.weight",
              {joined(stacked_axes{0, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head), d_model}},
    part_name{W_K,
              "layers.{layer}.self_attn.qkv_proj.weight",
              {joined(stacked_axes{1, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head), d_model}},
    part_name{W_V,
              "layers.{layer}.self_attn.qkv_proj.weight",
              {joined(stacked_axes{2, {n_heads, n_key_value_heads, n_key_value_heads}}, d_head), d_model}},
    part_name{W_O, "layers.{layer}.self_attn.o_proj.weight", {d_model, joined(n_heads, d_head)}},
};
inline constexpr auto parts =
    all_tables(llama::embedding_parts, attention_parts, llama::fused_mlp_parts, llama::norm_parts);

inline constexpr std::string_view types[] = {"phi3"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.self_attn.qkv_proj.weight"}};

} // namespace detail::phi3

namespace detail {

/// Phi-3, 3.5 and 4: a Llama with queries, keys and values in one matrix, and gates and inputs in another.
inline constexpr naming_scheme phi3_scheme = {
    .name = "Phi-3",
    .prefixes = llama::prefixes,
    .parts = phi3::parts,
    .hints = llama::common_hints,
    .markers = phi3::markers,
    .model_types = phi3::types,
    .architecture = llama::traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
