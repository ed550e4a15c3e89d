/// @file
/// The names of the tensors of Qwen 2's and 3's mixtures of experts in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_QWEN_MOE_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_QWEN_MOE_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::qwen_moe {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Attention and the MLPs of layers without experts are as Llama's. Qwen 2 has shared experts, weighed for each
/// token.
inline constexpr std::array expert_parts = {
    part_name{W_router, "layers.{layer}.mlp.gate.weight", {n_experts, d_model}},
    part_name{expert_W_gate, "layers.{layer}.mlp.experts.{expert}.gate_proj.weight", {d_expert, d_model}},
    part_name{expert_W_in, "layers.{layer}.mlp.experts.{expert}.up_proj.weight", {d_expert, d_model}},
    part_name{expert_W_out, "layers.{layer}.mlp.experts.{expert}.down_proj.weight", {d_model, d_expert}},
};

inline constexpr std::array shared_parts = {
    part_name{shared_W_gate, "layers.{layer}.mlp.shared_expert.gate_proj.weight", {d_shared, d_model}},
    part_name{shared_W_in, "layers.{layer}.mlp.shared_expert.up_proj.weight", {d_shared, d_model}},
    part_name{shared_W_out, "layers.{layer}.mlp.shared_expert.down_proj.weight", {d_model, d_shared}},
    part_name{W_shared_router, "layers.{layer}.mlp.shared_expert_gate.weight", {any, d_model}},
};

inline constexpr auto parts = both_tables(both_tables(llama::parts, expert_parts), shared_parts);

inline constexpr std::string_view types[] = {"qwen2_moe", "qwen3_moe"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.mlp.experts.{expert}.gate_proj.weight"}};

} // namespace detail::qwen_moe

namespace detail {

/// Qwen 2 MoE and Qwen 3 MoE.
inline constexpr naming_scheme qwen_moe_scheme = {
    .name = "Qwen MoE",
    .prefixes = llama::prefixes,
    .parts = qwen_moe::parts,
    .hints = llama::hints,
    .markers = qwen_moe::markers,
    .model_types = qwen_moe::types,
    .namesakes = "OLMoE",
    .architecture = llama::traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
