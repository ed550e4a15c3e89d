/// @file
/// The bodies of graph/components.hpp.
#ifndef SVDLENS_GRAPH_DETAIL_BODIES_COMPONENTS_HPP
#define SVDLENS_GRAPH_DETAIL_BODIES_COMPONENTS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <ostream>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../circuit_graph.hpp"
#include "../../components.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Disjoint sets with path halving and union by size.
class disjoint_sets {
  public:
    explicit disjoint_sets(std::size_t count) : parent_(count), size_(count, 1) {
        std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    }

    std::size_t find(std::size_t k) {
        while (parent_[k] != k) k = parent_[k] = parent_[parent_[k]];
        return k;
    }

    void join(std::size_t a, std::size_t b) {
        a = find(a);
        b = find(b);
        if (a == b) return;
        if (size_[a] < size_[b]) std::swap(a, b);
        parent_[b] = a;
        size_[a] += size_[b];
    }

    std::size_t size(std::size_t root) const { return size_[root]; }

  private:
    std::vector<std::size_t> parent_;
    std::vector<std::size_t> size_; // of roots
};

} // namespace detail

template <std::floating_point T>
graph_components connected_components(const basic_circuit_graph<T>& graph) {
    const std::size_t nodes = graph.nodes().size();
    detail::disjoint_sets sets(nodes);
    for (const auto& edge : graph.edges()) sets.join(edge.source, edge.target);

    std::vector<std::size_t> roots; // in the order of the components' first nodes
    std::vector<bool> seen(nodes, false);
    for (std::size_t k = 0; k < nodes; ++k) {
        const auto root = sets.find(k);
        if (!seen[root]) roots.push_back(root);
        seen[root] = true;
    }
    std::stable_sort(roots.begin(), roots.end(),
                     [&](std::size_t a, std::size_t b) { return sets.size(a) > sets.size(b); });

    graph_components result;
    std::vector<std::size_t> number(nodes);
    for (const auto root : roots) {
        number[root] = result.sizes.size();
        result.sizes.push_back(sets.size(root));
    }
    result.component.resize(nodes);
    for (std::size_t k = 0; k < nodes; ++k) result.component[k] = number[sets.find(k)];
    return result;
}

template <std::floating_point T>
component_summary summarize(const basic_circuit_graph<T>& graph, const graph_components& components) {
    return {graph.nodes().size(), graph.edges().size(), graph.hidden_edges(), components.sizes};
}

template <std::floating_point T>
component_summary summarize(const basic_circuit_graph<T>& graph) {
    return summarize(graph, connected_components(graph));
}

SVDLENS_BODY std::ostream& operator<<(std::ostream& out, const component_summary& summary) {
    constexpr std::size_t shown = 10;
    const auto count = [&](std::uint64_t n, const char* thing) -> std::ostream& {
        return out << n << ' ' << thing << (n == 1 ? "" : "s");
    };
    count(summary.nodes, "node") << ", ";
    count(summary.edges, "edge");
    if (summary.hidden_edges != 0) out << " (" << summary.hidden_edges << " more hidden)";
    out << ", ";
    count(summary.sizes.size(), "component");
    for (std::size_t k = 0; k < (std::min)(shown, summary.sizes.size()); ++k)
        out << (k == 0 ? ": " : " ") << summary.sizes[k];
    return out << (summary.sizes.size() > shown ? " ..." : "");
}

#ifdef SVDLENS_COMPILED
template graph_components connected_components(const basic_circuit_graph<float>& graph);
template graph_components connected_components(const basic_circuit_graph<double>& graph);
template component_summary summarize(const basic_circuit_graph<float>& graph,
                                     const graph_components& components);
template component_summary summarize(const basic_circuit_graph<double>& graph,
                                     const graph_components& components);
template component_summary summarize(const basic_circuit_graph<float>& graph);
template component_summary summarize(const basic_circuit_graph<double>& graph);
#endif

} // namespace svdlens::inline v0_2

#endif
