/// @file
/// The names of GLM-4's tensors in Hugging Face's files: Llama's, with a fused MLP.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_GLM4_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_GLM4_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::glm4 {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

inline constexpr auto parts =
    all_tables(llama::embedding_parts, llama::attention_parts, llama::fused_mlp_parts, llama::norm_parts);

/// What GLM-4-0414 adds: norms of what attention and MLP write.
inline constexpr std::array post_norm_parts = {
    part_name{ln1_post_w, "layers.{layer}.post_self_attn_layernorm.weight", {d_model}},
    part_name{ln2_post_w, "layers.{layer}.post_mlp_layernorm.weight", {d_model}},
};
inline constexpr auto parts_0414 = both_tables(parts, post_norm_parts);

inline constexpr std::string_view types[] = {"glm"};
inline constexpr std::string_view types_0414[] = {"glm4"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.mlp.gate_up_proj.weight"}};
inline constexpr scheme_marker markers_0414[] = {{"layers.{layer}.post_self_attn_layernorm.weight"}};

inline constexpr architecture_traits traits = {
    .norm = normalization::rms_norm,
    .unembedding = missing_unembedding::tied_by_config,
    .positions = position_kind::rotary,
    .pairing = rotary_pairing::interleaved,
    .rotary_share = 0.5,
};

} // namespace detail::glm4

namespace detail {

/// GLM-4: half of each head rotary in neighbouring pairs, gates and inputs of neurons in one matrix.
inline constexpr naming_scheme glm4_scheme = {
    .name = "GLM-4",
    .prefixes = llama::prefixes,
    .parts = glm4::parts,
    .hints = llama::common_hints,
    .markers = glm4::markers,
    .model_types = glm4::types,
    .recognised = schemes::recognition::by_type,
    .architecture = glm4::traits,
};

/// GLM-4-0414: the same with norms behind attention and MLP.
inline constexpr naming_scheme glm4_0414_scheme = {
    .name = "GLM-4-0414",
    .prefixes = llama::prefixes,
    .parts = glm4::parts_0414,
    .hints = llama::common_hints,
    .markers = glm4::markers_0414,
    .model_types = glm4::types_0414,
    .namesakes = "GLM-4.1V",
    .architecture = glm4::traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
