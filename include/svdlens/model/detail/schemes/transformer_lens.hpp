/// @file
/// The names of TransformerLens' tensors, and of the decision transformers that are built on it.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_TRANSFORMER_LENS_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_TRANSFORMER_LENS_HPP

#include <array>
#include <string_view>

#include "../../../directions/vector_set.hpp"
#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::transformer_lens {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

inline constexpr part_name parts[] = {
    {W_E, "embed.W_E", {d_vocab, d_model}},
    {W_pos, "pos_embed.W_pos", {n_ctx, d_model}},
    {W_U, "unembed.W_U", {d_model, d_vocab_out}},
    {b_U, "unembed.b_U", {d_vocab_out}},
    {ln_final_w, "ln_final.w", {d_model}},
    {ln_final_b, "ln_final.b", {d_model}},
    {ln1_w, "blocks.{layer}.ln1.w", {d_model}},
    {ln1_b, "blocks.{layer}.ln1.b", {d_model}},
    {W_Q, "blocks.{layer}.attn.W_Q", {n_heads, d_model, d_head}},
    {W_K, "blocks.{layer}.attn.W_K", {n_heads, d_model, d_head}},
    {W_K, "blocks.{layer}.attn._W_K", {n_key_value_heads, d_model, d_head}},
    {W_V, "blocks.{layer}.attn.W_V", {n_heads, d_model, d_head}},
    {W_V, "blocks.{layer}.attn._W_V", {n_key_value_heads, d_model, d_head}},
    {W_O, "blocks.{layer}.attn.W_O", {n_heads, d_head, d_model}},
    {b_Q, "blocks.{layer}.attn.b_Q", {n_heads, d_head}},
    {b_K, "blocks.{layer}.attn.b_K", {n_heads, d_head}},
    {b_K, "blocks.{layer}.attn._b_K", {n_key_value_heads, d_head}},
    {b_V, "blocks.{layer}.attn.b_V", {n_heads, d_head}},
    {b_V, "blocks.{layer}.attn._b_V", {n_key_value_heads, d_head}},
    {b_O, "blocks.{layer}.attn.b_O", {d_model}},
    {ln1_post_w, "blocks.{layer}.ln1_post.w", {d_model}},
    {ln2_w, "blocks.{layer}.ln2.w", {d_model}},
    {ln2_b, "blocks.{layer}.ln2.b", {d_model}},
    {W_in, "blocks.{layer}.mlp.W_in", {d_model, d_mlp}},
    {W_gate, "blocks.{layer}.mlp.W_gate", {d_model, d_mlp}},
    {W_out, "blocks.{layer}.mlp.W_out", {d_mlp, d_model}},
    {b_in, "blocks.{layer}.mlp.b_in", {d_mlp}},
    {b_gate, "blocks.{layer}.mlp.b_gate", {d_mlp}},
    {b_out, "blocks.{layer}.mlp.b_out", {d_model}},
    {ln2_post_w, "blocks.{layer}.ln2_post.w", {d_model}},
};

inline constexpr hint_name hints[] = {
    {"blocks.{layer}.attn.mask", buffer},
    {"blocks.{layer}.attn.IGNORE", buffer},
    {"blocks.{layer}.attn.rotary_sin", rotary},
    {"blocks.{layer}.attn.rotary_cos", rotary},
    {"blocks.{layer}.attn.q_norm.w", qk_norm},
    {"blocks.{layer}.attn.k_norm.w", qk_norm},
    {"blocks.{layer}.mlp.ln.w", unsupported, "a norm inside the MLP"},
    {"embed.embed.W_E", unsupported, "norms after each sum (BERT)"},
};

/// The first releases said state_encoder and predict_actions.
inline constexpr extra_name decision_extras[] = {
    {"state_embedding.weight", {d_model, any}, flow::writes, "feature", matrix_role::embedding},
    {"state_encoder.weight", {d_model, any}, flow::writes, "feature", matrix_role::embedding},
    {"action_embedding.0.weight", {any, d_model}, flow::writes, "action"},
    {"reward_embedding.0.weight", {d_model, any}, flow::writes, "reward"},
    {"time_embedding.weight", {any, d_model}, flow::writes, "time"},
    {"action_predictor.weight", {any, d_model}, flow::reads, "action", matrix_role::unembedding},
    {"state_predictor.weight", {any, d_model}, flow::reads, "feature"},
    {"reward_predictor.weight", {any, d_model}, flow::reads, "reward"},
    {"predict_actions.weight", {any, d_model}, flow::reads, "action", matrix_role::unembedding},
    {"predict_states.weight", {any, d_model}, flow::reads, "feature"},
    {"predict_rewards.weight", {any, d_model}, flow::reads, "reward"},
};

inline constexpr scheme_marker decision_markers[] = {
    {"state_embedding.weight", matrix_form::any, name_root::file},
    {"action_embedding.0.weight", matrix_form::any, name_root::file},
    {"reward_embedding.0.weight", matrix_form::any, name_root::file},
    {"time_embedding.weight", matrix_form::any, name_root::file},
    {"action_predictor.weight", matrix_form::any, name_root::file},
    {"state_predictor.weight", matrix_form::any, name_root::file},
    {"reward_predictor.weight", matrix_form::any, name_root::file},
    {"state_encoder.weight", matrix_form::any, name_root::file},
    {"predict_actions.weight", matrix_form::any, name_root::file},
    {"predict_states.weight", matrix_form::any, name_root::file},
    {"predict_rewards.weight", matrix_form::any, name_root::file},
};

inline constexpr std::string_view decision_prefixes[] = {"transformer."};
inline constexpr std::string_view prefixes[] = {"", "transformer."};
inline constexpr std::string_view decision_types[] = {"decision_transformer", "clone_transformer"};
/// Of a config of Hugging Face's beside converted weights: those whose blocks are what a config of
/// TransformerLens' that says nothing would mean, one after the other.
inline constexpr std::string_view types[] = {"gpt2",  "gpt_neo", "opt",    "llama",  "mistral",    "qwen2",
                                             "qwen3", "gemma",   "gemma2", "gemma3", "gemma3_text"};

} // namespace detail::transformer_lens

namespace detail {

/// TransformerLens' own names, with or without `transformer.` before them.
inline constexpr naming_scheme transformer_lens_scheme = {
    .name = "TransformerLens",
    .prefixes = transformer_lens::prefixes,
    .parts = transformer_lens::parts,
    .hints = transformer_lens::hints,
    .model_types = transformer_lens::types,
    .architecture = {.gated_bias = schemes::gated_bias::after_product},
};

/// A TransformerLens model between the embeddings and predictors of a decision transformer.
inline constexpr naming_scheme decision_transformer_scheme = {
    .name = "decision transformer",
    .prefixes = transformer_lens::decision_prefixes,
    .parts = transformer_lens::parts,
    .extras = transformer_lens::decision_extras,
    .hints = transformer_lens::hints,
    .markers = transformer_lens::decision_markers,
    .model_types = transformer_lens::decision_types,
    .architecture = {.gated_bias = schemes::gated_bias::after_product},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
