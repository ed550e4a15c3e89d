/// @file
/// The layout of a network: barycentre sweeps that keep edges short.
#ifndef SVDLENS_PLOT_DETAIL_NETWORK_LAYOUT_HPP
#define SVDLENS_PLOT_DETAIL_NETWORK_LAYOUT_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "../../graph/circuit_graph.hpp"
#include "../../graph/components.hpp"
#include "network_columns.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// The places nearest to ascending wishes, between which there is room for two halves of their heights:
/// isotonic regression, by merging neighbours that stand too close (Best and Chakravarti, Mathematical
/// Programming 47, 1990). O(size)
inline std::vector<double> spread(const std::vector<double>& wishes, const std::vector<double>& heights) {
    struct block {
        double sum;
        std::size_t count;
        double mean() const { return sum / static_cast<double>(count); }
    };
    std::vector<double> offsets; // of places that touch
    std::vector<block> blocks;
    for (std::size_t k = 0; k < wishes.size(); ++k) {
        offsets.push_back(k == 0 ? 0 : offsets.back() + (heights[k - 1] + heights[k]) / 2);
        blocks.push_back({wishes[k] - offsets[k], 1});
        while (blocks.size() > 1 && blocks.end()[-2].mean() > blocks.back().mean()) {
            blocks.end()[-2].sum += blocks.back().sum;
            blocks.end()[-2].count += blocks.back().count;
            blocks.pop_back();
        }
    }
    std::vector<double> places;
    for (const auto& b : blocks)
        for (std::size_t k = 0; k < b.count; ++k) places.push_back(b.mean() + offsets[places.size()]);
    return places;
}

/// Nodes that are moved together: those of one component in one column, from top to bottom.
struct node_stack {
    std::size_t component = 0;
    std::size_t column = 0;
    std::vector<std::size_t> nodes = {};
};

/// The stacks, column by column, the nodes of each in the order of their indices.
template <std::floating_point T>
std::vector<node_stack> make_stacks(const basic_circuit_graph<T>& graph, const network_columns& columns,
                                    const graph_components& components) {
    std::map<std::pair<std::size_t, std::size_t>, node_stack> stacks;
    for (std::size_t k = 0; k < graph.nodes().size(); ++k) {
        const std::pair place(columns.column[k], components.component[k]);
        auto& stack = stacks.try_emplace(place, node_stack{place.second, place.first}).first->second;
        stack.nodes.push_back(k);
    }
    std::vector<node_stack> result;
    for (auto& [place, stack] : stacks) {
        std::sort(stack.nodes.begin(), stack.nodes.end(), [&](std::size_t a, std::size_t b) {
            return graph.nodes()[a].index < graph.nodes()[b].index;
        });
        result.push_back(std::move(stack));
    }
    return result;
}

/// Moves nodes towards the mean height of their neighbours, stack by stack, to and fro: Sugiyama's
/// barycentre sweeps (IEEE Transactions on Systems, Man, and Cybernetics 11, 1981).
class barycentre_sweeps {
  public:
    template <std::floating_point T>
    barycentre_sweeps(const basic_circuit_graph<T>& graph, std::vector<node_stack>& stacks,
                      const std::vector<column_shape>& columns) :
        neighbours_(graph.nodes().size()),
        y_(graph.nodes().size(), 0), stacks_(stacks), columns_(columns) {
        for (const auto& edge : graph.edges()) {
            if (edge.source == edge.target) continue;
            neighbours_[edge.source].push_back(edge.target);
            neighbours_[edge.target].push_back(edge.source);
        }
        for (auto& stack : stacks_) place(stack);
    }

    /// O(rounds (edges + nodes log nodes)). The heights.
    std::vector<double> run(int rounds) && {
        for (int round = 0; round < rounds; ++round) {
            for (auto it = stacks_.begin(); it != stacks_.end(); ++it) settle(*it);
            for (auto it = stacks_.rbegin(); it != stacks_.rend(); ++it) settle(*it);
        }
        return std::move(y_);
    }

  private:
    void settle(node_stack& stack) {
        for (const auto node : stack.nodes) y_[node] = wish(node);
        std::stable_sort(stack.nodes.begin(), stack.nodes.end(),
                         [&](std::size_t a, std::size_t b) { return y_[a] < y_[b]; });
        place(stack);
    }

    double wish(std::size_t node) const {
        if (neighbours_[node].empty()) return y_[node];
        double sum = 0;
        for (const auto other : neighbours_[node]) sum += y_[other];
        return sum / static_cast<double>(neighbours_[node].size());
    }

    void place(const node_stack& stack) {
        const double height = row_gap / static_cast<double>(columns_[stack.column].lanes);
        std::vector<double> wishes, heights;
        for (const auto node : stack.nodes) {
            wishes.push_back(y_[node]);
            heights.push_back(height *
                              (1 + (std::min)(1.0, static_cast<double>(neighbours_[node].size()) / 25)));
        }
        const auto places = spread(wishes, heights);
        for (std::size_t k = 0; k < places.size(); ++k) y_[stack.nodes[k]] = places[k];
    }

    std::vector<std::vector<std::size_t>> neighbours_;
    std::vector<double> y_;
    std::vector<node_stack>& stacks_;
    const std::vector<column_shape>& columns_;
};

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

} // namespace svdlens::inline v0_2::plot::detail

#endif
