#include "svdlens/plot/detail/network_layout.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "graph/edge_tables.hpp"
#include "support/catch.hpp"

using svdlens::plot::detail::spread;

namespace {

/// Least squares under the distances, by a projected descent that shares no code with `spread`: pairs that
/// stand too close push each other away, over and over (Dykstra's alternating projections).
std::vector<double> pushed_apart(std::vector<double> y, const std::vector<double>& gaps) {
    std::vector<double> pushes(gaps.size(), 0);
    for (int round = 0; round < 20000; ++round) {
        for (std::size_t k = 0; k < gaps.size(); ++k) {
            y[k] += pushes[k];
            y[k + 1] -= pushes[k];
            pushes[k] = std::max(0.0, (gaps[k] - (y[k + 1] - y[k])) / 2);
            y[k] -= pushes[k];
            y[k + 1] += pushes[k];
        }
    }
    return y;
}

} // namespace

TEST_CASE("places that are far enough apart stay") {
    CHECK(spread({0, 10, 30}, {4, 4, 4}) == std::vector<double>{0, 10, 30});
    CHECK(spread({5}, {4}) == std::vector<double>{5});
    CHECK(spread({}, {}).empty());
}

TEST_CASE("equal wishes are spread about what they wish") {
    CHECK(spread({6, 6, 6}, {2, 2, 2}) == std::vector<double>{4, 6, 8});
    CHECK(spread({0, 0}, {2, 6}) == std::vector<double>{-2, 2}); // half of each height between them
}

TEST_CASE("the places are the nearest to the wishes that have room") {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> any(0, 20);
    for (int round = 0; round < 20; ++round) {
        std::vector<double> wishes(8), heights(8), gaps;
        for (auto& wish : wishes) wish = any(random);
        for (auto& height : heights) height = any(random) / 4;
        std::sort(wishes.begin(), wishes.end());
        for (std::size_t k = 0; k + 1 < 8; ++k) gaps.push_back((heights[k] + heights[k + 1]) / 2);
        const auto places = spread(wishes, heights), expected = pushed_apart(wishes, gaps);
        for (std::size_t k = 0; k < 8; ++k) CHECK(std::abs(places[k] - expected[k]) < 1e-6);
    }
}

using namespace svdlens;
using svdlens_tests::any_edges;
using svdlens_tests::direction_to_neuron;

namespace {

plot::detail::network_layout layout_of(const basic_circuit_graph<float>& graph) {
    return plot::detail::lay_out(graph, plot::detail::find_columns(graph), connected_components(graph));
}

/// Random rows of a table, each once.
basic_circuit_graph<float> random_graph(const axes& table, std::size_t step) {
    std::mt19937 random(9);
    std::vector<row_number> rows;
    std::vector<float> scores;
    for (row_number row = 0; row < table.shape_rows(); row += 1 + random() % step) {
        rows.push_back(row);
        scores.push_back(1);
    }
    return circuit_graph(selection(table, rows, scores));
}

/// The smallest distance of two nodes.
double least_distance(const plot::detail::network_layout& layout) {
    double least = 1e9;
    for (std::size_t a = 0; a < layout.x.size(); ++a)
        for (std::size_t b = 0; b < a; ++b)
            least = std::min(least, std::hypot(layout.x[a] - layout.x[b], layout.y[a] - layout.y[b]));
    return least;
}

} // namespace

TEST_CASE("no two nodes are drawn over each other") {
    for (const std::size_t step : {1U, 5U, 40U, 400U}) {
        const auto layout = layout_of(random_graph(direction_to_neuron("edges", 60), step));
        CHECK(least_distance(layout) > 40);
    }
    CHECK(least_distance(layout_of(random_graph(any_edges(50), 30))) > 40);
}

TEST_CASE("the same graph is laid out the same way") {
    const auto graph = random_graph(direction_to_neuron("edges", 20), 10);
    const auto first = layout_of(graph), second = layout_of(graph);
    CHECK(first.x == second.x);
    CHECK(first.y == second.y);
}

TEST_CASE("nodes stand about the middle of their columns, columns from left to right") {
    const auto graph = random_graph(direction_to_neuron("edges", 60), 5);
    const auto columns = plot::detail::find_columns(graph);
    const auto layout = layout_of(graph);
    REQUIRE(columns.titles.size() == 4); // directions and neurons of two layers
    for (std::size_t k = 0; k < graph.nodes().size(); ++k)
        for (std::size_t c = 0; c < columns.titles.size(); ++c)
            if (c != columns.column[k])
                CHECK(std::abs(layout.x[k] - layout.column_x[columns.column[k]]) <
                      std::abs(layout.x[k] - layout.column_x[c]));
}

TEST_CASE("a picture is about twice as wide as high") {
    const auto layout = layout_of(random_graph(direction_to_neuron("edges", 200), 3));
    const auto [left, right] = std::minmax_element(layout.x.begin(), layout.x.end());
    const auto [top, bottom] = std::minmax_element(layout.y.begin(), layout.y.end());
    const double ratio = (*right - *left) / (*bottom - *top);
    CHECK(ratio > 1.5);
    CHECK(ratio < 2.5);
}

TEST_CASE("an edge that crosses none is straight") {
    const auto axes = direction_to_neuron("edges");
    const auto layout = layout_of(circuit_graph(selection(axes, {0}, {1.0F})));
    REQUIRE(layout.y.size() == 2);
    CHECK(layout.y[0] == layout.y[1]);
    CHECK(layout.x[0] < layout.x[1]);
}

TEST_CASE("an empty graph has no places") {
    const auto layout = layout_of({});
    CHECK(layout.x.empty());
    CHECK(layout.column_x.empty());
}
