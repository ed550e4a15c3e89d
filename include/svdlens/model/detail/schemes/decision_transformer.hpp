/// @file
/// The names of the tensors of Hugging Face's decision transformers.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_DECISION_TRANSFORMER_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_DECISION_TRANSFORMER_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"
#include "gpt2.hpp"

namespace svdlens::inline v0_2 {

namespace detail::hf_decision {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// GPT-2's blocks, without tokens; a norm of what is embedded.
inline constexpr std::array block_parts = {
    part_name{ln_embed_w, "embed_ln.weight", {d_model}, name_root::file},
    part_name{ln_embed_b, "embed_ln.bias", {d_model}, name_root::file},
    part_name{ln_final_w, "ln_f.weight", {d_model}},
    part_name{ln_final_b, "ln_f.bias", {d_model}},
    part_name{ln1_w, "h.{layer}.ln_1.weight", {d_model}},
    part_name{ln1_b, "h.{layer}.ln_1.bias", {d_model}},
    part_name{b_Q, "h.{layer}.attn.c_attn.bias", {joined(fused_slice{0, 3}, n_heads, d_head)}},
    part_name{b_K, "h.{layer}.attn.c_attn.bias", {joined(fused_slice{1, 3}, n_heads, d_head)}},
    part_name{b_V, "h.{layer}.attn.c_attn.bias", {joined(fused_slice{2, 3}, n_heads, d_head)}},
    part_name{b_O, "h.{layer}.attn.c_proj.bias", {d_model}},
    part_name{ln2_w, "h.{layer}.ln_2.weight", {d_model}},
    part_name{ln2_b, "h.{layer}.ln_2.bias", {d_model}},
    part_name{b_in, "h.{layer}.mlp.c_fc.bias", {d_mlp}},
    part_name{b_out, "h.{layer}.mlp.c_proj.bias", {d_model}},
};
inline constexpr auto parts = both_tables(block_parts, gpt2::conv_parts);

/// States and actions are numbers, no tokens.
inline constexpr extra_name extras[] = {
    {"embed_state.weight", {d_model, any}, flow::writes, "state_number", matrix_role::embedding},
    {"embed_action.weight", {d_model, any}, flow::writes, "action_number"},
    {"embed_return.weight", {d_model, any}, flow::writes, "return"},
    {"embed_timestep.weight", {any, d_model}, flow::writes, "time"},
    {"predict_action.0.weight", {any, d_model}, flow::reads, "action_number", matrix_role::unembedding},
    {"predict_state.weight", {any, d_model}, flow::reads, "state_number"},
    {"predict_return.weight", {any, d_model}, flow::reads, "return"},
};

/// The table of tokens is not used.
inline constexpr hint_name hints[] = {
    {"wte.weight", buffer},
    {"wpe.weight", buffer},
    {"h.{layer}.attn.bias", buffer},
    {"h.{layer}.attn.masked_bias", buffer},
};

inline constexpr std::string_view prefixes[] = {"encoder."};
inline constexpr std::string_view types[] = {"decision_transformer"};
inline constexpr scheme_marker markers[] = {{"embed_timestep.weight", matrix_form::any, name_root::file}};

} // namespace detail::hf_decision

namespace detail {

/// Hugging Face's decision transformer: GPT-2 between linear embeddings and predictors.
inline constexpr naming_scheme hf_decision_scheme = {
    .name = "HF decision transformer",
    .prefixes = hf_decision::prefixes,
    .parts = hf_decision::parts,
    .extras = hf_decision::extras,
    .hints = hf_decision::hints,
    .markers = hf_decision::markers,
    .model_types = hf_decision::types,
    .architecture = {.norm = normalization::layer_norm,
                     .note =
                         "row 0 of encoder.wpe, which every position is given, left out; predicted actions "
                         "may go through a tanh"},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
