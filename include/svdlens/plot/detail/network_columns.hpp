/// @file
/// Where the nodes of a network stand: columns along the residual stream, and lanes in them.
#ifndef SVDLENS_PLOT_DETAIL_NETWORK_COLUMNS_HPP
#define SVDLENS_PLOT_DETAIL_NETWORK_COLUMNS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "../../core/text.hpp"
#include "../../graph/circuit_graph.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// Which column each node stands in, and what the columns hold, from left to right.
struct network_columns {
    std::vector<std::size_t> column;       ///< one per node
    std::vector<std::string> titles;       ///< `layer 2 neuron`
    std::vector<std::string> short_titles; ///< `L2`
};

/// How many more edges leave than reach the nodes of each entity: of those without a layer all edges, of
/// others those that stay in their layer. So what writes stands left of what reads it, whatever it is called.
template <std::floating_point T>
std::map<std::string, std::int64_t> edge_balance(const basic_circuit_graph<T>& graph,
                                                 const std::vector<std::string>& entities) {
    std::map<std::string, std::int64_t> balance;
    for (const auto& edge : graph.edges()) {
        const auto& from = graph.nodes()[edge.source];
        const auto& to = graph.nodes()[edge.target];
        const bool same_layer = from.layer == to.layer;
        if (same_layer || !from.layer) ++balance[entities[edge.source]];
        if (same_layer || !to.layer) --balance[entities[edge.target]];
    }
    return balance;
}

/// Columns of one entity and layer. O(nodes + edges)
/// @param entities what each node is, by which it is put in a column
template <std::floating_point T>
network_columns find_columns(const basic_circuit_graph<T>& graph, const std::vector<std::string>& entities) {
    enum place { before_layers, in_layers, after_layers };
    using key = std::tuple<place, std::uint64_t, std::int64_t, std::string>;
    auto balance = edge_balance(graph, entities);
    const auto key_of = [&](std::size_t k) {
        const auto& node = graph.nodes()[k];
        const std::int64_t excess = balance[entities[k]];
        const place where = node.layer ? in_layers : excess >= 0 ? before_layers : after_layers;
        return key{where, node.layer.value_or(0), -excess, entities[k]};
    };
    std::map<key, std::size_t> numbers;
    for (std::size_t k = 0; k < graph.nodes().size(); ++k) numbers.emplace(key_of(k), 0);
    network_columns result;
    for (auto& [of, number] : numbers) {
        number = result.titles.size();
        const bool has_layer = std::get<place>(of) == in_layers;
        const auto& entity = std::get<std::string>(of);
        const std::string layer = to_text(std::get<std::uint64_t>(of));
        result.titles.push_back(has_layer ? "layer " + layer + " " + entity : entity);
        result.short_titles.push_back(has_layer ? "L" + layer : entity);
    }
    for (std::size_t k = 0; k < graph.nodes().size(); ++k) result.column.push_back(numbers.at(key_of(k)));
    return result;
}

/// Columns by what nodes are called.
template <std::floating_point T>
network_columns find_columns(const basic_circuit_graph<T>& graph) {
    std::vector<std::string> entities;
    for (const auto& node : graph.nodes()) entities.push_back(node.entity);
    return find_columns(graph, entities);
}

/// Distances in pixels at a zoom of 1.
inline constexpr double row_gap = 44;
inline constexpr double column_gap = 200;

/// How much wider than high a picture is.
inline constexpr double picture_aspect = 1.9;

/// How many nodes a column has, and in how many lanes of what width they stand.
struct column_shape {
    std::size_t size = 0;
    double lane_width = 0;
    std::size_t lanes = 1;

    double width() const { return static_cast<double>(lanes - 1) * lane_width; }
};

/// The room that a label takes as it is drawn, shortened.
inline double label_width(std::string_view label) {
    constexpr double character = 7, least = 56, most = 150;
    const auto characters = std::count_if(label.begin(), label.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; // what begins a character in UTF-8
    });
    return std::clamp(static_cast<double>(characters) * character, least, most);
}

/// Gives the columns lanes until the picture has its aspect.
inline void choose_lanes(std::vector<column_shape>& columns) {
    for (std::size_t rows = 4;; rows += 1 + rows / 8) {
        double width = 0;
        for (auto& column : columns) {
            column.lanes = (std::max)(std::size_t{1}, (column.size + rows - 1) / rows);
            width += column_gap + column.width();
        }
        if (static_cast<double>(rows) * row_gap * picture_aspect >= width) return;
    }
}

template <std::floating_point T>
std::vector<column_shape> shape_columns(const basic_circuit_graph<T>& graph, const network_columns& columns) {
    std::vector<column_shape> shapes(columns.titles.size());
    for (std::size_t k = 0; k < graph.nodes().size(); ++k) {
        auto& shape = shapes[columns.column[k]];
        ++shape.size;
        shape.lane_width = (std::max)(shape.lane_width, label_width(graph.nodes()[k].label));
    }
    choose_lanes(shapes);
    return shapes;
}

} // namespace svdlens::inline v0_2::plot::detail

#endif
