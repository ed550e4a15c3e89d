/// @file
/// The names of DeepSeek V2's and V3's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_DEEPSEEK_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_DEEPSEEK_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::deepseek {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Keys and values are made from one latent of a token, behind a norm; of a head's part of kv_b_proj the first
/// entries are its key's. Queries and keys are not read: no matrix between two tokens is theirs.
inline constexpr part_name parts[] = {
    {W_E, "embed_tokens.weight", {d_vocab, d_model}},
    {W_U, "lm_head.weight", {d_vocab, d_model}, name_root::file},
    {ln_final_w, "norm.weight", {d_model}},
    {ln1_w, "layers.{layer}.input_layernorm.weight", {d_model}},
    {W_latent,
     "layers.{layer}.self_attn.kv_a_proj_with_mqa.weight",
     {joined(stacked_axes{0, {d_latent, d_rotary}}), d_model}},
    {ln_latent_w, "layers.{layer}.self_attn.kv_a_layernorm.weight", {d_latent}},
    {W_V,
     "layers.{layer}.self_attn.kv_b_proj.weight",
     {joined(n_heads, stacked_axes{1, {d_unrotated, d_head}}), d_latent}},
    {W_O, "layers.{layer}.self_attn.o_proj.weight", {d_model, joined(n_heads, d_head)}},
    {b_O, "layers.{layer}.self_attn.o_proj.bias", {d_model}},
    {ln2_w, "layers.{layer}.post_attention_layernorm.weight", {d_model}},
    {W_in, "layers.{layer}.mlp.up_proj.weight", {d_mlp, d_model}},
    {W_gate, "layers.{layer}.mlp.gate_proj.weight", {d_mlp, d_model}},
    {W_out, "layers.{layer}.mlp.down_proj.weight", {d_model, d_mlp}},
    {W_router, "layers.{layer}.mlp.gate.weight", {n_experts, d_model}},
    {expert_W_gate, "layers.{layer}.mlp.experts.{expert}.gate_proj.weight", {d_expert, d_model}},
    {expert_W_in, "layers.{layer}.mlp.experts.{expert}.up_proj.weight", {d_expert, d_model}},
    {expert_W_out, "layers.{layer}.mlp.experts.{expert}.down_proj.weight", {d_model, d_expert}},
    {shared_W_gate, "layers.{layer}.mlp.shared_experts.gate_proj.weight", {d_shared, d_model}},
    {shared_W_in, "layers.{layer}.mlp.shared_experts.up_proj.weight", {d_shared, d_model}},
    {shared_W_out, "layers.{layer}.mlp.shared_experts.down_proj.weight", {d_model, d_shared}},
};

/// The correction decides which experts are chosen, and is in nothing that they compute.
inline constexpr hint_name hints[] = {
    {"layers.{layer}.mlp.gate.e_score_correction_bias", buffer},
    {"layers.{layer}.eh_proj.weight", other_layer},
    {"layers.{layer}.self_attn.rotary_emb.inv_freq", rotary},
    {"rotary_emb.inv_freq", rotary},
    {"layers.{layer}.self_attn.q_proj.weight", buffer},
    {"layers.{layer}.self_attn.q_a_proj.weight", buffer},
    {"layers.{layer}.self_attn.q_a_proj.bias", buffer},
    {"layers.{layer}.self_attn.q_a_layernorm.weight", buffer},
    {"layers.{layer}.self_attn.q_b_proj.weight", buffer},
    {"layers.{layer}.self_attn.kv_a_proj_with_mqa.bias", unsupported, "a bias of what values are made from"},
};

inline constexpr std::string_view types[] = {"deepseek_v2", "deepseek_v3"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.self_attn.kv_a_proj_with_mqa.weight"}};

inline constexpr architecture_traits traits = {
    .norm = normalization::rms_norm,
    .unembedding = missing_unembedding::tied_by_config,
    .positions = position_kind::rotary,
    .qk_refusal =
        "keys are made from a latent that is normalised per token, so that no matrix W_Q W_K^T exists",
};

} // namespace detail::deepseek

namespace detail {

/// DeepSeek V2 and V3: latent attention; the first layers have MLPs, the others mixtures with shared experts.
inline constexpr naming_scheme deepseek_scheme = {
    .name = "DeepSeek",
    .prefixes = llama::prefixes,
    .parts = deepseek::parts,
    .hints = deepseek::hints,
    .markers = deepseek::markers,
    .model_types = deepseek::types,
    .architecture = deepseek::traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
