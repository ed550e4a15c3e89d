/// @file
/// The weakly connected components of a circuit graph: the pieces into which it falls.
#ifndef SVDLENS_GRAPH_COMPONENTS_HPP
#define SVDLENS_GRAPH_COMPONENTS_HPP

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <vector>

#include "circuit_graph.hpp"

namespace svdlens::inline v0_2 {

/// Which piece of a graph each node is in. Component 0 is the largest; equally large ones stand in the order
/// of their first nodes.
struct graph_components {
    std::vector<std::size_t> component; ///< one per node
    std::vector<std::size_t> sizes;     ///< nodes per component, descending

    /// How many components there are.
    std::size_t count() const { return sizes.size(); }
    /// Nodes of the largest, 0 of an empty graph.
    std::size_t largest() const { return sizes.empty() ? 0 : sizes.front(); }
};

/// A graph in a line: `12 nodes, 34 edges (5 more hidden), 3 components: 8 3 1`.
struct component_summary {
    std::size_t nodes = 0;
    std::size_t edges = 0;
    std::uint64_t hidden_edges = 0;
    std::vector<std::size_t> sizes; ///< nodes per component, descending
};

/// The weakly connected components: an edge joins its ends whichever way it points. O(nodes + edges), nearly.
template <std::floating_point T>
graph_components connected_components(const basic_circuit_graph<T>& graph);

/// The summary of a graph, from its components.
template <std::floating_point T>
component_summary summarize(const basic_circuit_graph<T>& graph, const graph_components& components);

/// The summary of a graph whose components are found on the way.
template <std::floating_point T>
component_summary summarize(const basic_circuit_graph<T>& graph);

/// One line without its end; of the sizes, the ten largest.
std::ostream& operator<<(std::ostream& out, const component_summary& summary);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/components.hpp"
#endif

#endif
