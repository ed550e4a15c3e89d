/// @file
/// A model's tokens called by their labels.
#ifndef SVDLENS_MODEL_TOKEN_AXIS_HPP
#define SVDLENS_MODEL_TOKEN_AXIS_HPP

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include "../directions/vector_set.hpp"

namespace svdlens::inline v0_2 {

/// The set with labels on its axis `token`: `with_token_labels(weights.unembed(), token_labels("model"))`.
/// No labels: the tokens stay numbers. Fewer than tokens (a vocabulary that is padded to a round number):
/// the rest are numbers. O(labels); vectors are shared.
/// @throws lookup_error (unknown_column) when the set has no axis `token`
/// @throws argument_error (wrong_label_count) when there are more labels than tokens
template <std::floating_point T>
basic_vector_set<T> with_token_labels(basic_vector_set<T> set, std::vector<std::string> labels);

/// The same for whatever inputs and outputs a model has: a set without tokens, and one of fewer tokens than labels, stays as
/// it is. O(tokens).
template <std::floating_point T>
basic_vector_set<T> named_tokens(basic_vector_set<T> set, const std::vector<std::string>& labels) {
    const auto axis = set.axes.find_axis("token");
    const bool fits = axis.has_value() && labels.size() <= set.axes[*axis].extent;
    return fits ? with_token_labels(std::move(set), labels) : set;
}

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/token_axis.hpp"
#endif

#endif
