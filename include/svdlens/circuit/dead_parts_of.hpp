/// @file
/// The dead parts of a whole model.
#ifndef SVDLENS_CIRCUIT_DEAD_PARTS_OF_HPP
#define SVDLENS_CIRCUIT_DEAD_PARTS_OF_HPP

#include <concepts>
#include <vector>

#include "../core/execution.hpp"
#include "../directions/dead_parts.hpp"
#include "../directions/vector_set.hpp"
#include "../model/transformer_weights.hpp"

namespace svdlens::inline v0_2 {

/// A model's heads and neurons that weigh less than `dead_share` of the largest of their kind: the heads by their
/// directions (`singular_directions(ov_circuits(weights)).writing()`), the neurons by what they read, by
/// their gates and by what they write, those of experts and routers too, each kind that the model has for
/// itself.
/// @throws as `dead_heads` and `dead_vectors`; model_error (wrong_shape) when layers differ
///
/// O(MLP values), in parallel.
template <std::floating_point T>
std::vector<dead_parts> dead_parts_of(const basic_transformer_weights<T>& weights,
                                      const basic_vector_set<T>& directions, const execution& run = {}) {
    std::vector<dead_parts> all{dead_heads(directions)};
    for (const auto& each : weights.mlp_readers()) all.push_back(dead_vectors(each, dead_share, run));
    for (const auto& each : weights.mlp_writers()) all.push_back(dead_vectors(each, dead_share, run));
    return all;
}

} // namespace svdlens::inline v0_2

#endif
