/// @file
/// How heads attend by position alone.
#ifndef SVDLENS_CIRCUIT_POSITION_PROFILE_HPP
#define SVDLENS_CIRCUIT_POSITION_PROFILE_HPP

#include <concepts>
#include <cstddef>

#include "../core/execution.hpp"
#include "../directions/attention_profile.hpp"
#include "../model/transformer_weights.hpp"

namespace svdlens::inline v0_2 {

struct position_profile_options {
    std::size_t offsets = 8; ///< 0 to this - 1, or as many as there are positions
    bool causal = true;      ///< a position sees itself and what is before; false: all (encoders)
};

/// The attention of a text whose tokens say nothing: the softmax over j <= i of `weights.attention_scale` ·
/// W_pos W_QK W_posᵀ, without biases, averaged along its diagonals. 1 at offset 1: a previous-token head by
/// its positions.
///
/// The weights are taken as they are (`fold_norms` first); what a norm divides by is not in them. As
/// `attention_profile`.
/// @throws model_error (unsupported_model) for models without learned positions (rotary, ALiBi), and as
///         `matching_test`; as `qk_circuits` and `attention_profile`
template <std::floating_point T>
basic_attention_profile<T> position_profile(const basic_transformer_weights<T>& weights,
                                            const position_profile_options& options = {},
                                            const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/position_profile.hpp"
#endif

#endif
