/// @file
/// The bodies of graph/strongest_edges.hpp.
#ifndef SVDLENS_GRAPH_DETAIL_BODIES_STRONGEST_EDGES_HPP
#define SVDLENS_GRAPH_DETAIL_BODIES_STRONGEST_EDGES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <numeric>
#include <vector>

#include "../../circuit_graph.hpp"
#include "../../strongest_edges.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The positions [0, size) of which `before` puts the first `count`, best first. O(size + count log count).
template <class Before>
std::vector<std::size_t> first_positions(std::size_t size, std::size_t count, Before before) {
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto end = order.begin() + static_cast<std::ptrdiff_t>((std::min)(size, count));
    if (end != order.end()) std::nth_element(order.begin(), end, order.end(), before);
    order.erase(end, order.end());
    std::sort(order.begin(), order.end(), before);
    return order;
}

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

template <std::floating_point T>
basic_circuit_graph<T> strongest_edges(const basic_circuit_graph<T>& graph, std::size_t max_edges,
                                       edge_choice choice) {
    const auto& edges = graph.edges();
    const auto before = detail::stronger<T>(edges);
    std::vector<std::size_t> kept;
    if (choice == edge_choice::overall) {
        kept = detail::first_positions(edges.size(), max_edges, before);
    } else {
        const auto ranks = detail::ranks_in_sections(graph);
        kept = detail::first_positions(edges.size(), max_edges, [&](std::size_t a, std::size_t b) {
            return ranks[a] != ranks[b] ? ranks[a] < ranks[b] : before(a, b);
        });
    }
    std::sort(kept.begin(), kept.end());
    return graph.subgraph(kept);
}

template <std::floating_point T>
std::vector<std::size_t> hubs(const basic_circuit_graph<T>& graph, std::size_t count) {
    return detail::first_positions(graph.nodes().size(), count, [&](std::size_t a, std::size_t b) {
        return graph.degree(a) != graph.degree(b) ? graph.degree(a) > graph.degree(b) : a < b;
    });
}

#ifdef SVDLENS_COMPILED
template basic_circuit_graph<float> strongest_edges(const basic_circuit_graph<float>& graph,
                                                    std::size_t max_edges, edge_choice choice);
template basic_circuit_graph<double> strongest_edges(const basic_circuit_graph<double>& graph,
                                                     std::size_t max_edges, edge_choice choice);
template std::vector<std::size_t> hubs(const basic_circuit_graph<float>& graph, std::size_t count);
template std::vector<std::size_t> hubs(const basic_circuit_graph<double>& graph, std::size_t count);
#endif

} // namespace svdlens::inline v0_2

#endif
