/// @file
/// The names of StarCoder 2's tensors in Hugging Face's files: Llama's attention, GPT-2's MLP.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_STARCODER2_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_STARCODER2_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::starcoder2 {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

inline constexpr std::array more_parts = {
    part_name{ln_final_w, "norm.weight", {d_model}},
    part_name{ln_final_b, "norm.bias", {d_model}},
    part_name{ln1_w, "layers.{layer}.input_layernorm.weight", {d_model}},
    part_name{ln1_b, "layers.{layer}.input_layernorm.bias", {d_model}},
    part_name{ln2_w, "layers.{layer}.post_attention_layernorm.weight", {d_model}},
    part_name{ln2_b, "layers.{layer}.post_attention_layernorm.bias", {d_model}},
    part_name{W_in, "layers.{layer}.mlp.c_fc.weight", {d_mlp, d_model}},
    part_name{b_in, "layers.{layer}.mlp.c_fc.bias", {d_mlp}},
    part_name{W_out, "layers.{layer}.mlp.c_proj.weight", {d_model, d_mlp}},
    part_name{b_out, "layers.{layer}.mlp.c_proj.bias", {d_model}},
};
inline constexpr auto parts = all_tables(llama::embedding_parts, llama::attention_parts, more_parts);

inline constexpr std::string_view types[] = {"starcoder2"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.mlp.c_fc.weight"}};

} // namespace detail::starcoder2

namespace detail {

/// StarCoder 2: LayerNorms, a plain MLP, biases.
inline constexpr naming_scheme starcoder2_scheme = {
    .name = "StarCoder 2",
    .prefixes = llama::prefixes,
    .parts = starcoder2::parts,
    .hints = llama::common_hints,
    .markers = starcoder2::markers,
    .model_types = starcoder2::types,
    .recognised = schemes::recognition::by_type,
    .architecture = {.norm = normalization::layer_norm,
                     .unembedding = schemes::missing_unembedding::tied_by_default,
                     .positions = schemes::position_kind::rotary},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
