/// @file
/// The bodies of graph/communities.hpp.
#ifndef SVDLENS_GRAPH_DETAIL_BODIES_COMMUNITIES_HPP
#define SVDLENS_GRAPH_DETAIL_BODIES_COMMUNITIES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/random_positions.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../circuit_graph.hpp"
#include "../../communities.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A graph by its nodes' neighbours, each once, in the order of their numbers.
class neighbour_lists {
  public:
    struct neighbour {
        std::size_t node;
        double weight;
    };

    neighbour_lists(std::size_t nodes, std::span<const weighted_edge> edges) :
        loops_(nodes), degrees_(nodes), begins_(nodes + 1) {
        std::vector<weighted_edge> both;
        for (const auto& each : edges) {
            total_ += each.weight;
            degrees_[each.a] += each.weight;
            degrees_[each.b] += each.weight;
            if (each.a == each.b) {
                loops_[each.a] += each.weight;
            } else {
                both.push_back(each);
                both.push_back({each.b, each.a, each.weight});
            }
        }
        // Stable, so that weights of parallel edges are always added in one order.
        std::stable_sort(both.begin(), both.end(), [](const weighted_edge& x, const weighted_edge& y) {
            return std::pair(x.a, x.b) < std::pair(y.a, y.b);
        });
        for (std::size_t k = 0; k < both.size(); ++k) {
            if (k != 0 && both[k - 1].a == both[k].a && both[k - 1].b == both[k].b) {
                list_.back().weight += both[k].weight;
            } else {
                list_.push_back({both[k].b, both[k].weight});
                ++begins_[both[k].a + 1];
            }
        }
        std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    }

    std::size_t nodes() const { return loops_.size(); }
    std::span<const neighbour> of(std::size_t node) const {
        return std::span(list_).subspan(begins_[node], begins_[node + 1] - begins_[node]);
    }
    double loop(std::size_t node) const { return loops_[node]; }
    double degree(std::size_t node) const { return degrees_[node]; }
    double total() const { return total_; } ///< m

  private:
    double total_ = 0;
    std::vector<double> loops_, degrees_;
    std::vector<std::size_t> begins_;
    std::vector<neighbour> list_;
};

/// Moves single nodes while modularity grows. The community of each node, numbered from 0 without gaps.
class louvain_level {
  public:
    /// @param begin the communities that nodes are in at first, below their number
    louvain_level(const neighbour_lists& graph, std::vector<std::size_t> begin, double resolution) :
        graph_(graph), resolution_(resolution), community_(std::move(begin)), degrees_(graph.nodes()),
        inside_(graph.nodes()), is_near_(graph.nodes()) {
        for (std::size_t k = 0; k < graph.nodes(); ++k) degrees_[community_[k]] += graph.degree(k);
    }

    std::vector<std::size_t> communities() {
        if (graph_.total() > 0)
            while (move_all()) {
            }
        return numbered(community_);
    }

    /// Numbers in the order of the first node that has them.
    static std::vector<std::size_t> numbered(const std::vector<std::size_t>& community) {
        std::vector<std::size_t> number(community.size(), community.size()), result;
        std::size_t count = 0;
        for (const auto each : community) {
            if (number[each] == community.size()) number[each] = count++;
            result.push_back(number[each]);
        }
        return result;
    }

  private:
    /// Whether any node moved.
    bool move_all() {
        bool moved = false;
        for (std::size_t node = 0; node < graph_.nodes(); ++node) moved = move(node) || moved;
        return moved;
    }

    /// What a node's edges into a community and the degrees there gain, in units of weight.
    double gain(std::size_t node, std::size_t community) const {
        return inside_[community] -
               resolution_ * degrees_[community] * graph_.degree(node) / (2 * graph_.total());
    }

    bool move(std::size_t node) {
        const std::size_t old = community_[node];
        near_.assign(1, old);
        is_near_[old] = true;
        for (const auto& each : graph_.of(node)) {
            const std::size_t community = community_[each.node];
            if (!is_near_[community]) near_.push_back(community);
            is_near_[community] = true;
            inside_[community] += each.weight;
        }
        degrees_[old] -= graph_.degree(node);
        // What rounding may gain is no gain: else nodes would move for ever.
        const double least = 1e-12 * graph_.total();
        std::size_t best = old;
        double most = gain(node, old) + least;
        std::sort(near_.begin(), near_.end());
        for (const auto community : near_) {
            if (!(gain(node, community) > most)) continue;
            best = community;
            most = gain(node, community);
        }
        degrees_[best] += graph_.degree(node);
        community_[node] = best;
        for (const auto community : near_) {
            inside_[community] = 0;
            is_near_[community] = false;
        }
        return best != old;
    }

    const neighbour_lists& graph_;
    double resolution_;
    std::vector<std::size_t> community_;
    std::vector<double> degrees_; // by community
    std::vector<double> inside_;  // of the node that moves into each community
    std::vector<bool> is_near_;
    std::vector<std::size_t> near_;
};

inline void require_graph(std::size_t nodes, std::span<const weighted_edge> edges,
                          const community_options& options) {
    if (options.orders == 0)
        throw argument_error(errc::invalid_argument, "communities: expected at least one order of the nodes");
    if (!(options.resolution > 0) || !std::isfinite(options.resolution))
        throw argument_error(errc::invalid_argument, "communities: expected a resolution above 0, found " +
                                                         to_text(options.resolution));
    double total = 0;
    for (const auto& each : edges) {
        if (each.a >= nodes || each.b >= nodes)
            throw argument_error(errc::invalid_argument, "communities: expected edges of " + to_text(nodes) +
                                                             " nodes, found one between " + to_text(each.a) +
                                                             " and " + to_text(each.b));
        if (!(each.weight >= 0) || !std::isfinite(each.weight))
            throw argument_error(errc::invalid_argument,
                                 "communities: expected weights of 0 or more, found " + to_text(each.weight));
        total += each.weight;
    }
    if (!std::isfinite(2 * total))
        throw argument_error(errc::invalid_argument,
                             "communities: expected weights whose sum is a number, found " + to_text(total) +
                                 "; divide all by the largest");
}

/// Communities by size, equal ones by their first node.
inline graph_communities ordered_communities(const std::vector<std::size_t>& community) {
    graph_communities result;
    std::vector<std::size_t> sizes;
    for (const auto each : community) {
        if (each >= sizes.size()) sizes.resize(each + 1);
        ++sizes[each];
    }
    std::vector<std::size_t> order(sizes.size()), number(sizes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
    for (std::size_t k = 0; k < order.size(); ++k) {
        number[order[k]] = k;
        result.sizes.push_back(sizes[order[k]]);
    }
    for (const auto each : community) result.community.push_back(number[each]);
    return result;
}

} // namespace detail

SVDLENS_BODY double modularity_of(std::span<const std::size_t> community,
                                  std::span<const weighted_edge> edges, const community_options& options) {
    detail::require_graph(community.size(), edges, options);
    std::vector<std::size_t> distinct(community.begin(), community.end());
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    const auto number = [&](std::size_t node) {
        return static_cast<std::size_t>(std::lower_bound(distinct.begin(), distinct.end(), community[node]) -
                                        distinct.begin());
    };
    std::vector<double> degrees(distinct.size());
    double inside = 0, total = 0;
    for (const auto& each : edges) {
        total += each.weight;
        degrees[number(each.a)] += each.weight;
        degrees[number(each.b)] += each.weight;
        if (community[each.a] == community[each.b]) inside += each.weight;
    }
    if (total == 0) return 0;
    double expected = 0;
    for (const double each : degrees) expected += each / (2 * total) * (each / (2 * total));
    return inside / total - options.resolution * expected;
}

namespace detail {

inline std::vector<std::size_t> counted(std::size_t count) {
    std::vector<std::size_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    return numbers;
}

/// The nodes in an order: number 0 is their own, others are shuffled.
inline std::vector<std::size_t> node_order(std::size_t nodes, std::size_t number) {
    auto order = counted(nodes);
    random_stream random(number);
    for (std::size_t k = nodes; number != 0 && k > 1; --k)
        std::swap(order[k - 1], order[static_cast<std::size_t>(random.below(k))]);
    return order;
}

/// The communities of nodes that begin in some: single nodes move, then communities as wholes, level by level.
inline std::vector<std::size_t> moved_communities(std::size_t nodes, std::vector<weighted_edge> edges,
                                                  std::vector<std::size_t> begin, double resolution) {
    auto community = counted(nodes);
    for (std::size_t count = nodes;; begin = counted(count)) {
        const neighbour_lists graph(count, edges);
        const auto next = louvain_level(graph, std::move(begin), resolution).communities();
        for (auto& each : community) each = next[each];
        for (auto& each : edges) each = {next[each.a], next[each.b], each.weight};
        const std::size_t now = next.empty() ? 0 : *std::max_element(next.begin(), next.end()) + 1;
        if (now == count) return community;
        count = now;
    }
}

/// Communities from one order of the nodes.
inline graph_communities communities_in_order(std::span<const weighted_edge> edges,
                                              const std::vector<std::size_t>& order,
                                              const community_options& options) {
    std::vector<std::size_t> place(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) place[order[k]] = k;
    std::vector<weighted_edge> placed;
    placed.reserve(edges.size());
    for (const auto& each : edges) placed.push_back({place[each.a], place[each.b], each.weight});
    auto begin = counted(order.size());
    graph_communities best;
    best.modularity = -std::numeric_limits<double>::infinity();
    for (;;) {
        begin = louvain_level::numbered(
            moved_communities(order.size(), placed, std::move(begin), options.resolution));
        std::vector<std::size_t> community(order.size());
        for (std::size_t k = 0; k < order.size(); ++k) community[order[k]] = begin[k];
        auto next = ordered_communities(louvain_level::numbered(community));
        next.modularity = modularity_of(next.community, edges, options);
        if (!(next.modularity > best.modularity + 1e-12)) return best;
        best = std::move(next);
    }
}

} // namespace detail

SVDLENS_BODY graph_communities find_communities(std::size_t nodes, std::span<const weighted_edge> edges,
                                                const community_options& options) {
    detail::require_graph(nodes, edges, options);
    auto best = detail::communities_in_order(edges, detail::node_order(nodes, 0), options);
    for (std::size_t k = 1; k < options.orders; ++k) {
        auto next = detail::communities_in_order(edges, detail::node_order(nodes, k), options);
        if (next.modularity > best.modularity + 1e-12) best = std::move(next);
    }
    return best;
}

template <std::floating_point T>
graph_communities find_communities(const basic_circuit_graph<T>& graph, const community_options& options) {
    std::vector<weighted_edge> edges;
    edges.reserve(graph.edges().size());
    for (const auto& each : graph.edges())
        edges.push_back({each.source, each.target, std::abs(static_cast<double>(each.score))});
    return find_communities(graph.nodes().size(), edges, options);
}

#ifdef SVDLENS_COMPILED
template graph_communities find_communities(const basic_circuit_graph<float>& graph,
                                            const community_options& options);
template graph_communities find_communities(const basic_circuit_graph<double>& graph,
                                            const community_options& options);
#endif

} // namespace svdlens::inline v0_2

#endif
