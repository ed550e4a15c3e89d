/// @file
/// The names of Falcon's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_FALCON_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_FALCON_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_rows.hpp"
#include "bloom.hpp"

namespace svdlens::inline v0_2 {

namespace detail::falcon {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// For each key/value head the queries that share it, its keys and its values: of one for all (7B), or of several (40B).
inline constexpr std::array grouped_parts = {
    part_name{W_Q,
              "h.{layer}.self_attention.query_key_value.weight",
              {joined(n_key_value_heads, stacked_axes{0, {n_group, one, one}}, d_head), d_model}},
    part_name{b_Q,
              "h.{layer}.self_attention.query_key_value.bias",
              {joined(n_key_value_heads, stacked_axes{0, {n_group, one, one}}, d_head)}},
    part_name{W_K,
              "h.{layer}.self_attention.query_key_value.weight",
              {joined(n_key_value_heads, stacked_axes{1, {n_group, one, one}}, d_head), d_model}},
    part_name{b_K,
              "h.{layer}.self_attention.query_key_value.bias",
              {joined(n_key_value_heads, stacked_axes{1, {n_group, one, one}}, d_head)}},
    part_name{W_V,
              "h.{layer}.self_attention.query_key_value.weight",
              {joined(n_key_value_heads, stacked_axes{2, {n_group, one, one}}, d_head), d_model}},
    part_name{b_V,
              "h.{layer}.self_attention.query_key_value.bias",
              {joined(n_key_value_heads, stacked_axes{2, {n_group, one, one}}, d_head)}},
};

/// Blocks in parallel have a norm for each of the two (40B) or one for both (7B, 11B).
inline constexpr std::array common_parts = {
    part_name{W_E, "word_embeddings.weight", {d_vocab, d_model}},
    part_name{W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
    part_name{ln_final_w, "ln_f.weight", {d_model}},
    part_name{ln_final_b, "ln_f.bias", {d_model}},
    part_name{ln1_w, "h.{layer}.ln_attn.weight", {d_model}},
    part_name{ln1_w, "h.{layer}.input_layernorm.weight", {d_model}},
    part_name{ln1_b, "h.{layer}.ln_attn.bias", {d_model}},
    part_name{ln1_b, "h.{layer}.input_layernorm.bias", {d_model}},
    part_name{W_O, "h.{layer}.self_attention.dense.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "h.{layer}.self_attention.dense.bias", {d_model}},
    part_name{ln2_w, "h.{layer}.ln_mlp.weight", {d_model}},
    part_name{ln2_w, "h.{layer}.post_attention_layernorm.weight", {d_model}},
    part_name{ln2_w, "h.{layer}.input_layernorm.weight", {d_model}},
    part_name{ln2_b, "h.{layer}.ln_mlp.bias", {d_model}},
    part_name{ln2_b, "h.{layer}.post_attention_layernorm.bias", {d_model}},
    part_name{ln2_b, "h.{layer}.input_layernorm.bias", {d_model}},
    part_name{W_in, "h.{layer}.mlp.dense_h_to_4h.weight", {d_mlp, d_model}},
    part_name{b_in, "h.{layer}.mlp.dense_h_to_4h.bias", {d_mlp}},
    part_name{W_out, "h.{layer}.mlp.dense_4h_to_h.weight", {d_model, d_mlp}},
    part_name{b_out, "h.{layer}.mlp.dense_4h_to_h.bias", {d_model}},
};

inline constexpr auto grouped = both_tables(common_parts, grouped_parts);
inline constexpr auto all_heads = both_tables(common_parts, bloom::query_key_value_parts);

inline constexpr hint_name hints[] = {
    {"h.{layer}.self_attention.rotary_emb.inv_freq", buffer},
    {"h.{layer}.self_attention.maybe_rotary.inv_freq", buffer},
    {"word_embeddings_layernorm.weight", unsupported, "a norm of the embedding (BLOOM)"},
};

inline constexpr std::string_view prefixes[] = {"transformer.", ""};
inline constexpr std::string_view types[] = {"falcon", "RefinedWeb", "RefinedWebModel"};
inline constexpr scheme_marker grouped_markers[] = {
    {"h.{layer}.self_attention.query_key_value.weight", matrix_form::tall}};
inline constexpr scheme_marker all_heads_markers[] = {
    {"h.{layer}.self_attention.query_key_value.weight", matrix_form::thrice_as_tall}};

inline constexpr architecture_traits traits = {
    .norm = normalization::layer_norm,
    .block_order = block_order::parallel,
    .unembedding = missing_unembedding::tied_by_default,
    .positions = position_kind::rotary,
};

} // namespace detail::falcon

namespace detail {

/// Falcon with a key/value head of each head's own (RW); a config says whether blocks are parallel, and positions
/// ALiBi.
inline constexpr naming_scheme falcon_heads_scheme = {
    .name = "Falcon (a key each)",
    .prefixes = falcon::prefixes,
    .parts = falcon::all_heads,
    .hints = falcon::hints,
    .markers = falcon::all_heads_markers,
    .model_types = falcon::types,
    .recognised = schemes::recognition::by_type,
    .architecture = falcon::traits,
};

/// Falcon with one key/value head, or some, for all heads.
inline constexpr naming_scheme falcon_scheme = {
    .name = "Falcon",
    .prefixes = falcon::prefixes,
    .parts = falcon::grouped,
    .hints = falcon::hints,
    .markers = falcon::grouped_markers,
    .model_types = falcon::types,
    .recognised = schemes::recognition::by_type,
    .architecture = falcon::traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
