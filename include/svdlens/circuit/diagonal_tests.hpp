/// @file
/// Whether heads copy tokens, match them, or look back by a number of positions: diagonal tests of a model.
#ifndef SVDLENS_CIRCUIT_DIAGONAL_TESTS_HPP
#define SVDLENS_CIRCUIT_DIAGONAL_TESTS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "../core/execution.hpp"
#include "../directions/diagonal_test.hpp"
#include "../model/transformer_weights.hpp"

namespace svdlens::inline v0_2 {

// The weights are taken as they are: of a model with norms, `fold_norms` first, so that the gains are in
// them. What a norm divides each token by is in no weight: advantages are in logits for tokens as the
// embedding has them, and `diagonal_test(qk_circuits(weights), normalized(weights.embed()))` takes them at
// unit length. Biases add the same number to all of a row or of a column and change neither advantage nor z.

/// Whether attending to a token makes the same token likelier: X = W_E, W = W_OV, Y = W_U of every head.
/// Advantage: the logits of the same token above those of the others, at attention 1; strongly negative: copy
/// suppression. (The published score by eigenvalues, `copying_scores`, has no scale.) As `diagonal_test`;
/// grouped-query models as `ov_circuits`.
/// @throws model_error (unsupported_model) for models without embedding and unembedding of the same tokens,
///         and for post-norm models; as `ov_circuits` and `diagonal_test`
template <std::floating_point T>
basic_diagonal_test<T> copying_test(const basic_transformer_weights<T>& weights, const execution& run = {});

struct token_test_options {
    /// How many positions the query stands behind the key (0: at it): rotary models attend by that, and only
    /// there it is asked for. Other models attend alike at any offset.
    std::optional<std::int64_t> offset = {};
};

/// Whether a head attends to the token that it stands on, wherever that is (duplicate tokens): X = Y = W_E, W
/// = `weights.attention_scale` · W_QK. Advantage: in attention logits. As `diagonal_test`.
/// @throws model_error (unsupported_model) for rotary models without an offset; for models with normalised
///         queries and keys, post-norm models, and those whose attention scale nobody knows; as
///         `qk_circuits`, `rotary_qk_circuits` and `diagonal_test`
template <std::floating_point T>
basic_diagonal_test<T> matching_test(const basic_transformer_weights<T>& weights,
                                     const token_test_options& options = {}, const execution& run = {});

struct position_test_options {
    std::size_t offset = 1; ///< 1: the position before
};

/// Whether a head attends `offset` positions back by learned positions alone: X = W_pos from `offset` on, Y =
/// W_pos without as many at its end, W = `weights.attention_scale` · W_QK. Advantage in attention logits,
/// over all pairs of positions, later ones too; `position_profile` says how much attention that makes. As
/// `diagonal_test`.
/// @throws model_error (unsupported_model) for models without learned positions (rotary, ALiBi), and as
///         `matching_test`
/// @throws argument_error (invalid_argument) when fewer than two positions have one `offset` before them
template <std::floating_point T>
basic_diagonal_test<T> previous_token_test(const basic_transformer_weights<T>& weights,
                                           const position_test_options& options = {},
                                           const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/diagonal_tests.hpp"
#endif

#endif
