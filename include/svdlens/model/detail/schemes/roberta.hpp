/// @file
/// The names of RoBERTa's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_ROBERTA_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_ROBERTA_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "bert.hpp"

namespace svdlens::inline v0_2 {

namespace detail::roberta {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Positions begin at row 2 of their table.
inline constexpr std::array own_parts = {
    part_name{
        W_pos, "embeddings.position_embeddings.weight", {joined(stacked_axes{1, {2, n_positions}}), d_model}},
    part_name{W_U, "lm_head.decoder.weight", {d_vocab, d_model}, name_root::file},
    part_name{b_U, "lm_head.bias", {d_vocab}, name_root::file},
    part_name{b_U, "lm_head.decoder.bias", {d_vocab}, name_root::file},
};

inline constexpr auto parts = both_tables(bert::common_parts, own_parts);

inline constexpr hint_name hints[] = {
    {"embeddings.position_ids", buffer},
    {"embeddings.token_type_ids", buffer},
    {"lm_head.dense.weight", output_head, {}, name_root::file},
    {"lm_head.dense.bias", output_head, {}, name_root::file},
    {"lm_head.layer_norm.weight", output_head, {}, name_root::file},
    {"lm_head.layer_norm.bias", output_head, {}, name_root::file},
};

inline constexpr std::string_view prefixes[] = {"roberta.", ""};
inline constexpr std::string_view types[] = {"roberta", "xlm-roberta", "camembert"};

} // namespace detail::roberta

namespace detail {

/// RoBERTa, XLM-RoBERTa and CamemBERT: BERT with positions from row 2 on and an output head of other names. Without
/// its prefix only a config tells it from BERT.
inline constexpr naming_scheme roberta_scheme = {
    .name = "RoBERTa",
    .prefixes = roberta::prefixes,
    .parts = roberta::parts,
    .extras = bert::extras,
    .hints = roberta::hints,
    .markers = bert::markers,
    .model_types = roberta::types,
    .recognised = schemes::recognition::by_type,
    .architecture = {.norm = normalization::layer_norm,
                     .norms = norm_placement::after,
                     .unembedding = schemes::missing_unembedding::tied_behind_head},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
