/// @file
/// The columns of a drawn circuit graph: from what is read in, layer by layer, to what is predicted.
#ifndef SVDLENS_PLOT_NETWORK_COLUMNS_HPP
#define SVDLENS_PLOT_NETWORK_COLUMNS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "../core/text.hpp"
#include "../graph/circuit_graph.hpp"

namespace svdlens::inline v0::plot::detail {

/// Which column each node stands in, and what the columns hold, from left to right.
struct network_columns {
    std::vector<std::size_t> column;       ///< one per node
    std::vector<std::string> titles;       ///< `layer 2 neuron`
    std::vector<std::string> short_titles; ///< `L2`
};

/// How many more edges leave than reach the nodes of each entity: of those without a layer all edges, of
/// others those that stay in their layer. So what writes stands left of what reads it, whatever it is called.
template <std::floating_point T>
std::map<std::string, std::int64_t> edge_balance(const basic_circuit_graph<T>& graph) {
    std::map<std::string, std::int64_t> balance;
    for (const auto& edge : graph.edges()) {
        const auto& from = graph.nodes()[edge.source];
        const auto& to = graph.nodes()[edge.target];
        const bool same_layer = from.layer == to.layer;
        if (same_layer || !from.layer) ++balance[from.entity];
        if (same_layer || !to.layer) --balance[to.entity];
    }
    return balance;
}

/// Columns of one entity and layer. O(nodes + edges)
template <std::floating_point T>
network_columns find_columns(const basic_circuit_graph<T>& graph) {
    enum place { before_layers, in_layers, after_layers };
    using key = std::tuple<place, std::uint64_t, std::int64_t, std::string>;
    auto balance = edge_balance(graph);
    const auto key_of = [&](const graph_node& node) {
        const std::int64_t excess = balance[node.entity];
        const place where = node.layer ? in_layers : excess >= 0 ? before_layers : after_layers;
        return key{where, node.layer.value_or(0), -excess, node.entity};
    };
    std::map<key, std::size_t> numbers;
    for (const auto& node : graph.nodes()) numbers.emplace(key_of(node), 0);
    network_columns result;
    for (auto& [of, number] : numbers) {
        number = result.titles.size();
        const bool has_layer = std::get<place>(of) == in_layers;
        const auto& entity = std::get<std::string>(of);
        const std::string layer = to_text(std::get<std::uint64_t>(of));
        result.titles.push_back(has_layer ? "layer " + layer + " " + entity : entity);
        result.short_titles.push_back(has_layer ? "L" + layer : entity);
    }
    for (const auto& node : graph.nodes()) result.column.push_back(numbers.at(key_of(node)));
    return result;
}

} // namespace svdlens::inline v0::plot::detail

#endif
