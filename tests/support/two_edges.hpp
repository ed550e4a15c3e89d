/// @file
/// A random model in which two edges are known.
#ifndef SVDLENS_TESTS_SUPPORT_TWO_EDGES_HPP
#define SVDLENS_TESTS_SUPPORT_TWO_EDGES_HPP

#include <cstddef>
#include <vector>

#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace svdlens_tests {

/// A random model with two edges: what head 2 of layer 0 writes first is what neuron 5 of layer 1 reads, and what
/// the value input of head 1 of layer 1 is made of.
inline svdlens::transformer_weights with_two_edges() {
    auto model = make_random_model<float>({.layers = 2,
                                           .d_model = 48,
                                           .d_head = 6,
                                           .d_mlp = 30,
                                           .vocab = 20,
                                           .norm = svdlens::normalization::none});
    const auto heads = svdlens::singular_directions(svdlens::ov_circuits(model)).writing();
    const auto written = heads.layers[0].resident();
    svdlens::basic_matrix<float>& in = model.blocks[1].mlp->W_in;
    std::vector<float> changed(in.data(), in.data() + in.rows() * in.columns());
    for (std::size_t d = 0; d < 48; ++d) changed[d * 30 + 5] = 3 * written(12, d);
    in = {changed, 48, 30};
    auto& value = model.blocks[1].attention.W_V[1];
    std::vector<float> values(value.data(), value.data() + value.rows() * value.columns());
    for (std::size_t d = 0; d < 48; ++d) values[d * 6] = 20 * written(12, d);
    value = {values, 48, 6};
    return model;
}

} // namespace svdlens_tests

#endif
