/// @file
/// The names of BLOOM's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_BLOOM_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_BLOOM_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::bloom {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Queries, keys and values side by side within each head, as some Falcons have them, too.
inline constexpr std::array query_key_value_parts = {
    part_name{W_Q,
              "h.{layer}.self_attention.query_key_value.weight",
              {joined(n_heads, fused_slice{0, 3}, d_head), d_model}},
    part_name{
        b_Q, "h.{layer}.self_attention.query_key_value.bias", {joined(n_heads, fused_slice{0, 3}, d_head)}},
    part_name{W_K,
              "h.{layer}.self_attention.query_key_value.weight",
              {joined(n_heads, fused_slice{1, 3}, d_head), d_model}},
    part_name{
        b_K, "h.{layer}.self_attention.query_key_value.bias", {joined(n_heads, fused_slice{1, 3}, d_head)}},
    part_name{W_V,
              "h.{layer}.self_attention.query_key_value.weight",
              {joined(n_heads, fused_slice{2, 3}, d_head), d_model}},
    part_name{
        b_V, "h.{layer}.self_attention.query_key_value.bias", {joined(n_heads, fused_slice{2, 3}, d_head)}},
};

inline constexpr std::array other_parts = {
    part_name{W_E, "word_embeddings.weight", {d_vocab, d_model}},
    part_name{W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
    part_name{ln_embed_w, "word_embeddings_layernorm.weight", {d_model}},
    part_name{ln_embed_b, "word_embeddings_layernorm.bias", {d_model}},
    part_name{ln_final_w, "ln_f.weight", {d_model}},
    part_name{ln_final_b, "ln_f.bias", {d_model}},
    part_name{ln1_w, "h.{layer}.input_layernorm.weight", {d_model}},
    part_name{ln1_b, "h.{layer}.input_layernorm.bias", {d_model}},
    part_name{W_O, "h.{layer}.self_attention.dense.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "h.{layer}.self_attention.dense.bias", {d_model}},
    part_name{ln2_w, "h.{layer}.post_attention_layernorm.weight", {d_model}},
    part_name{ln2_b, "h.{layer}.post_attention_layernorm.bias", {d_model}},
    part_name{W_in, "h.{layer}.mlp.dense_h_to_4h.weight", {d_mlp, d_model}},
    part_name{b_in, "h.{layer}.mlp.dense_h_to_4h.bias", {d_mlp}},
    part_name{W_out, "h.{layer}.mlp.dense_4h_to_h.weight", {d_model, d_mlp}},
    part_name{b_out, "h.{layer}.mlp.dense_4h_to_h.bias", {d_model}},
};

inline constexpr auto parts = both_tables(query_key_value_parts, other_parts);

inline constexpr std::string_view prefixes[] = {"transformer.", ""};
inline constexpr std::string_view types[] = {"bloom"};
inline constexpr scheme_marker markers[] = {{"word_embeddings_layernorm.weight"}};

} // namespace detail::bloom

namespace detail {

/// BLOOM: a norm of the embedding, positions by ALiBi.
inline constexpr naming_scheme bloom_scheme = {
    .name = "BLOOM",
    .prefixes = bloom::prefixes,
    .parts = bloom::parts,
    .markers = bloom::markers,
    .model_types = bloom::types,
    .architecture = {.norm = normalization::layer_norm,
                     .unembedding = schemes::missing_unembedding::tied_by_default,
                     .positions = schemes::position_kind::alibi},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
