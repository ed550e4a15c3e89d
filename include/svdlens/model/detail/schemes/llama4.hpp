/// @file
/// The names of Llama 4's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_LLAMA4_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_LLAMA4_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_rows.hpp"
#include "llama.hpp"

namespace svdlens::inline v0_2 {

namespace detail::llama4 {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Attention as Llama's. All experts of a layer are in one tensor, (in, out), all gates before what neurons read;
/// every so many layers has an MLP instead.
inline constexpr std::array own_parts = {
    part_name{W_in, "layers.{layer}.feed_forward.up_proj.weight", {d_mlp, d_model}},
    part_name{W_gate, "layers.{layer}.feed_forward.gate_proj.weight", {d_mlp, d_model}},
    part_name{W_out, "layers.{layer}.feed_forward.down_proj.weight", {d_model, d_mlp}},
    part_name{W_router, "layers.{layer}.feed_forward.router.weight", {n_experts, d_model}},
    part_name{expert_W_gate,
              "layers.{layer}.feed_forward.experts.gate_up_proj",
              {n_experts, d_model, joined(fused_slice{0, 2}, d_expert)}},
    part_name{expert_W_in,
              "layers.{layer}.feed_forward.experts.gate_up_proj",
              {n_experts, d_model, joined(fused_slice{1, 2}, d_expert)}},
    part_name{expert_W_out, "layers.{layer}.feed_forward.experts.down_proj", {n_experts, d_expert, d_model}},
    part_name{
        shared_W_gate, "layers.{layer}.feed_forward.shared_expert.gate_proj.weight", {d_shared, d_model}},
    part_name{shared_W_in, "layers.{layer}.feed_forward.shared_expert.up_proj.weight", {d_shared, d_model}},
    part_name{
        shared_W_out, "layers.{layer}.feed_forward.shared_expert.down_proj.weight", {d_model, d_shared}},
};

inline constexpr auto parts = both_tables(llama::parts, own_parts);

inline constexpr std::string_view types[] = {"llama4", "llama4_text"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.feed_forward.router.weight"}};

inline constexpr architecture_traits traits = {
    .norm = normalization::rms_norm,
    .unembedding = missing_unembedding::tied_by_config,
    .positions = position_kind::rotary_in_some_layers,
    .pairing = rotary_pairing::interleaved,
    .qk_refusal = "layers differ in whether queries and keys are rotated and normalised (no_rope_layers, "
                  "use_qk_norm), so that no one form of circuit holds for all",
    .note = "a token's weight for an expert scales what the expert reads, not what it writes",
};

} // namespace detail::llama4

namespace detail {

/// Llama 4: mixtures with a shared expert in all layers or in every second one.
inline constexpr naming_scheme llama4_scheme = {
    .name = "Llama 4",
    .prefixes = llama::prefixes,
    .parts = llama4::parts,
    .hints = llama::hints,
    .markers = llama4::markers,
    .model_types = llama4::types,
    .architecture = llama4::traits,
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
