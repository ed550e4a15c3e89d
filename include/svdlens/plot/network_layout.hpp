/// @file
/// Where the nodes of a circuit graph are drawn: the same places every time.
#ifndef SVDLENS_PLOT_NETWORK_LAYOUT_HPP
#define SVDLENS_PLOT_NETWORK_LAYOUT_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <vector>

#include "../graph/circuit_graph.hpp"
#include "../graph/components.hpp"
#include "barycentre_sweeps.hpp"
#include "network_columns.hpp"
#include "network_lanes.hpp"

namespace svdlens::inline v0::plot::detail {

/// Coordinates, one per node, y downwards, and the middle of each column.
struct network_layout {
    std::vector<double> x;
    std::vector<double> y;
    std::vector<double> column_x;
};

/// Moves each component down until its columns are clear of those before it, which are larger.
class component_packer {
  public:
    component_packer(const std::vector<node_stack>& stacks, std::size_t components, std::size_t columns) :
        boxes_(components), bottoms_(columns, 0) {
        for (const auto& stack : stacks) boxes_[stack.component].push_back(&stack);
    }

    void run(std::vector<double>& y) {
        for (const auto& box : boxes_) pack(box, y);
    }

  private:
    void pack(const std::vector<const node_stack*>& box, std::vector<double>& y) {
        double top = y[box.front()->nodes.front()], bottom = top, free = 0;
        for (const auto* stack : box) {
            top = (std::min)(top, y[stack->nodes.front()]);
            bottom = (std::max)(bottom, y[stack->nodes.back()]);
        }
        for (const auto* stack : box) free = (std::max)(free, bottoms_[stack->column]);
        for (const auto* stack : box) {
            for (const auto node : stack->nodes) y[node] += free - top;
            bottoms_[stack->column] = free + bottom - top + 1.2 * row_gap;
        }
    }

    std::vector<std::vector<const node_stack*>> boxes_; // by component
    std::vector<double> bottoms_;                       // by column: where there is room
};

/// The x of the columns' middles.
inline std::vector<double> column_middles(const std::vector<column_shape>& columns) {
    std::vector<double> middles;
    double left = 0;
    for (const auto& column : columns) {
        middles.push_back(left + column.width() / 2);
        left += column.width() + column_gap;
    }
    return middles;
}

/// Stretches one way, at most fourfold, what would leave a part of the picture empty.
inline void fill_picture(network_layout& layout) {
    const auto extent = [](const std::vector<double>& places) {
        const auto [low, high] = std::minmax_element(places.begin(), places.end());
        return places.empty() ? 0 : *high - *low;
    };
    const auto stretch = [](std::vector<double>& places, double wanted, double present) {
        if (present <= 0 || wanted <= present) return;
        for (double& place : places) place *= (std::min)(4.0, wanted / present);
    };
    const double width = extent(layout.x), height = extent(layout.y);
    stretch(layout.y, width / picture_aspect, height);
    stretch(layout.x, height * picture_aspect, width);
    stretch(layout.column_x, height * picture_aspect, width);
}

/// Places all nodes. O(edges + nodes log nodes), a fixed number of times.
template <std::floating_point T>
network_layout lay_out(const basic_circuit_graph<T>& graph, const network_columns& columns,
                       const graph_components& components) {
    constexpr int rounds = 24;
    const auto shapes = shape_columns(graph, columns);
    auto stacks = make_stacks(graph, columns, components);
    network_layout result{std::vector<double>(graph.nodes().size()),
                          barycentre_sweeps(graph, stacks, shapes).run(rounds), column_middles(shapes)};
    component_packer(stacks, components.count(), shapes.size()).run(result.y);
    for (const auto& stack : stacks) {
        const auto& shape = shapes[stack.column];
        const double left = result.column_x[stack.column] - shape.width() / 2;
        for (std::size_t k = 0; k < stack.nodes.size(); ++k)
            result.x[stack.nodes[k]] = left + static_cast<double>(k % shape.lanes) * shape.lane_width;
    }
    fill_picture(result);
    return result;
}

} // namespace svdlens::inline v0::plot::detail

#endif
