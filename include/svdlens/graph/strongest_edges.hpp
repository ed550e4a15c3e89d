/// @file
/// The parts of a circuit graph that a person looks at first: its strongest edges, its hubs.
#ifndef SVDLENS_GRAPH_STRONGEST_EDGES_HPP
#define SVDLENS_GRAPH_STRONGEST_EDGES_HPP

#include <cstddef>
#include <vector>

#include "circuit_graph.hpp"

namespace svdlens::inline v0_2 {

/// The graph of the `max_edges` edges of largest |score|, of equal ones those of the earlier section, then of
/// the earlier row. `hidden_edges()` says how many were left out. O(nodes + edges).
template <std::floating_point T>
basic_circuit_graph<T> strongest_edges(const basic_circuit_graph<T>& graph, std::size_t max_edges);

/// The `count` nodes of highest degree (all edges that start or end there), highest first, of equal ones the
/// earlier node. O(nodes + count log count).
template <std::floating_point T>
std::vector<std::size_t> hubs(const basic_circuit_graph<T>& graph, std::size_t count);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/strongest_edges.hpp"
#endif

#endif
