/// @file
/// The OV circuits of a model: what each head moves from where it attends to where it stands.
#ifndef SVDLENS_CIRCUIT_OV_CIRCUITS_HPP
#define SVDLENS_CIRCUIT_OV_CIRCUITS_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include "../linalg/factored_set.hpp"
#include "../model/residual_ports.hpp"
#include "../model/transformer_weights.hpp"
#include "head_tensors.hpp"

namespace svdlens::inline v0 {

/// W_OV = W_V W_O of every head, as factors that share the weights' memory. Left singular directions read at
/// the attention's input, right ones write at its output. Grouped-query models: head h uses value head h / (H
/// / K). O(layers · heads).
/// @throws model_error (unknown_tensor) when a layer lacks W_V or W_O of a head
template <std::floating_point T>
basic_factored_set<T> ov_circuits(const basic_transformer_weights<T>& weights) {
    auto result = detail::empty_circuits(weights, "ov");
    for (std::size_t l = 0; l < weights.blocks.size(); ++l) {
        const auto& attention = weights.blocks[l].attention;
        detail::require_heads(weights, l, "W_V", attention.W_V.size(), weights.sizes.n_key_value_heads);
        detail::require_heads(weights, l, "W_O", attention.W_O.size(), weights.sizes.n_heads);
        for (std::size_t h = 0; h < weights.sizes.n_heads; ++h)
            result.matrices.push_back({.a = attention.W_V[detail::key_value_head(weights.sizes, h)],
                                       .b = attention.W_O[h],
                                       .a_name = detail::tensor_label(attention.names.W_V, l, "W_V"),
                                       .b_name = detail::tensor_label(attention.names.W_O, l, "W_O")});
    }
    result.left = port_of(residual_site::attention_in, weights.block_order, weights.blocks.size());
    result.right = port_of(residual_site::attention_out, weights.block_order, weights.blocks.size());
    return result;
}

} // namespace svdlens::inline v0

#endif
