/// @file
/// The QK circuits of a model: which residual streams each head's queries look for in which keys.
#ifndef SVDLENS_CIRCUIT_QK_CIRCUITS_HPP
#define SVDLENS_CIRCUIT_QK_CIRCUITS_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include "../core/error.hpp"
#include "../linalg/factored_set.hpp"
#include "../model/residual_ports.hpp"
#include "../model/transformer_weights.hpp"
#include "head_tensors.hpp"

namespace svdlens::inline v0 {

namespace detail {

template <std::floating_point T>
void require_plain_attention(const basic_transformer_weights<T>& weights) {
    if (weights.has_qk_norm)
        throw model_error(errc::unsupported_model, weights.file +
                                                       ": no QK circuits: queries or keys are normalised " +
                                                       "per token, so that no matrix W_Q W_K^T exists");
    if (weights.has_rotary)
        throw model_error(errc::unsupported_model,
                          weights.file + ": no QK circuits: queries and keys are rotated by " +
                              "position, and W_Q W_K^T is the circuit at offset 0 only");
}

} // namespace detail

/// W_QK = W_Q W_Kᵀ of every head, as factors that share the weights' memory; 1/√d_head is not included. Left
/// singular directions are the query side, right ones the key side; both read at the attention's input.
/// Grouped-query models: head h uses key head h / (H / K). O(layers · heads).
/// @throws model_error (unsupported_model) for models with rotary positions or normalised queries and keys;
///         (unknown_tensor) when a layer lacks W_Q or W_K of a head
template <std::floating_point T>
basic_factored_set<T> qk_circuits(const basic_transformer_weights<T>& weights) {
    detail::require_plain_attention(weights);
    auto result = detail::empty_circuits(weights, "qk");
    for (std::size_t l = 0; l < weights.blocks.size(); ++l) {
        const auto& attention = weights.blocks[l].attention;
        detail::require_heads(weights, l, "W_Q", attention.W_Q.size(), weights.sizes.n_heads);
        detail::require_heads(weights, l, "W_K", attention.W_K.size(), weights.sizes.n_key_value_heads);
        for (std::size_t h = 0; h < weights.sizes.n_heads; ++h)
            result.matrices.push_back(
                {.a = attention.W_Q[h],
                 .b = attention.W_K[detail::key_value_head(weights.sizes, h)].transposed(),
                 .a_name = detail::tensor_label(attention.names.W_Q, l, "W_Q"),
                 .b_name = detail::tensor_label(attention.names.W_K, l, "W_K")});
    }
    result.left = port_of(residual_site::attention_in, weights.block_order, weights.blocks.size());
    result.right = result.left;
    return result;
}

} // namespace svdlens::inline v0

#endif
