/// @file
/// How wide the columns of a drawn circuit graph are.
#ifndef SVDLENS_PLOT_NETWORK_LANES_HPP
#define SVDLENS_PLOT_NETWORK_LANES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <vector>

#include "../graph/circuit_graph.hpp"
#include "network_columns.hpp"

namespace svdlens::inline v0::plot::detail {

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

} // namespace svdlens::inline v0::plot::detail

#endif
