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

namespace svdlens::inline v0_2 {

namespace detail::roberta {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// As BERT's. Positions begin at row 2 of their table.
inline constexpr part_name parts[] = {
    {W_E, "embeddings.word_embeddings.weight", {d_vocab, d_model}},
    {ln_embed_w, "embeddings.LayerNorm.weight", {d_model}},
    {ln_embed_b, "embeddings.LayerNorm.bias", {d_model}},
    {W_Q, "encoder.layer.{layer}.attention.self.query.weight", {joined(n_heads, d_head), d_model}},
    {W_K, "encoder.layer.{layer}.attention.self.key.weight", {joined(n_heads, d_head), d_model}},
    {W_V, "encoder.layer.{layer}.attention.self.value.weight", {joined(n_heads, d_head), d_model}},
    {W_O, "encoder.layer.{layer}.attention.output.dense.weight", {d_model, joined(n_heads, d_head)}},
    {b_Q, "encoder.layer.{layer}.attention.self.query.bias", {joined(n_heads, d_head)}},
    {b_K, "encoder.layer.{layer}.attention.self.key.bias", {joined(n_heads, d_head)}},
    {b_V, "encoder.layer.{layer}.attention.self.value.bias", {joined(n_heads, d_head)}},
    {b_O, "encoder.layer.{layer}.attention.output.dense.bias", {d_model}},
    {ln1_w, "encoder.layer.{layer}.attention.output.LayerNorm.weight", {d_model}},
    {ln1_b, "encoder.layer.{layer}.attention.output.LayerNorm.bias", {d_model}},
    {W_in, "encoder.layer.{layer}.intermediate.dense.weight", {d_mlp, d_model}},
    {b_in, "encoder.layer.{layer}.intermediate.dense.bias", {d_mlp}},
    {W_out, "encoder.layer.{layer}.output.dense.weight", {d_model, d_mlp}},
    {b_out, "encoder.layer.{layer}.output.dense.bias", {d_model}},
    {ln2_w, "encoder.layer.{layer}.output.LayerNorm.weight", {d_model}},
    {ln2_b, "encoder.layer.{layer}.output.LayerNorm.bias", {d_model}},
    {W_pos, "embeddings.position_embeddings.weight", {joined(stacked_axes{1, {2, n_positions}}), d_model}},
    {W_U, "lm_head.decoder.weight", {d_vocab, d_model}, name_root::file},
    {b_U, "lm_head.bias", {d_vocab}, name_root::file},
    {b_U, "lm_head.decoder.bias", {d_vocab}, name_root::file},
};

inline constexpr extra_name extras[] = {
    {"embeddings.token_type_embeddings.weight",
     {any, d_model},
     flow::writes,
     "token_type",
     matrix_role::other,
     name_root::prefix},
};

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
inline constexpr scheme_marker markers[] = {{"encoder.layer.{layer}.attention.self.query.weight"}};

} // namespace detail::roberta

namespace detail {

/// RoBERTa, XLM-RoBERTa and CamemBERT: BERT with positions from row 2 on and an output head of other names. Without
/// its prefix only a config tells it from BERT.
inline constexpr naming_scheme roberta_scheme = {
    .name = "RoBERTa",
    .prefixes = roberta::prefixes,
    .parts = roberta::parts,
    .extras = roberta::extras,
    .hints = roberta::hints,
    .markers = roberta::markers,
    .model_types = roberta::types,
    .recognised = schemes::recognition::by_type,
    .architecture = {.norm = normalization::layer_norm,
                     .norms = norm_placement::after,
                     .unembedding = schemes::missing_unembedding::tied_behind_head},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
