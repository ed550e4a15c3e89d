/// @file
/// The names of ModernBERT's tensors in Hugging Face's files.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_MODERNBERT_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_MODERNBERT_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::modernbert {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Gates come first in Wi, and then what they multiply.
inline constexpr std::array parts = {
    part_name{W_E, "embeddings.tok_embeddings.weight", {d_vocab, d_model}},
    part_name{ln_embed_w, "embeddings.norm.weight", {d_model}},
    part_name{ln_embed_b, "embeddings.norm.bias", {d_model}},
    part_name{W_Q, "layers.{layer}.attn.Wqkv.weight", {joined(fused_slice{0, 3}, n_heads, d_head), d_model}},
    part_name{b_Q, "layers.{layer}.attn.Wqkv.bias", {joined(fused_slice{0, 3}, n_heads, d_head)}},
    part_name{W_K, "layers.{layer}.attn.Wqkv.weight", {joined(fused_slice{1, 3}, n_heads, d_head), d_model}},
    part_name{b_K, "layers.{layer}.attn.Wqkv.bias", {joined(fused_slice{1, 3}, n_heads, d_head)}},
    part_name{W_V, "layers.{layer}.attn.Wqkv.weight", {joined(fused_slice{2, 3}, n_heads, d_head), d_model}},
    part_name{b_V, "layers.{layer}.attn.Wqkv.bias", {joined(fused_slice{2, 3}, n_heads, d_head)}},
    part_name{W_O, "layers.{layer}.attn.Wo.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "layers.{layer}.attn.Wo.bias", {d_model}},
    part_name{ln1_w, "layers.{layer}.attn_norm.weight", {d_model}},
    part_name{ln1_b, "layers.{layer}.attn_norm.bias", {d_model}},
    part_name{ln2_w, "layers.{layer}.mlp_norm.weight", {d_model}},
    part_name{ln2_b, "layers.{layer}.mlp_norm.bias", {d_model}},
    part_name{W_gate, "layers.{layer}.mlp.Wi.weight", {joined(fused_slice{0, 2}, d_mlp), d_model}},
    part_name{b_gate, "layers.{layer}.mlp.Wi.bias", {joined(fused_slice{0, 2}, d_mlp)}},
    part_name{W_in, "layers.{layer}.mlp.Wi.weight", {joined(fused_slice{1, 2}, d_mlp), d_model}},
    part_name{b_in, "layers.{layer}.mlp.Wi.bias", {joined(fused_slice{1, 2}, d_mlp)}},
    part_name{W_out, "layers.{layer}.mlp.Wo.weight", {d_model, d_mlp}},
    part_name{b_out, "layers.{layer}.mlp.Wo.bias", {d_model}},
    part_name{ln_final_w, "final_norm.weight", {d_model}},
    part_name{ln_final_b, "final_norm.bias", {d_model}},
    part_name{W_U, "decoder.weight", {d_vocab, d_model}, name_root::file},
    part_name{b_U, "decoder.bias", {d_vocab}, name_root::file},
};

inline constexpr hint_name hints[] = {
    {"layers.{layer}.attn.rotary_emb.inv_freq", rotary},
    {"head.dense.weight", output_head, {}, name_root::file},
    {"head.dense.bias", output_head, {}, name_root::file},
    {"head.norm.weight", output_head, {}, name_root::file},
    {"head.norm.bias", output_head, {}, name_root::file},
};

inline constexpr std::string_view prefixes[] = {"model.", ""};
inline constexpr std::string_view types[] = {"modernbert"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.attn.Wqkv.weight"}};

} // namespace detail::modernbert

namespace detail {

/// ModernBERT: a BERT with norms before what reads, none before the first attention, gates, and rotary positions of
/// two kinds, for layers that see all and layers that see their neighbours.
inline constexpr naming_scheme modernbert_scheme = {
    .name = "ModernBERT",
    .prefixes = modernbert::prefixes,
    .parts = modernbert::parts,
    .hints = modernbert::hints,
    .markers = modernbert::markers,
    .model_types = modernbert::types,
    .architecture = {.norm = normalization::layer_norm,
                     .unembedding = schemes::missing_unembedding::tied_behind_bias,
                     .positions = schemes::position_kind::rotary_by_layer,
                     .first = schemes::first_attention::as_embedded},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
