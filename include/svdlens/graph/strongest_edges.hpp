/// @file
/// The parts of a circuit graph that a person looks at first: its strongest edges, its hubs.
#ifndef SVDLENS_GRAPH_STRONGEST_EDGES_HPP
#define SVDLENS_GRAPH_STRONGEST_EDGES_HPP

#include <concepts>
#include <cstddef>
#include <vector>

#include "circuit_graph.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether an edge comes before another: by |score|, of equal ones by position.
template <std::floating_point T>
auto stronger(const std::vector<graph_edge<T>>& edges) {
    return [&edges](std::size_t a, std::size_t b) {
        const T weight_a = std::abs(edges[a].score);
        const T weight_b = std::abs(edges[b].score);
        return weight_a != weight_b ? weight_a > weight_b : a < b;
    };
}

/// How many edges of its own section are stronger, for each edge. O(edges log edges)
template <std::floating_point T>
std::vector<std::size_t> ranks_in_sections(const basic_circuit_graph<T>& graph) {
    const auto& edges = graph.edges();
    std::vector<std::size_t> ranks(edges.size()), seen(graph.sections().size());
    for (const auto k : first_positions(edges.size(), edges.size(), stronger<T>(edges)))
        ranks[k] = seen[edges[k].section]++;
    return ranks;
}

} // namespace detail

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
