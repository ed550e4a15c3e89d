/// @file
/// The names of Llama's tensors in Meta's files, of Mistral's `consolidated` ones, and of llama2.c's.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_META_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_META_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::meta {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

inline constexpr part_name parts[] = {
    {W_E, "tok_embeddings.weight", {d_vocab, d_model}},
    {W_U, "output.weight", {d_vocab, d_model}},
    {ln_final_w, "norm.weight", {d_model}},
    {ln1_w, "layers.{layer}.attention_norm.weight", {d_model}},
    {W_Q, "layers.{layer}.attention.wq.weight", {joined(n_heads, d_head), d_model}},
    {W_K, "layers.{layer}.attention.wk.weight", {joined(n_key_value_heads, d_head), d_model}},
    {W_V, "layers.{layer}.attention.wv.weight", {joined(n_key_value_heads, d_head), d_model}},
    {W_O, "layers.{layer}.attention.wo.weight", {d_model, joined(n_heads, d_head)}},
    {ln2_w, "layers.{layer}.ffn_norm.weight", {d_model}},
    {W_gate, "layers.{layer}.feed_forward.w1.weight", {d_mlp, d_model}},
    {W_in, "layers.{layer}.feed_forward.w3.weight", {d_mlp, d_model}},
    {W_out, "layers.{layer}.feed_forward.w2.weight", {d_model, d_mlp}},
};

inline constexpr hint_name hints[] = {
    {"rope.freqs", rotary},
    {"freqs_cos", rotary},
    {"freqs_sin", rotary},
    {"layers.{layer}.attention.inner_attention.rope.freqs", rotary},
    {"layers.{layer}.attention.q_norm.weight", qk_norm},
    {"layers.{layer}.attention.k_norm.weight", qk_norm},
};

inline constexpr std::string_view prefixes[] = {"", "model."};
inline constexpr std::string_view types[] = {"llama", "mistral"};
inline constexpr scheme_marker markers[] = {{"layers.{layer}.attention.wq.weight"}};

} // namespace detail::meta

namespace detail {

/// Llama as Meta and llama2.c name it, and Mistral's `consolidated` files: rotary in neighbouring pairs, which
/// Hugging Face's files store in another order.
inline constexpr naming_scheme meta_scheme = {
    .name = "Meta",
    .prefixes = meta::prefixes,
    .parts = meta::parts,
    .hints = meta::hints,
    .markers = meta::markers,
    .model_types = meta::types,
    .architecture = {.norm = normalization::rms_norm,
                     .unembedding = schemes::missing_unembedding::tied_by_default,
                     .positions = schemes::position_kind::rotary,
                     .pairing = rotary_pairing::interleaved},
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
