/// @file
/// The communities of a graph: nodes that are joined among each other more than by their degrees alone.
#ifndef SVDLENS_GRAPH_COMMUNITIES_HPP
#define SVDLENS_GRAPH_COMMUNITIES_HPP

#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include "circuit_graph.hpp"

namespace svdlens::inline v0_2 {

/// An edge without a direction, of a weight that is not negative.
struct weighted_edge {
    std::size_t a = 0;
    std::size_t b = 0;
    double weight = 1;
};

/// Which community each node is in. Community 0 has the most nodes; equally large ones stand in the order of their first
/// nodes.
struct graph_communities {
    std::vector<std::size_t> community; ///< one per node
    std::vector<std::size_t> sizes;     ///< nodes per community, descending
    /// Σ over communities of (weight inside) / m - resolution ((degrees) / 2m)², m the weight of all edges: 0 for one
    /// community of everything, at most 1. 0 where there is no edge.
    double modularity = 0;

    /// How many communities there are.
    std::size_t count() const { return sizes.size(); }
};

struct community_options {
    double resolution = 1;   ///< above 1: smaller communities
    std::size_t orders = 16; ///< how many orders of the nodes are tried; of equal ones the first
};

/// Communities by Louvain's method: nodes move, one after the other, to the neighbouring community that gains most
/// modularity, of equal ones that of the lowest number, until none gains; communities become nodes, and so on; then single
/// nodes move again, as long as that gains. From several orders of the nodes, the first their own, the others shuffled by
/// a fixed generator; the best result is taken. No seed: the same graph has the same communities. A local optimum, whose
/// modularity is given. Parallel edges and both directions add up; loops count for their node. A node without edges is a
/// community by itself. O(edges) a round and an order, few rounds; memory O(nodes + edges).
///
/// Source: Blondel, Guillaume, Lambiotte, Lefebvre, Fast unfolding of communities in large networks (2008).
/// @throws argument_error (invalid_argument) for an edge of a node that is none, a weight that is negative or not finite,
/// a resolution that is not positive, or no order
graph_communities find_communities(std::size_t nodes, std::span<const weighted_edge> edges,
                                   const community_options& options = {});

/// The communities of a circuit graph, each edge of weight |score|.
/// @throws as above, for scores that are not finite
template <std::floating_point T>
graph_communities find_communities(const basic_circuit_graph<T>& graph,
                                   const community_options& options = {});

/// The modularity of any communities: `community` is one number a node. O(nodes + edges).
/// @throws as `find_communities`
double modularity_of(std::span<const std::size_t> community, std::span<const weighted_edge> edges,
                     const community_options& options = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/communities.hpp"
#endif

#endif
