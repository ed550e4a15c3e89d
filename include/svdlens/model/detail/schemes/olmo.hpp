/// @file
/// The names of OLMo's tensors in Hugging Face's files: Llama's, with other norms.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_OLMO_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_OLMO_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::olmo {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// OLMo 2 and 3 normalise what is written; attention and MLP read the stream as it is.
inline constexpr std::array norms2_parts = {
    part_name{ln_final_w, "norm.weight", {d_model}},
    part_name{ln1_post_w, "layers.{layer}.post_attention_layernorm.weight", {d_model}},
    part_name{ln2_post_w, "layers.{layer}.post_feedforward_layernorm.weight", {d_model}},
};
inline constexpr auto parts2 = both_tables(llama::common_parts, norms2_parts);

inline constexpr std::string_view types[] = {"olmo"};
inline constexpr std::string_view types2[] = {"olmo2", "olmo3"};
inline constexpr scheme_marker markers2[] = {{"layers.{layer}.post_feedforward_layernorm.weight"}};

} // namespace detail::olmo

namespace detail {

/// OLMo: LayerNorms without weights, which compute what folded ones do.
inline constexpr naming_scheme olmo_scheme = {
    .name = "OLMo",
    .prefixes = llama::prefixes,
    .parts = llama::common_parts,
    .hints = llama::common_hints,
    .markers = llama::markers,
    .model_types = olmo::types,
    .recognised = schemes::recognition::by_type,
    .architecture = {.norm = normalization::layer_norm_folded,
                     .unembedding = schemes::missing_unembedding::tied_by_config,
                     .positions = schemes::position_kind::rotary},
};

/// OLMo 2 and 3: RMSNorms of what attention and MLP write, of all queries and keys, and before the unembedding.
inline constexpr naming_scheme olmo2_scheme = {
    .name = "OLMo 2",
    .prefixes = llama::prefixes,
    .parts = olmo::parts2,
    .hints = llama::common_hints,
    .markers = olmo::markers2,
    .model_types = olmo::types2,
    .namesakes = "EXAONE 4",
    .architecture = {.norm = normalization::rms_norm,
                     .norms = norm_placement::written,
                     .unembedding = schemes::missing_unembedding::tied_by_config,
                     .positions = schemes::position_kind::rotary},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
