#include "svdlens/graph/components.hpp"

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "graph/edge_tables.hpp"
#include "support/catch.hpp"

using namespace svdlens;
using svdlens_tests::any_edges;

namespace {

std::string text_of(const component_summary& summary) {
    std::ostringstream out;
    out << summary;
    return out.str();
}

/// The component of every node by breadth-first search, numbered by first node.
std::vector<std::size_t> searched_components(const basic_circuit_graph<float>& graph) {
    const auto unseen = graph.nodes().size();
    std::vector<std::size_t> component(unseen, unseen);
    std::size_t count = 0;
    for (std::size_t start = 0; start < component.size(); ++start) {
        if (component[start] != unseen) continue;
        std::vector<std::size_t> queue{start};
        component[start] = count;
        for (std::size_t at = 0; at < queue.size(); ++at)
            for (const auto& edge : graph.edges())
                for (const auto& [near, far] :
                     {std::pair(edge.source, edge.target), std::pair(edge.target, edge.source)})
                    if (near == queue[at] && component[far] == unseen) {
                        component[far] = count;
                        queue.push_back(far);
                    }
        ++count;
    }
    return component;
}

} // namespace

TEST_CASE("components are numbered by size, equal ones by first node") {
    // {0, 1}, {2, 3, 4} against the edges' directions, {5, 6}, {7} with a loop
    const auto graph = circuit_graph(
        selection(any_edges(8), {1, 2 * 8 + 3, 4 * 8 + 3, 6 * 8 + 5, 7 * 8 + 7}, {1, 1, 1, 1, 1}));
    const auto parts = connected_components(graph);
    CHECK(parts.count() == 4);
    CHECK(parts.sizes == std::vector<std::size_t>{3, 2, 2, 1});
    CHECK(parts.largest() == 3);
    CHECK(parts.component == std::vector<std::size_t>{1, 1, 0, 0, 0, 2, 2, 3});
}

TEST_CASE("components agree with a breadth-first search on random graphs") {
    std::mt19937 random(11);
    for (int round = 0; round < 40; ++round) {
        const auto axes = any_edges(30);
        const std::size_t edges = random() % 40;
        std::vector<row_number> rows(edges);
        for (auto& row : rows) row = random() % axes.shape_rows();
        const auto graph = circuit_graph(selection(axes, rows, std::vector<float>(edges, 1.0F)));
        const auto parts = connected_components(graph);
        const auto expected = searched_components(graph);
        REQUIRE(parts.component.size() == expected.size());
        bool same = true;
        for (std::size_t a = 0; a < expected.size(); ++a)
            for (std::size_t b = 0; b < expected.size(); ++b)
                same = same && (parts.component[a] == parts.component[b]) == (expected[a] == expected[b]);
        CHECK(same);
        for (std::size_t c = 0; c < parts.count(); ++c)
            CHECK(static_cast<std::size_t>(std::count(parts.component.begin(), parts.component.end(), c)) ==
                  parts.sizes[c]);
        CHECK(std::is_sorted(parts.sizes.rbegin(), parts.sizes.rend()));
    }
}

TEST_CASE("an empty graph has no components") {
    const auto parts = connected_components(basic_circuit_graph<float>());
    CHECK(parts.count() == 0);
    CHECK(parts.largest() == 0);
    CHECK(text_of(summarize(basic_circuit_graph<float>())) == "0 nodes, 0 edges, 0 components");
}

TEST_CASE("a summary is one line") {
    const auto graph = circuit_graph(selection(any_edges(4), {1, 11, 11}, {1, 1, 1}));
    CHECK(text_of(summarize(graph)) == "4 nodes, 3 edges, 2 components: 2 2");
    const std::vector<std::size_t> first{0};
    CHECK(text_of(summarize(graph.subgraph(first))) == "2 nodes, 1 edge (2 more hidden), 1 component: 2");
    const component_summary many{22, 11, 0, std::vector<std::size_t>(11, 2)};
    CHECK(text_of(many) == "22 nodes, 11 edges, 11 components: 2 2 2 2 2 2 2 2 2 2 ...");
}
