/// @file
/// The names of DistilBERT's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_DISTILBERT_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_DISTILBERT_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::distilbert {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

inline constexpr part_name parts[] = {
    {W_E, "embeddings.word_embeddings.weight", {d_vocab, d_model}},
    {W_pos, "embeddings.position_embeddings.weight", {n_ctx, d_model}},
    {ln_embed_w, "embeddings.LayerNorm.weight", {d_model}},
    {ln_embed_b, "embeddings.LayerNorm.bias", {d_model}},
    {W_Q, "transformer.layer.{layer}.attention.q_lin.weight", {joined(n_heads, d_head), d_model}},
    {b_Q, "transformer.layer.{layer}.attention.q_lin.bias", {joined(n_heads, d_head)}},
    {W_K, "transformer.layer.{layer}.attention.k_lin.weight", {joined(n_heads, d_head), d_model}},
    {b_K, "transformer.layer.{layer}.attention.k_lin.bias", {joined(n_heads, d_head)}},
    {W_V, "transformer.layer.{layer}.attention.v_lin.weight", {joined(n_heads, d_head), d_model}},
    {b_V, "transformer.layer.{layer}.attention.v_lin.bias", {joined(n_heads, d_head)}},
    {W_O, "transformer.layer.{layer}.attention.out_lin.weight", {d_model, joined(n_heads, d_head)}},
    {b_O, "transformer.layer.{layer}.attention.out_lin.bias", {d_model}},
    {ln1_w, "transformer.layer.{layer}.sa_layer_norm.weight", {d_model}},
    {ln1_b, "transformer.layer.{layer}.sa_layer_norm.bias", {d_model}},
    {W_in, "transformer.layer.{layer}.ffn.lin1.weight", {d_mlp, d_model}},
    {b_in, "transformer.layer.{layer}.ffn.lin1.bias", {d_mlp}},
    {W_out, "transformer.layer.{layer}.ffn.lin2.weight", {d_model, d_mlp}},
    {b_out, "transformer.layer.{layer}.ffn.lin2.bias", {d_model}},
    {ln2_w, "transformer.layer.{layer}.output_layer_norm.weight", {d_model}},
    {ln2_b, "transformer.layer.{layer}.output_layer_norm.bias", {d_model}},
    {W_U, "vocab_projector.weight", {d_vocab, d_model}, name_root::file},
    {b_U, "vocab_projector.bias", {d_vocab}, name_root::file},
};

inline constexpr hint_name hints[] = {
    {"embeddings.position_ids", buffer},
    {"vocab_transform.weight", output_head, {}, name_root::file},
    {"vocab_transform.bias", output_head, {}, name_root::file},
    {"vocab_layer_norm.weight", output_head, {}, name_root::file},
    {"vocab_layer_norm.bias", output_head, {}, name_root::file},
};

inline constexpr std::string_view prefixes[] = {"distilbert.", ""};
inline constexpr std::string_view types[] = {"distilbert"};
inline constexpr scheme_marker markers[] = {{"transformer.layer.{layer}.attention.q_lin.weight"}};

} // namespace detail::distilbert

namespace detail {

/// DistilBERT: norms behind each sum, as BERT's; no token types.
inline constexpr naming_scheme distilbert_scheme = {
    .name = "DistilBERT",
    .prefixes = distilbert::prefixes,
    .parts = distilbert::parts,
    .hints = distilbert::hints,
    .markers = distilbert::markers,
    .model_types = distilbert::types,
    .architecture = {.norm = normalization::layer_norm,
                     .norms = norm_placement::after,
                     .unembedding = schemes::missing_unembedding::tied_behind_head},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
