/// @file
/// A model's inputs and outputs as tables of edges take them.
#ifndef SVDLENS_CIRCUIT_DETAIL_INPUT_SETS_HPP
#define SVDLENS_CIRCUIT_DETAIL_INPUT_SETS_HPP

#include <concepts>
#include <utility>

#include "../../directions/vector_set.hpp"
#include "../../projection/projection.hpp"

namespace svdlens::inline v0_2::detail {

/// The features alone, which an embedding's only axis counts.
template <std::floating_point T>
projection_restriction only_features(const basic_vector_set<T>& embedding, index_list features) {
    return {{embedding.axes[0].name, std::move(features)}};
}

} // namespace svdlens::inline v0_2::detail

#endif
