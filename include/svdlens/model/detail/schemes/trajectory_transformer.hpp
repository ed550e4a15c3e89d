/// @file
/// The names of the Trajectory Transformer's tensors, and of minGPT's, whose they were.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_TRAJECTORY_TRANSFORMER_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_TRAJECTORY_TRANSFORMER_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::trajectory {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Hugging Face calls the matrices of the MLP l1 and l2.
inline constexpr std::array common_parts = {
    part_name{W_pos, "pos_emb", {one, n_ctx, d_model}},
    part_name{W_Q, "blocks.{layer}.attn.query.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_Q, "blocks.{layer}.attn.query.bias", {joined(n_heads, d_head)}},
    part_name{W_K, "blocks.{layer}.attn.key.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_K, "blocks.{layer}.attn.key.bias", {joined(n_heads, d_head)}},
    part_name{W_V, "blocks.{layer}.attn.value.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_V, "blocks.{layer}.attn.value.bias", {joined(n_heads, d_head)}},
    part_name{W_O, "blocks.{layer}.attn.proj.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "blocks.{layer}.attn.proj.bias", {d_model}},
    part_name{ln1_w, "blocks.{layer}.ln1.weight", {d_model}},
    part_name{ln1_b, "blocks.{layer}.ln1.bias", {d_model}},
    part_name{ln2_w, "blocks.{layer}.ln2.weight", {d_model}},
    part_name{ln2_b, "blocks.{layer}.ln2.bias", {d_model}},
    part_name{W_in, "blocks.{layer}.mlp.0.weight", {d_mlp, d_model}},
    part_name{b_in, "blocks.{layer}.mlp.0.bias", {d_mlp}},
    part_name{W_out, "blocks.{layer}.mlp.2.weight", {d_model, d_mlp}},
    part_name{b_out, "blocks.{layer}.mlp.2.bias", {d_model}},
    part_name{W_in, "blocks.{layer}.l1.weight", {d_mlp, d_model}},
    part_name{b_in, "blocks.{layer}.l1.bias", {d_mlp}},
    part_name{W_out, "blocks.{layer}.l2.weight", {d_model, d_mlp}},
    part_name{b_out, "blocks.{layer}.l2.bias", {d_model}},
    part_name{ln_final_w, "ln_f.weight", {d_model}},
    part_name{ln_final_b, "ln_f.bias", {d_model}},
};

/// A token's number counts the tokens of all dimensions of a transition, and a config's those of one.
inline constexpr std::array own_parts = {
    part_name{W_E, "tok_emb.weight", {d_vocab_out, d_model}},
};
inline constexpr std::array gpt_parts = {
    part_name{W_E, "tok_emb.weight", {d_vocab, d_model}},
    part_name{W_U, "head.weight", {d_vocab, d_model}, name_root::file},
};
inline constexpr auto parts = both_tables(common_parts, own_parts);
inline constexpr auto min_gpt_parts = both_tables(common_parts, gpt_parts);

/// A predictor for each dimension of a transition.
inline constexpr extra_name extras[] = {
    {"head.weight", {any, any, d_model}, flow::reads, "prediction", matrix_role::unembedding},
};

inline constexpr std::string_view returns =
    "returns, states and actions that are embedded besides tokens (Atari's decision transformer)";
inline constexpr hint_name hints[] = {
    {"blocks.{layer}.attn.mask", buffer},
    {"ret_emb.0.weight", unsupported, returns},
    {"state_encoder.0.weight", unsupported, returns},
    {"goal_emb.weight", unsupported, "a goal that is embedded before what is predicted"},
};

inline constexpr std::string_view prefixes[] = {""};
inline constexpr std::string_view types[] = {"trajectory_transformer"};
inline constexpr std::string_view min_gpt_types[] = {"mingpt"};
inline constexpr scheme_marker markers[] = {{"head.weight", matrix_form::stacked, name_root::file}};
inline constexpr scheme_marker min_gpt_markers[] = {{"head.weight", matrix_form::flat, name_root::file}};

} // namespace detail::trajectory

namespace detail {

/// The Trajectory Transformer, by its authors and by Hugging Face: minGPT, in which each dimension of a
/// transition has an unembedding of its own.
inline constexpr naming_scheme trajectory_scheme = {
    .name = "Trajectory Transformer",
    .prefixes = trajectory::prefixes,
    .parts = trajectory::parts,
    .extras = trajectory::extras,
    .hints = trajectory::hints,
    .markers = trajectory::markers,
    .model_types = trajectory::types,
    .architecture = {.norm = normalization::layer_norm,
                     .note = "a prediction is of the dimension of a transition that its first number says, "
                             "and is made at its "
                             "positions alone"},
};

/// minGPT in the names that it had until 2022.
inline constexpr naming_scheme min_gpt_scheme = {
    .name = "minGPT",
    .prefixes = trajectory::prefixes,
    .parts = trajectory::min_gpt_parts,
    .hints = trajectory::hints,
    .markers = trajectory::min_gpt_markers,
    .model_types = trajectory::min_gpt_types,
    .architecture = {.norm = normalization::layer_norm},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
