/// @file
/// The names of Whisper's tensors in Hugging Face's files, tower by tower.
#ifndef SVDLENS_MODEL_DETAIL_SCHEMES_WHISPER_HPP
#define SVDLENS_MODEL_DETAIL_SCHEMES_WHISPER_HPP

#include <array>
#include <string_view>

#include "../../architecture.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../../transformer_parts.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail::whisper {

using namespace schemes;
using enum weight_part;
using enum model_axis;
using enum tensor_hint;

/// Keys have no bias.
inline constexpr std::array decoder_parts = {
    part_name{W_E, "decoder.embed_tokens.weight", {d_vocab, d_model}},
    part_name{W_pos, "decoder.embed_positions.weight", {n_ctx, d_model}},
    part_name{W_U, "proj_out.weight", {d_vocab, d_model}, name_root::file},
    part_name{W_Q, "decoder.layers.{layer}.self_attn.q_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_Q, "decoder.layers.{layer}.self_attn.q_proj.bias", {joined(n_heads, d_head)}},
    part_name{W_K, "decoder.layers.{layer}.self_attn.k_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_K, "decoder.layers.{layer}.self_attn.k_proj.bias", {joined(n_heads, d_head)}},
    part_name{W_V, "decoder.layers.{layer}.self_attn.v_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_V, "decoder.layers.{layer}.self_attn.v_proj.bias", {joined(n_heads, d_head)}},
    part_name{W_O, "decoder.layers.{layer}.self_attn.out_proj.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "decoder.layers.{layer}.self_attn.out_proj.bias", {d_model}},
    part_name{W_in, "decoder.layers.{layer}.fc1.weight", {d_mlp, d_model}},
    part_name{b_in, "decoder.layers.{layer}.fc1.bias", {d_mlp}},
    part_name{W_out, "decoder.layers.{layer}.fc2.weight", {d_model, d_mlp}},
    part_name{b_out, "decoder.layers.{layer}.fc2.bias", {d_model}},
    part_name{ln1_w, "decoder.layers.{layer}.self_attn_layer_norm.weight", {d_model}},
    part_name{ln1_b, "decoder.layers.{layer}.self_attn_layer_norm.bias", {d_model}},
    part_name{ln2_w, "decoder.layers.{layer}.final_layer_norm.weight", {d_model}},
    part_name{ln2_b, "decoder.layers.{layer}.final_layer_norm.bias", {d_model}},
    part_name{ln_final_w, "decoder.layer_norm.weight", {d_model}},
    part_name{ln_final_b, "decoder.layer_norm.bias", {d_model}},
};

inline constexpr std::array encoder_parts = {
    part_name{W_pos, "encoder.embed_positions.weight", {n_ctx, d_model}},
    part_name{W_Q, "encoder.layers.{layer}.self_attn.q_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_Q, "encoder.layers.{layer}.self_attn.q_proj.bias", {joined(n_heads, d_head)}},
    part_name{W_K, "encoder.layers.{layer}.self_attn.k_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_K, "encoder.layers.{layer}.self_attn.k_proj.bias", {joined(n_heads, d_head)}},
    part_name{W_V, "encoder.layers.{layer}.self_attn.v_proj.weight", {joined(n_heads, d_head), d_model}},
    part_name{b_V, "encoder.layers.{layer}.self_attn.v_proj.bias", {joined(n_heads, d_head)}},
    part_name{W_O, "encoder.layers.{layer}.self_attn.out_proj.weight", {d_model, joined(n_heads, d_head)}},
    part_name{b_O, "encoder.layers.{layer}.self_attn.out_proj.bias", {d_model}},
    part_name{W_in, "encoder.layers.{layer}.fc1.weight", {d_mlp, d_model}},
    part_name{b_in, "encoder.layers.{layer}.fc1.bias", {d_mlp}},
    part_name{W_out, "encoder.layers.{layer}.fc2.weight", {d_model, d_mlp}},
    part_name{b_out, "encoder.layers.{layer}.fc2.bias", {d_model}},
    part_name{ln1_w, "encoder.layers.{layer}.self_attn_layer_norm.weight", {d_model}},
    part_name{ln1_b, "encoder.layers.{layer}.self_attn_layer_norm.bias", {d_model}},
    part_name{ln2_w, "encoder.layers.{layer}.final_layer_norm.weight", {d_model}},
    part_name{ln2_b, "encoder.layers.{layer}.final_layer_norm.bias", {d_model}},
    part_name{ln_final_w, "encoder.layer_norm.weight", {d_model}},
    part_name{ln_final_b, "encoder.layer_norm.bias", {d_model}},
};

/// Keys and values of these are made from what the encoder gives, which is another stream.
inline constexpr std::string_view crossing =
    "attention to what the encoder gives, which reads and writes between attention and MLP";
inline constexpr hint_name decoder_hints[] = {
    {"decoder.layers.{layer}.encoder_attn.q_proj.weight", left_out, crossing},
    {"decoder.layers.{layer}.encoder_attn.q_proj.bias", left_out, crossing},
    {"decoder.layers.{layer}.encoder_attn.k_proj.weight", left_out, crossing},
    {"decoder.layers.{layer}.encoder_attn.v_proj.weight", left_out, crossing},
    {"decoder.layers.{layer}.encoder_attn.v_proj.bias", left_out, crossing},
    {"decoder.layers.{layer}.encoder_attn.out_proj.weight", left_out, crossing},
    {"decoder.layers.{layer}.encoder_attn.out_proj.bias", left_out, crossing},
    {"decoder.layers.{layer}.encoder_attn_layer_norm.weight", left_out, crossing},
    {"decoder.layers.{layer}.encoder_attn_layer_norm.bias", left_out, crossing},
};

inline constexpr std::string_view convolutions = "the convolutions that make what is embedded of sound";
inline constexpr hint_name encoder_hints[] = {
    {"encoder.conv1.weight", left_out, convolutions},
    {"encoder.conv1.bias", left_out, convolutions},
    {"encoder.conv2.weight", left_out, convolutions},
    {"encoder.conv2.bias", left_out, convolutions},
};

inline constexpr std::string_view prefixes[] = {"model.", ""};
inline constexpr std::string_view types[] = {"whisper"};
/// BART names the rest alike, and computes something else.
inline constexpr scheme_marker markers[] = {{"encoder.conv1.weight"}};

} // namespace detail::whisper

namespace detail {

/// Whisper's decoder: its self-attention and MLPs.
inline constexpr naming_scheme whisper_decoder_scheme = {
    .name = "Whisper decoder",
    .prefixes = whisper::prefixes,
    .parts = whisper::decoder_parts,
    .hints = whisper::decoder_hints,
    .markers = whisper::markers,
    .model_types = whisper::types,
    .architecture = {.norm = normalization::layer_norm,
                     .unembedding = schemes::missing_unembedding::tied_by_default},
    .tower = "decoder",
};

/// Whisper's encoder: positions and blocks.
inline constexpr naming_scheme whisper_encoder_scheme = {
    .name = "Whisper encoder",
    .prefixes = whisper::prefixes,
    .parts = whisper::encoder_parts,
    .hints = whisper::encoder_hints,
    .markers = whisper::markers,
    .model_types = whisper::types,
    .architecture = {.norm = normalization::layer_norm},
    .tower = "encoder",
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
