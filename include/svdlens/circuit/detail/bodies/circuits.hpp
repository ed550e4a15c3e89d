/// @file
/// The bodies of circuit/circuits.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_CIRCUITS_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_CIRCUITS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/factored_set.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../model/detail/processing_steps.hpp"
#include "../../../model/detail/refusals.hpp"
#include "../../../model/residual_ports.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../circuits.hpp"
#include "../../rotary.hpp"
#include "../bias_rows.hpp"
#include "../head_tensors.hpp"
#include "../turned_weights.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
basic_factored_set<T> ov_circuits(const basic_transformer_weights<T>& weights, circuit_biases biases) {
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
    result.left_centered = weights.is_centered(residual_site::attention_in);
    result.right_centered = weights.is_centered(residual_site::attention_out);
    if (biases == circuit_biases::included) {
        detail::add_bias_rows(weights, result, detail::attention_bias::value);
        detail::say_biases(result);
    }
    return result;
}

namespace detail {

/// W_Q · W_Kᵀ of every head, whatever positions do.
template <std::floating_point T>
basic_factored_set<T> unrotated_qk(const basic_transformer_weights<T>& weights, std::string name,
                                   circuit_biases biases) {
    auto result = empty_circuits(weights, std::move(name));
    for (std::size_t l = 0; l < weights.blocks.size(); ++l) {
        const auto& attention = weights.blocks[l].attention;
        require_heads(weights, l, "W_Q", attention.W_Q.size(), weights.sizes.n_heads);
        require_heads(weights, l, "W_K", attention.W_K.size(), weights.sizes.n_key_value_heads);
        for (std::size_t h = 0; h < weights.sizes.n_heads; ++h)
            result.matrices.push_back({.a = attention.W_Q[h],
                                       .b = attention.W_K[key_value_head(weights.sizes, h)].transposed(),
                                       .a_name = tensor_label(attention.names.W_Q, l, "W_Q"),
                                       .b_name = tensor_label(attention.names.W_K, l, "W_K")});
    }
    result.left = port_of(residual_site::attention_in, weights.block_order, weights.blocks.size());
    result.right = result.left;
    result.left_centered = result.right_centered = weights.is_centered(residual_site::attention_in);
    if (weights.has_unusual_scores())
        result.provenance +=
            "; the model scales its scores by " + to_rounded_text(*weights.attention_scale, 6);
    if (biases == circuit_biases::included) {
        add_bias_rows(weights, result, attention_bias::query);
        add_bias_rows(weights, result, attention_bias::key);
        say_biases(result);
    }
    return result;
}

} // namespace detail

template <std::floating_point T>
basic_factored_set<T> qk_circuits(const basic_transformer_weights<T>& weights, circuit_biases biases) {
    detail::require_allowed(weights.file, "qk_circuits", detail::refusal_of_qk(weights));
    return detail::unrotated_qk(weights, "qk", biases);
}

template <std::floating_point T>
basic_factored_set<T> rotary_qk_circuits(const basic_transformer_weights<T>& weights, std::int64_t offset,
                                         circuit_biases biases) {
    detail::require_allowed(weights.file, "rotary_qk_circuits", detail::refusal_of_rotary_qk(weights));
    const rotary_embedding& rotary = *weights.rotary;
    auto result = detail::unrotated_qk(weights, "qk_at_" + to_text(offset), biases);
    for (const auto& each : result.matrices)
        if (each.a.columns() < rotary.dimensions)
            detail::throw_rotary(weights.file, "expected at most the " + to_text(each.a.columns()) +
                                                   " dimensions of a head, found " +
                                                   to_text(rotary.dimensions));
    const auto frequencies = rotary_frequencies(rotary, weights.file);
    for (auto& each : result.matrices) each.a = detail::turned(each.a, rotary, frequencies, offset);
    result.provenance += "; query " + to_text(offset) + " positions behind key";
    return result;
}

template <std::floating_point T>
basic_vector_set<T> with_one(basic_vector_set<T> set) {
    for (auto& m : set.layers)
        if (m.rows() != 0) m = detail::with_row(m.transposed(), std::vector<T>(m.rows(), T{1})).transposed();
    set.centered = false;
    set.provenance += set.provenance.empty() ? "an entry of 1 behind" : "; an entry of 1 behind";
    return set;
}

#ifdef SVDLENS_COMPILED
template basic_factored_set<float> ov_circuits(const basic_transformer_weights<float>& weights,
                                               circuit_biases biases);
template basic_factored_set<double> ov_circuits(const basic_transformer_weights<double>& weights,
                                                circuit_biases biases);
template basic_factored_set<float> qk_circuits(const basic_transformer_weights<float>& weights,
                                               circuit_biases biases);
template basic_factored_set<double> qk_circuits(const basic_transformer_weights<double>& weights,
                                                circuit_biases biases);
template basic_factored_set<float> rotary_qk_circuits(const basic_transformer_weights<float>& weights,
                                                      std::int64_t offset, circuit_biases biases);
template basic_factored_set<double> rotary_qk_circuits(const basic_transformer_weights<double>& weights,
                                                       std::int64_t offset, circuit_biases biases);
template basic_vector_set<float> with_one(basic_vector_set<float> set);
template basic_vector_set<double> with_one(basic_vector_set<double> set);
#endif

} // namespace svdlens::inline v0_2

#endif
