/// @file
/// The names of TransformerLens' tensors, and of the decision transformers that are built on it.
#ifndef SVDLENS_MODEL_TRANSFORMER_LENS_NAMES_HPP
#define SVDLENS_MODEL_TRANSFORMER_LENS_NAMES_HPP

#include <array>
#include <string_view>

#include "../linalg/vector_set.hpp"
#include "naming_scheme.hpp"
#include "transformer_parts.hpp"

namespace svdlens::inline v0 {

namespace detail {

inline constexpr std::array transformer_lens_parts = {
    part_name{weight_part::W_E, "embed.W_E", {model_axis::d_vocab, model_axis::d_model}},
    part_name{weight_part::W_pos, "pos_embed.W_pos", {model_axis::n_ctx, model_axis::d_model}},
    part_name{weight_part::W_U, "unembed.W_U", {model_axis::d_model, model_axis::d_vocab_out}},
    part_name{weight_part::b_U, "unembed.b_U", {model_axis::d_vocab_out}},
    part_name{weight_part::ln_final_w, "ln_final.w", {model_axis::d_model}},
    part_name{weight_part::ln_final_b, "ln_final.b", {model_axis::d_model}},
    part_name{weight_part::ln1_w, "blocks.{layer}.ln1.w", {model_axis::d_model}},
    part_name{weight_part::ln1_b, "blocks.{layer}.ln1.b", {model_axis::d_model}},
    part_name{weight_part::W_Q,
              "blocks.{layer}.attn.W_Q",
              {model_axis::n_heads, model_axis::d_model, model_axis::d_head}},
    part_name{weight_part::W_K,
              "blocks.{layer}.attn.W_K",
              {model_axis::n_heads, model_axis::d_model, model_axis::d_head}},
    part_name{weight_part::W_K,
              "blocks.{layer}.attn._W_K",
              {model_axis::n_key_value_heads, model_axis::d_model, model_axis::d_head}},
    part_name{weight_part::W_V,
              "blocks.{layer}.attn.W_V",
              {model_axis::n_heads, model_axis::d_model, model_axis::d_head}},
    part_name{weight_part::W_V,
              "blocks.{layer}.attn._W_V",
              {model_axis::n_key_value_heads, model_axis::d_model, model_axis::d_head}},
    part_name{weight_part::W_O,
              "blocks.{layer}.attn.W_O",
              {model_axis::n_heads, model_axis::d_head, model_axis::d_model}},
    part_name{weight_part::b_Q, "blocks.{layer}.attn.b_Q", {model_axis::n_heads, model_axis::d_head}},
    part_name{weight_part::b_K, "blocks.{layer}.attn.b_K", {model_axis::n_heads, model_axis::d_head}},
    part_name{
        weight_part::b_K, "blocks.{layer}.attn._b_K", {model_axis::n_key_value_heads, model_axis::d_head}},
    part_name{weight_part::b_V, "blocks.{layer}.attn.b_V", {model_axis::n_heads, model_axis::d_head}},
    part_name{
        weight_part::b_V, "blocks.{layer}.attn._b_V", {model_axis::n_key_value_heads, model_axis::d_head}},
    part_name{weight_part::b_O, "blocks.{layer}.attn.b_O", {model_axis::d_model}},
    part_name{weight_part::ln2_w, "blocks.{layer}.ln2.w", {model_axis::d_model}},
    part_name{weight_part::ln2_b, "blocks.{layer}.ln2.b", {model_axis::d_model}},
    part_name{weight_part::W_in, "blocks.{layer}.mlp.W_in", {model_axis::d_model, model_axis::d_mlp}},
    part_name{weight_part::W_gate, "blocks.{layer}.mlp.W_gate", {model_axis::d_model, model_axis::d_mlp}},
    part_name{weight_part::W_out, "blocks.{layer}.mlp.W_out", {model_axis::d_mlp, model_axis::d_model}},
    part_name{weight_part::b_in, "blocks.{layer}.mlp.b_in", {model_axis::d_mlp}},
    part_name{weight_part::b_gate, "blocks.{layer}.mlp.b_gate", {model_axis::d_mlp}},
    part_name{weight_part::b_out, "blocks.{layer}.mlp.b_out", {model_axis::d_model}},
};

inline constexpr std::array transformer_lens_hints = {
    hint_name{"blocks.{layer}.attn.mask", tensor_hint::buffer},
    hint_name{"blocks.{layer}.attn.IGNORE", tensor_hint::buffer},
    hint_name{"blocks.{layer}.attn.rotary_sin", tensor_hint::rotary},
    hint_name{"blocks.{layer}.attn.rotary_cos", tensor_hint::rotary},
    hint_name{"blocks.{layer}.attn.q_norm.w", tensor_hint::qk_norm},
    hint_name{"blocks.{layer}.attn.k_norm.w", tensor_hint::qk_norm},
    hint_name{"blocks.{layer}.ln1_post.w", tensor_hint::unsupported, "a norm after attention"},
    hint_name{"blocks.{layer}.ln2_post.w", tensor_hint::unsupported, "a norm after the MLP"},
    hint_name{"blocks.{layer}.mlp.experts.0.W_in.weight", tensor_hint::unsupported, "a mixture of experts"},
    hint_name{"blocks.{layer}.mlp.experts.0.W_in", tensor_hint::unsupported, "a mixture of experts"},
    hint_name{"blocks.{layer}.mlp.ln.w", tensor_hint::unsupported, "a norm inside the MLP"},
    hint_name{"embed.embed.W_E", tensor_hint::unsupported, "norms after each sum (BERT)"},
};

inline constexpr std::array decision_transformer_extras = {
    extra_name{"state_embedding.weight",
               {model_axis::d_model, model_axis::any},
               flow::writes,
               "feature",
               matrix_role::embedding},
    extra_name{"action_embedding.0.weight", {model_axis::any, model_axis::d_model}, flow::writes, "action"},
    extra_name{"reward_embedding.0.weight", {model_axis::d_model, model_axis::any}, flow::writes, "reward"},
    extra_name{"time_embedding.weight", {model_axis::any, model_axis::d_model}, flow::writes, "time"},
    extra_name{"action_predictor.weight",
               {model_axis::any, model_axis::d_model},
               flow::reads,
               "action",
               matrix_role::unembedding},
    extra_name{"state_predictor.weight", {model_axis::any, model_axis::d_model}, flow::reads, "feature"},
    extra_name{"reward_predictor.weight", {model_axis::any, model_axis::d_model}, flow::reads, "reward"},
};

inline constexpr std::array<std::string_view, 1> decision_transformer_prefixes = {"transformer."};
inline constexpr std::array<std::string_view, 2> transformer_lens_prefixes = {"", "transformer."};

} // namespace detail

} // namespace svdlens::inline v0

#endif
