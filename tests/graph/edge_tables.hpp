/// @file
/// Small edge lists to make graphs of.
#ifndef SVDLENS_TESTS_GRAPH_EDGE_TABLES_HPP
#define SVDLENS_TESTS_GRAPH_EDGE_TABLES_HPP

#include <string>
#include <utility>
#include <vector>

#include "svdlens/table/selection.hpp"

namespace svdlens_tests {

/// 2 layers, 2 heads, 3 directions, to `neurons` neurons of 2 layers: axes (target_layer, layer, head,
/// direction, neuron).
inline svdlens::axes direction_to_neuron(std::string title, std::uint64_t neurons = 4) {
    svdlens::axes axes(
        {{"target_layer", 2}, {"layer", 2}, {"head", 2}, {"direction", 3}, {"neuron", neurons}},
        {{"source", "L{layer}H{head}.{direction}", "direction"},
         {"target", "L{target_layer}N{neuron}", "neuron"}});
    axes.set_title(std::move(title));
    axes.set_provenance("model.safetensors, folded");
    return axes;
}

/// Named things to the directions of the same heads.
inline svdlens::axes token_to_direction(std::vector<std::string> tokens) {
    svdlens::axes axes(
        {{"token", std::move(tokens)}, {"layer", 2}, {"head", 2}, {"direction", 3}},
        {{"source", "{token}", "token"}, {"target", "L{layer}H{head}.{direction}", "direction"}});
    axes.set_title("embed_to_ov");
    axes.set_provenance("model.safetensors, folded");
    return axes;
}

/// `from` and `to` over the same `count` nodes.
inline svdlens::axes any_edges(std::uint64_t count) {
    return {{{"from", count}, {"to", count}}, {{"source", "{from}", "node"}, {"target", "{to}", "node"}}};
}

/// The row of an index.
inline svdlens::row_number row(const svdlens::axes& axes, std::vector<std::uint64_t> index) {
    return axes.row(index);
}

} // namespace svdlens_tests

#endif
