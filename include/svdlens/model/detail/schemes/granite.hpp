/// @file
/// Granite, whose tensors are named as Llama's in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_GRANITE_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_GRANITE_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::granite {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

inline constexpr std::string_view types[] = {"granite"};

} // namespace detail::granite

namespace detail {

/// Granite: a Llama whose config multiplies embeddings, what is written, scores and logits by numbers.
inline constexpr naming_scheme granite_scheme = {
    .name = "Granite",
    .prefixes = llama::prefixes,
    .parts = llama::parts,
    .hints = llama::hints,
    .markers = llama::markers,
    .model_types = granite::types,
    .recognised = schemes::recognition::by_type,
    .architecture = {.norm = normalization::rms_norm,
                     .unembedding = schemes::missing_unembedding::tied_by_config,
                     .positions = schemes::position_kind::rotary,
                     .scores = schemes::score_scale::by_config,
                     .multipliers = schemes::config_multipliers::everything},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
