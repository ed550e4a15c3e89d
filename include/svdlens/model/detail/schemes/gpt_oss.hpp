/// @file
/// The names of GPT-OSS' tensors in Hugging Face's files, in plain numbers.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_GPT_OSS_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_GPT_OSS_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::gpt_oss {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Attention as Llama's, with biases and a sink a head. All experts of a layer are in one tensor, (in, out), gates
/// at even places and what neurons read at odd ones.
inline constexpr std::array expert_parts = {
    part_name{W_router, "layers.{layer}.mlp.router.weight", {n_experts, d_model}},
    part_name{b_router, "layers.{layer}.mlp.router.bias", {n_experts}},
    part_name{expert_W_gate,
              "layers.{layer}.mlp.experts.gate_up_proj",
              {n_experts, d_model, joined(d_mlp, fused_slice{0, 2})}},
    part_name{expert_W_in,
              "layers.{layer}.mlp.experts.gate_up_proj",
              {n_experts, d_model, joined(d_mlp, fused_slice{1, 2})}},
    part_name{expert_b_gate,
              "layers.{layer}.mlp.experts.gate_up_proj_bias",
              {n_experts, joined(d_mlp, fused_slice{0, 2})}},
    part_name{expert_b_in,
              "layers.{layer}.mlp.experts.gate_up_proj_bias",
              {n_experts, joined(d_mlp, fused_slice{1, 2})}},
    part_name{expert_W_out, "layers.{layer}.mlp.experts.down_proj", {n_experts, d_mlp, d_model}},
    part_name{expert_b_out, "layers.{layer}.mlp.experts.down_proj_bias", {n_experts, d_model}},
};

inline constexpr std::array sink_hints = {
    hint_name{"layers.{layer}.self_attn.sinks", attention_sink},
};

inline constexpr auto parts = both_tables(llama::parts, expert_parts);
inline constexpr auto hints = both_tables(llama::hints, sink_hints);

inline constexpr std::string_view types[] = {"gpt_oss"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.self_attn.sinks"}};

inline constexpr architecture_traits traits = {
    .norm = normalization::rms_norm,
    .unembedding = missing_unembedding::tied_by_config,
    .positions = position_kind::rotary,
    .note = "experts cap what gates and neurons read, and add 1 to what neurons do",
};

} // namespace detail::gpt_oss

namespace detail {

/// GPT-OSS: every MLP is a mixture of experts.
inline constexpr naming_scheme gpt_oss_scheme = {
    .name = "GPT-OSS",
    .prefixes = llama::prefixes,
    .parts = gpt_oss::parts,
    .hints = gpt_oss::hints,
    .markers = gpt_oss::markers,
    .model_types = gpt_oss::types,
    .architecture = gpt_oss::traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
