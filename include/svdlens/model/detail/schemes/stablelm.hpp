/// @file
/// The names of StableLM's tensors in Hugging Face's files: Llama's, with LayerNorms.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_STABLELM_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_STABLELM_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::stablelm {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Of parallel blocks attention and MLP read behind one norm: there is no other.
inline constexpr std::array norm_parts = {
    part_name{ln_final_w, "norm.weight", {d_model}},
    part_name{ln_final_b, "norm.bias", {d_model}},
    part_name{ln1_w, "layers.{layer}.input_layernorm.weight", {d_model}},
    part_name{ln1_b, "layers.{layer}.input_layernorm.bias", {d_model}},
    part_name{ln2_w, "layers.{layer}.post_attention_layernorm.weight", {d_model}},
    part_name{ln2_b, "layers.{layer}.post_attention_layernorm.bias", {d_model}},
    part_name{ln2_w, "layers.{layer}.input_layernorm.weight", {d_model}},
    part_name{ln2_b, "layers.{layer}.input_layernorm.bias", {d_model}},
};
inline constexpr auto parts = both_tables(llama::common_parts, norm_parts);

/// Each head's queries and keys have a norm of their own in StableLM 2 12B.
inline constexpr std::array more_hints = {
    hint_name{"layers.{layer}.self_attn.q_layernorm.norms.{head}.weight", qk_norm},
    hint_name{"layers.{layer}.self_attn.k_layernorm.norms.{head}.weight", qk_norm},
};
inline constexpr auto hints = both_tables(llama::common_hints, more_hints);

inline constexpr std::string_view types[] = {"stablelm"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.input_layernorm.bias"}};

} // namespace detail::stablelm

namespace detail {

/// StableLM: a Llama with LayerNorms, a quarter of each head rotary, parallel blocks where the config says so.
inline constexpr naming_scheme stablelm_scheme = {
    .name = "StableLM",
    .prefixes = llama::prefixes,
    .parts = stablelm::parts,
    .hints = stablelm::hints,
    .markers = stablelm::markers,
    .model_types = stablelm::types,
    .recognised = schemes::recognition::by_type,
    .architecture = {.norm = normalization::layer_norm,
                     .unembedding = schemes::missing_unembedding::tied_by_config,
                     .positions = schemes::position_kind::rotary,
                     .rotary_share = 0.25},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
