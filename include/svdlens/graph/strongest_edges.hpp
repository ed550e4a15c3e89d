/// @file
/// The parts of a circuit graph that a person looks at first: its strongest edges, its hubs.
#ifndef SVDLENS_GRAPH_STRONGEST_EDGES_HPP
#define SVDLENS_GRAPH_STRONGEST_EDGES_HPP

#include <concepts>
#include <cstddef>
#include <vector>

#include "circuit_graph.hpp"

namespace svdlens::inline v0_2 {

/// Which edges count as the strongest.
enum class edge_choice {
    overall,     ///< those of largest |score|
    per_section, ///< the strongest of each section, then the second of each: small scores beside large ones
};

/// The graph of the `max_edges` strongest edges; where two come as early, the one of larger |score| is kept,
/// of equal ones that of the earlier section, then of the earlier row. `hidden_edges()` says how many were
/// left out. O(nodes + edges); per section O(nodes + edges log edges).
template <std::floating_point T>
basic_circuit_graph<T> strongest_edges(const basic_circuit_graph<T>& graph, std::size_t max_edges,
                                       edge_choice choice = edge_choice::overall);

/// The `count` nodes of highest degree (all edges that start or end there), highest first, of equal ones the
/// earlier node. O(nodes + count log count).
template <std::floating_point T>
std::vector<std::size_t> hubs(const basic_circuit_graph<T>& graph, std::size_t count);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/strongest_edges.hpp"
#endif

#endif
