/// @file
/// A model's inputs and outputs as tables of edges take them.
#ifndef SVDLENS_CIRCUIT_DETAIL_INPUT_SETS_HPP
#define SVDLENS_CIRCUIT_DETAIL_INPUT_SETS_HPP

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include "../../directions/vector_set.hpp"
#include "../../model/token_axis.hpp"
#include "../../projection/projection.hpp"

namespace svdlens::inline v0_2::detail {

/// Tokens by their text where it is known.
template <std::floating_point T>
basic_vector_set<T> named_tokens(basic_vector_set<T> set, const std::vector<std::string>& tokens) {
    const bool has_tokens = set.axes.find_axis("token").has_value() && tokens.size() <= set.size();
    return has_tokens ? with_token_labels(std::move(set), tokens) : set;
}

/// The features alone, which an embedding's only axis counts.
template <std::floating_point T>
projection_restriction only_features(const basic_vector_set<T>& embedding, index_list features) {
    return {{embedding.axes[0].name, std::move(features)}};
}

} // namespace svdlens::inline v0_2::detail

#endif
