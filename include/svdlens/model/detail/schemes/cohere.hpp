/// @file
/// The names of Cohere's tensors (Command R, Aya) in Hugging Face's files: Llama's, with one norm a layer.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_COHERE_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_COHERE_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::cohere {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// LayerNorms without biases; attention and MLP read behind one.
inline constexpr std::array norm_parts = {
    part_name{ln_final_w, "norm.weight", {d_model}},
    part_name{ln1_w, "layers.{layer}.input_layernorm.weight", {d_model}},
    part_name{ln2_w, "layers.{layer}.input_layernorm.weight", {d_model}},
};
inline constexpr auto parts = both_tables(llama::common_parts, norm_parts);

inline constexpr std::string_view types[] = {"cohere"};
inline constexpr std::string_view types2[] = {"cohere2"};

} // namespace detail::cohere

namespace detail {

/// Command R and Aya: parallel blocks, rotary in neighbouring pairs, logits multiplied by a number of the config.
inline constexpr naming_scheme cohere_scheme = {
    .name = "Cohere",
    .prefixes = llama::prefixes,
    .parts = cohere::parts,
    .hints = llama::common_hints,
    .markers = llama::markers,
    .model_types = cohere::types,
    .recognised = schemes::recognition::by_type,
    .architecture = {.norm = normalization::layer_norm,
                     .block_order = block_order::parallel,
                     .unembedding = schemes::missing_unembedding::tied_by_default,
                     .positions = schemes::position_kind::rotary,
                     .pairing = rotary_pairing::interleaved,
                     .multipliers = schemes::config_multipliers::logits},
};

/// Command R7B: the same, with positions in the layers alone that attend to a window.
inline constexpr naming_scheme cohere2_scheme = {
    .name = "Cohere 2",
    .prefixes = llama::prefixes,
    .parts = cohere::parts,
    .hints = llama::common_hints,
    .markers = llama::markers,
    .model_types = cohere::types2,
    .recognised = schemes::recognition::by_type,
    .architecture = {.norm = normalization::layer_norm,
                     .block_order = block_order::parallel,
                     .unembedding = schemes::missing_unembedding::tied_by_default,
                     .positions = schemes::position_kind::rotary_in_some_layers,
                     .pairing = rotary_pairing::interleaved,
                     .multipliers = schemes::config_multipliers::logits},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
