/// @file
/// The names of Llama's tensors in Hugging Face's files, which Mistral, Qwen and Gemma share.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_LLAMA_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_LLAMA_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::llama {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

// The rows in pieces: families that store the same matrices under the same names have other norms, other
// MLPs or fused matrices beside them.

inline constexpr std::array embedding_parts = {
    part_name{W_E, "embed_tokens.weight", {d_vocab, d_model}},
    part_name{W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
};

inline constexpr std::array attention_parts = {
    part_name{W_Q, "layers.{layer}.self_attn.q_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{W_K, "layers.{layer}.self_attn.k_proj.weight", {joined(n_key_value_heads, d_head), d_model}},
    part_name{W_V, "layers.{layer}.self_attn.v_proj.weight", {joined(n_key_value_heads, d_head), d_model}},
    part_name{W_O, "layers.{layer}.self_attn.o_proj.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_Q, "layers.{layer}.self_attn.q_proj.bias", {joined(n_heads, d_head)}},
    part_name{b_K, "layers.{layer}.self_attn.k_proj.bias", {joined(n_key_value_heads, d_head)}},
    part_name{b_V, "layers.{layer}.self_attn.v_proj.bias", {joined(n_key_value_heads, d_head)}},
    part_name{b_O, "layers.{layer}.self_attn.o_proj.bias", {d_model}},
};

inline constexpr std::array mlp_parts = {
    part_name{W_in, "layers.{layer}.mlp.up_proj.weight", {d_mlp, d_model}},
    part_name{W_gate, "layers.{layer}.mlp.gate_proj.weight", {d_mlp, d_model}},
    part_name{W_out, "layers.{layer}.mlp.down_proj.weight", {d_model, d_mlp}},
    part_name{b_in, "layers.{layer}.mlp.up_proj.bias", {d_mlp}},
    part_name{b_gate, "layers.{layer}.mlp.gate_proj.bias", {d_mlp}},
    part_name{b_out, "layers.{layer}.mlp.down_proj.bias", {d_model}},
};

/// Gate and input of each neuron in one matrix, gates first (Phi-3, GLM-4).
inline constexpr std::array fused_mlp_parts = {
    part_name{W_gate, "layers.{layer}.mlp.gate_up_proj.weight", {joined(fused_slice{0, 2}, d_mlp), d_model}},
    part_name{W_in, "layers.{layer}.mlp.gate_up_proj.weight", {joined(fused_slice{1, 2}, d_mlp), d_model}},
    part_name{W_out, "layers.{layer}.mlp.down_proj.weight", {d_model, d_mlp}},
};

inline constexpr std::array norm_parts = {
    part_name{ln_final_w, "norm.weight", {d_model}},
    part_name{ln1_w, "layers.{layer}.input_layernorm.weight", {d_model}},
    part_name{ln2_w, "layers.{layer}.post_attention_layernorm.weight", {d_model}},
};

inline constexpr std::array gemma2_norm_parts = {
    part_name{ln_final_w, "norm.weight", {d_model}},
    part_name{ln1_w, "layers.{layer}.input_layernorm.weight", {d_model}},
    part_name{ln1_post_w, "layers.{layer}.post_attention_layernorm.weight", {d_model}},
    part_name{ln2_w, "layers.{layer}.pre_feedforward_layernorm.weight", {d_model}},
    part_name{ln2_post_w, "layers.{layer}.post_feedforward_layernorm.weight", {d_model}},
};

/// What all of them have but the norms.
inline constexpr auto common_parts = all_tables(embedding_parts, attention_parts, mlp_parts);

inline constexpr auto parts = both_tables(common_parts, norm_parts);
inline constexpr auto gemma2_parts = both_tables(common_parts, gemma2_norm_parts);

inline constexpr std::array common_hints = {
    hint_name{"layers.{layer}.self_attn.rotary_emb.inv_freq", rotary},
    hint_name{"layers.{layer}.self_attn.rotary_emb.original_inv_freq", rotary},
    hint_name{"layers.{layer}.self_attn.rotary_emb.cos_cached", rotary},
    hint_name{"layers.{layer}.self_attn.rotary_emb.sin_cached", rotary},
    hint_name{"layers.{layer}.self_attn.bias", buffer},
    hint_name{"layers.{layer}.self_attn.masked_bias", buffer},
    hint_name{"layers.{layer}.self_attn.causal_mask", buffer},
    hint_name{"rotary_emb.inv_freq", rotary},
    hint_name{"rotary_emb.original_inv_freq", rotary},
    hint_name{"rotary_emb_local.inv_freq", rotary},
    hint_name{"causal_mask", buffer},
    hint_name{"layers.{layer}.self_attn.q_norm.weight", qk_norm},
    hint_name{"layers.{layer}.self_attn.k_norm.weight", qk_norm},
};

inline constexpr std::array more_hints = {
    hint_name{"layers.{layer}.input_layernorm.bias", unsupported, "LayerNorms in place of RMSNorms"},
    hint_name{"layers.{layer}.post_feedforward_layernorm.weight", unsupported, "norms behind the MLPs"},
};

inline constexpr auto hints = both_tables(common_hints, more_hints);

inline constexpr std::string_view prefixes[] = {"model.", ""};
inline constexpr std::string_view types[] = {"llama", "mistral", "qwen2", "qwen3"};
inline constexpr std::string_view gemma_types[] = {"gemma"};
inline constexpr std::string_view gemma2_types[] = {"gemma2", "gemma3", "gemma3_text"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.self_attn.q_proj.weight"}};
inline constexpr scheme_marker gemma2_markers[] = {{"layers.{layer}.pre_feedforward_layernorm.weight"}};

inline constexpr architecture_traits traits = {
    .norm = normalization::rms_norm,
    .unembedding = missing_unembedding::tied_by_config,
    .positions = position_kind::rotary,
};

inline constexpr architecture_traits gemma_traits = {
    .norm = normalization::rms_norm,
    .gain = stored_gain::less_one,
    .embedding = embedding_scale::sqrt_d_model,
    .unembedding = missing_unembedding::tied_by_default,
    .positions = position_kind::rotary,
};

inline constexpr architecture_traits gemma2_traits = {
    .norm = normalization::rms_norm,
    .gain = stored_gain::less_one,
    .embedding = embedding_scale::sqrt_d_model,
    .unembedding = missing_unembedding::tied_by_default,
    .positions = position_kind::rotary,
    .scores = score_scale::by_config,
};

} // namespace detail::llama

namespace detail {

/// Llama, Mistral and Qwen 2: every matrix (out, in), grouped key/value heads, biases of queries, keys and
/// values in Qwen 2.
inline constexpr naming_scheme llama_scheme = {
    .name = "Llama",
    .prefixes = llama::prefixes,
    .parts = llama::parts,
    .hints = llama::hints,
    .markers = llama::markers,
    .model_types = llama::types,
    .namesakes = "Granite or SmolLM 3",
    .architecture = llama::traits,
};

/// Gemma: named as Llama to the last tensor, so that only a config tells them apart.
inline constexpr naming_scheme gemma_scheme = {
    .name = "Gemma",
    .prefixes = llama::prefixes,
    .parts = llama::parts,
    .hints = llama::hints,
    .markers = llama::markers,
    .model_types = llama::gemma_types,
    .recognised = schemes::recognition::by_type,
    .architecture = llama::gemma_traits,
};

/// Gemma 2 and 3: norms before and behind attention and MLP. What Llama calls the norm before the MLP is here
/// the one behind attention.
inline constexpr naming_scheme gemma2_scheme = {
    .name = "Gemma 2",
    .prefixes = llama::prefixes,
    .parts = llama::gemma2_parts,
    .hints = llama::common_hints,
    .markers = llama::gemma2_markers,
    .model_types = llama::gemma2_types,
    .architecture = llama::gemma2_traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
