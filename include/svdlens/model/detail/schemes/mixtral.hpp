/// @file
/// The names of Mixtral's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_MIXTRAL_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_MIXTRAL_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::mixtral {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Attention as Llama's; each expert has its tensors: w1 the gate's, w3 what its neurons read, w2 what they write.
inline constexpr std::array expert_parts = {
    part_name{W_router, "layers.{layer}.block_sparse_moe.gate.weight", {n_experts, d_model}},
    part_name{expert_W_gate, "layers.{layer}.block_sparse_moe.experts.{expert}.w1.weight", {d_mlp, d_model}},
    part_name{expert_W_in, "layers.{layer}.block_sparse_moe.experts.{expert}.w3.weight", {d_mlp, d_model}},
    part_name{expert_W_out, "layers.{layer}.block_sparse_moe.experts.{expert}.w2.weight", {d_model, d_mlp}},
};

inline constexpr auto parts = both_tables(llama::parts, expert_parts);

inline constexpr std::string_view types[] = {"mixtral"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.block_sparse_moe.gate.weight"}};

} // namespace detail::mixtral

namespace detail {

/// Mixtral: every MLP is a mixture of experts.
inline constexpr naming_scheme mixtral_scheme = {
    .name = "Mixtral",
    .prefixes = llama::prefixes,
    .parts = mixtral::parts,
    .hints = llama::hints,
    .markers = mixtral::markers,
    .model_types = mixtral::types,
    .architecture = llama::traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
