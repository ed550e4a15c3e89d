/// @file
/// The names of BERT's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_BERT_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_BERT_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::bert {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// What RoBERTa has, too. Files that came from TensorFlow call a norm's weight gamma and its bias beta.
inline constexpr std::array common_parts = {
    part_name{W_E, "embeddings.word_embeddings.weight", {d_vocab, d_model}},
    part_name{ln_embed_w, "embeddings.LayerNorm.weight", {d_model}},
    part_name{ln_embed_w, "embeddings.LayerNorm.gamma", {d_model}},
    part_name{ln_embed_b, "embeddings.LayerNorm.bias", {d_model}},
    part_name{ln_embed_b, "embeddings.LayerNorm.beta", {d_model}},
    part_name{W_Q, "encoder.layer.{layer}.attention.self.query.weight", {joined(n_heads, d_head), d_model}},
    part_name{W_K, "encoder.layer.{layer}.attention.self.key.weight", {joined(n_heads, d_head), d_model}},
    part_name{W_V, "encoder.layer.{layer}.attention.self.value.weight", {joined(n_heads, d_head), d_model}},
    part_name{W_O, "encoder.layer.{layer}.attention.output.dense.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_Q, "encoder.layer.{layer}.attention.self.query.bias", {joined(n_heads, d_head)}},
    part_name{b_K, "encoder.layer.{layer}.attention.self.key.bias", {joined(n_heads, d_head)}},
    part_name{b_V, "encoder.layer.{layer}.attention.self.value.bias", {joined(n_heads, d_head)}},
    part_name{b_O, "encoder.layer.{layer}.attention.output.dense.bias", {d_model}},
    part_name{ln1_w, "encoder.layer.{layer}.attention.output.LayerNorm.weight", {d_model}},
    part_name{ln1_w, "encoder.layer.{layer}.attention.output.LayerNorm.gamma", {d_model}},
    part_name{ln1_b, "encoder.layer.{layer}.attention.output.LayerNorm.bias", {d_model}},
    part_name{ln1_b, "encoder.layer.{layer}.attention.output.LayerNorm.beta", {d_model}},
    part_name{W_in, "encoder.layer.{layer}.intermediate.dense.weight", {d_mlp, d_model}},
    part_name{b_in, "encoder.layer.{layer}.intermediate.dense.bias", {d_mlp}},
    part_name{W_out, "encoder.layer.{layer}.output.dense.weight", {d_model, d_mlp}},
    part_name{b_out, "encoder.layer.{layer}.output.dense.bias", {d_model}},
    part_name{ln2_w, "encoder.layer.{layer}.output.LayerNorm.weight", {d_model}},
    part_name{ln2_w, "encoder.layer.{layer}.output.LayerNorm.gamma", {d_model}},
    part_name{ln2_b, "encoder.layer.{layer}.output.LayerNorm.bias", {d_model}},
    part_name{ln2_b, "encoder.layer.{layer}.output.LayerNorm.beta", {d_model}},
};

inline constexpr std::array own_parts = {
    part_name{W_pos, "embeddings.position_embeddings.weight", {n_ctx, d_model}},
    part_name{W_U, "cls.predictions.decoder.weight", {d_vocab, d_model}, name_root::file},
    part_name{b_U, "cls.predictions.decoder.bias", {d_vocab}, name_root::file},
    part_name{b_U, "cls.predictions.bias", {d_vocab}, name_root::file},
};

inline constexpr auto parts = both_tables(common_parts, own_parts);

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
    {"cls.predictions.transform.dense.weight", output_head, {}, name_root::file},
    {"cls.predictions.transform.dense.bias", output_head, {}, name_root::file},
    {"cls.predictions.transform.LayerNorm.weight", output_head, {}, name_root::file},
    {"cls.predictions.transform.LayerNorm.bias", output_head, {}, name_root::file},
    {"cls.predictions.transform.LayerNorm.gamma", output_head, {}, name_root::file},
    {"cls.predictions.transform.LayerNorm.beta", output_head, {}, name_root::file},
};

inline constexpr std::string_view prefixes[] = {"bert.", ""};
inline constexpr std::string_view types[] = {"bert"};
inline constexpr scheme_marker markers[] = {{"encoder.layer.{layer}.attention.self.query.weight"}};

} // namespace detail::bert

namespace detail {

/// BERT: norms behind each sum, so that nothing can be folded; every matrix (out, in).
inline constexpr naming_scheme bert_scheme = {
    .name = "BERT",
    .prefixes = bert::prefixes,
    .parts = bert::parts,
    .extras = bert::extras,
    .hints = bert::hints,
    .markers = bert::markers,
    .model_types = bert::types,
    .namesakes = "RoBERTa",
    .architecture = {.norm = normalization::layer_norm,
                     .norms = norm_placement::after,
                     .unembedding = schemes::missing_unembedding::tied_behind_head},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
