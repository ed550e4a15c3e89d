/// @file
/// SmolLM 3, whose tensors are named as Llama's in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_SMOLLM3_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_SMOLLM3_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::smollm3 {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

inline constexpr std::string_view types[] = {"smollm3"};

} // namespace detail::smollm3

namespace detail {

/// SmolLM 3: a Llama of which every fourth layer knows no positions. (SmolLM 1 and 2 are Llamas.)
inline constexpr naming_scheme smollm3_scheme = {
    .name = "SmolLM 3",
    .prefixes = llama::prefixes,
    .parts = llama::parts,
    .hints = llama::hints,
    .markers = llama::markers,
    .model_types = smollm3::types,
    .recognised = schemes::recognition::by_type,
    .architecture = {.norm = normalization::rms_norm,
                     .unembedding = schemes::missing_unembedding::tied_by_default,
                     .positions = schemes::position_kind::rotary_in_some_layers},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
