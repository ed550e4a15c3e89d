/// @file
/// The OV and QK circuits of every head as factored matrices.
#ifndef SVDLENS_CIRCUIT_CIRCUITS_HPP
#define SVDLENS_CIRCUIT_CIRCUITS_HPP

#include <concepts>
#include <cstdint>

#include "../directions/factored_set.hpp"
#include "../directions/vector_set.hpp"
#include "../model/transformer_weights.hpp"

namespace svdlens::inline v0_2 {

/// What circuits make of biases.
enum class circuit_biases {
    left_out,
    /// As one more row of W_V, W_Q and W_K, for a stream [x, 1]: the sides that read have d_model + 1 entries, the last
    /// what reads the 1, in which `with_one` puts vectors. Where a model has no such bias the row is 0. b_O, which is no
    /// head's, is not there. The sets are called `ov_with_biases`, `qk_with_biases`.
    included
};

/// W_OV = W_V W_O of every head, as factors that share the weights' memory. Left singular directions read at
/// the attention's input, right ones write at its output. Grouped-query models: head h uses value head h / (H
/// / K). O(layers · heads).
/// @throws model_error (unknown_tensor) when a layer lacks W_V or W_O of a head; (wrong_shape) for a bias that does not fit
template <std::floating_point T>
basic_factored_set<T> ov_circuits(const basic_transformer_weights<T>& weights,
                                  circuit_biases biases = circuit_biases::left_out);

/// W_QK = W_Q W_Kᵀ of every head, as factors that share the weights' memory. Values are those of q·k without
/// biases: an attention score is `weights.attention_scale` times that (1/√d_head mostly; 1 in GPT-Neo; what
/// the config says in Granite and Gemma 2), which is not included, and the provenance says it where it is not
/// 1/√d_head. So values compare within a model, and between models times that number. Left singular
/// directions are the query side, right ones the key side; both read at the attention's input. Grouped-query
/// models: head h uses key head h / (H / K). O(layers · heads).
/// @throws model_error (unsupported_model) for models with rotary positions (`rotary_qk_circuits`) or
///         normalised queries and keys; (unknown_tensor) when a layer lacks W_Q or W_K of a head
template <std::floating_point T>
basic_factored_set<T> qk_circuits(const basic_transformer_weights<T>& weights,
                                  circuit_biases biases = circuit_biases::left_out);

/// The QK circuits of a rotary model where the query stands `offset` positions behind the key (0: at it;
/// causal heads see no negative ones): W_Q R(offset) W_Kᵀ of every head, so that x W yᵀ is the dot product of
/// the query of x at position i, turned, and the key of y at position j = i - offset, turned; biases and
/// `weights.attention_scale` not included. How positions turn is `weights.rotary`: read from
/// the config, or set by the caller. The set is called `qk_at_{offset}`, so that directions at two offsets are two things.
///
/// Sides, ports and key heads as `qk_circuits`. W_K's memory is shared, W_Q R(offset) is deferred: turned,
/// with angles in double, when a head is asked for. O(layers · heads · d_head). NaN stays NaN.
/// @throws model_error (unsupported_model) for models without rotary positions (`qk_circuits`), whose
///         `rotary` nobody knows, with normalised queries and keys, or with a scaling that is not known;
///         (invalid_config) for parameters out of range; (unknown_tensor) when a layer lacks W_Q or W_K
template <std::floating_point T>
basic_factored_set<T> rotary_qk_circuits(const basic_transformer_weights<T>& weights, std::int64_t offset,
                                         circuit_biases biases = circuit_biases::left_out);

/// The vectors with an entry of 1 behind them: what a circuit with biases reads beside its own reading directions. They
/// are not centred in that space, and deferred. O(layers).
template <std::floating_point T>
basic_vector_set<T> with_one(basic_vector_set<T> set);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/circuits.hpp"
#endif

#endif
