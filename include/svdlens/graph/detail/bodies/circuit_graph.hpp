/// @file
/// The bodies of graph/circuit_graph.hpp.
#ifndef SVDLENS_GRAPH_DETAIL_BODIES_CIRCUIT_GRAPH_HPP
#define SVDLENS_GRAPH_DETAIL_BODIES_CIRCUIT_GRAPH_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../../table/score_source.hpp"
#include "../../circuit_graph.hpp"
#include "../edge_end.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
std::vector<std::string> basic_circuit_graph<T>::provenance() const {
    std::vector<std::string> lines;
    for (const auto& section : sections_) {
        if (section.provenance.empty()) continue;
        if (std::find(lines.begin(), lines.end(), section.provenance) == lines.end())
            lines.push_back(section.provenance);
    }
    return lines;
}

template <std::floating_point T>
std::optional<std::size_t> basic_circuit_graph<T>::find_node(std::string_view entity,
                                                             std::span<const std::uint64_t> index) const {
    const auto [first, last] = by_identity_.equal_range(detail::node_hash(entity, index));
    for (auto it = first; it != last; ++it) {
        const auto& node = nodes_[it->second];
        if (node.entity == entity &&
            std::equal(node.index.begin(), node.index.end(), index.begin(), index.end()))
            return it->second;
    }
    return std::nullopt;
}

template <std::floating_point T>
basic_circuit_graph<T> basic_circuit_graph<T>::subgraph(std::span<const std::size_t> edges) const {
    constexpr auto absent = (std::numeric_limits<std::size_t>::max)();
    basic_circuit_graph result;
    result.sections_ = sections_;
    result.nan_rows_ = nan_rows_;
    result.hidden_ = hidden_ + (edges_.size() - edges.size());
    std::vector<std::size_t> moved(nodes_.size(), absent);
    const auto place = [&](std::size_t node) {
        if (moved[node] == absent) moved[node] = result.insert(nodes_[node]);
        return moved[node];
    };
    result.edges_.reserve(edges.size());
    for (const auto k : edges) {
        auto edge = edges_[k];
        edge.source = place(edge.source);
        edge.target = place(edge.target);
        result.insert(edge);
    }
    return result;
}

template <std::floating_point T>
void basic_circuit_graph<T>::add(const score_block<T>& block, const detail::edge_end& source,
                                 const detail::edge_end& target) {
    const auto section = static_cast<std::uint32_t>(sections_.size() - 1);
    std::vector<std::uint64_t> index;
    for (std::size_t k = 0; k < block.runs; ++k) {
        const auto run = block.run(k);
        for (std::size_t j = 0; j < run.scores.size(); ++j) {
            const T score = run.scores[j];
            if (std::isnan(score)) {
                ++nan_rows_;
                continue;
            }
            const auto row = run.row(j);
            const auto from = node_at(source, row, index);
            insert(graph_edge<T>{from, node_at(target, row, index), row, score, section});
        }
    }
}

template <std::floating_point T>
std::size_t basic_circuit_graph<T>::node_at(const detail::edge_end& end, row_number row,
                                            std::vector<std::uint64_t>& index) {
    end.index(row, index);
    if (const auto found = find_node(end.entity(), index)) return *found;
    const auto layer = end.layer() ? std::optional(index[*end.layer()]) : std::nullopt;
    return insert(graph_node{end.label(row), end.entity(), index, layer});
}

template <std::floating_point T>
std::size_t basic_circuit_graph<T>::insert(graph_node node) {
    by_identity_.emplace(detail::node_hash(node.entity, node.index), nodes_.size());
    nodes_.push_back(std::move(node));
    degrees_.emplace_back();
    return nodes_.size() - 1;
}

template <std::floating_point T>
void basic_circuit_graph<T>::insert(const graph_edge<T>& edge) {
    const auto weight = std::abs(static_cast<double>(edge.score));
    edges_.push_back(edge);
    ++degrees_[edge.source].out;
    ++degrees_[edge.target].in;
    degrees_[edge.source].weight += weight;
    degrees_[edge.target].weight += weight;
}

#ifdef SVDLENS_COMPILED
template class basic_circuit_graph<float>;
template class basic_circuit_graph<double>;
#endif

} // namespace svdlens::inline v0_2

#endif
