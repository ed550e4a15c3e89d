/// @file
/// Which pairs of heads form an induction circuit, in logits.
#ifndef SVDLENS_CIRCUIT_INDUCTION_CIRCUITS_HPP
#define SVDLENS_CIRCUIT_INDUCTION_CIRCUITS_HPP

#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "../directions/attention_profile.hpp"
#include "../directions/chained_diagonal_test.hpp"
#include "../directions/diagonal_test.hpp"
#include "../model/transformer_weights.hpp"
#include "diagonal_tests.hpp"

namespace svdlens::inline v0_2 {

/// What decides whether two heads repeat what came after a token before. A circuit takes four things: the
/// earlier head attends one position back (`positions`, where the model has learned ones), the later one
/// finds what it wrote (`pairs`), copies the token there (`copying`), and does not just match tokens
/// (`matching`).
template <std::floating_point T>
struct basic_induction_circuits {
    std::vector<basic_chained_test<T>> pairs;      ///< all heads l < m, in attention logits of the later head
    basic_diagonal_test<T> matching;               ///< `matching_test`
    std::optional<basic_diagonal_test<T>> copying; ///< `copying_test`, where it is defined
    std::optional<basic_attention_profile<T>> positions; ///< `position_profile`, where it is defined
    std::vector<std::string> notes;                      ///< what is not, and why
};

using float_induction_circuits = basic_induction_circuits<float>;

/// The attention logit of every head to the token *after* an earlier occurrence of the token that it stands
/// on, above that to all others, when a head of an earlier layer moved each token one on: the diagonal test
/// of X = Y = W_E, W = `weights.attention_scale` · W_QK W_OVᵀ (`chained_diagonal_test`). Composition scores
/// do not decide that: they see norms, and not which token is led to which.
///
/// Advantage is what decides; it says nothing of whether the earlier head attends one back in a rotary model,
/// which has no vectors of positions. Notes in diagonal_tests.hpp on norms and biases hold here, too. Moments
/// of tokens are summed once for all tests. O(vocabulary · d² + layers · heads · d² r + pairs of heads · (d
/// r² + r³)).
/// @throws as `matching_test`, `ov_circuits` and `chained_diagonal_test`
template <std::floating_point T>
basic_induction_circuits<T> induction_circuits(const basic_transformer_weights<T>& weights,
                                               const token_test_options& options = {},
                                               const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/induction_circuits.hpp"
#endif

#endif
