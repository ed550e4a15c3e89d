#include "svdlens/graph/strongest_edges.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "graph/edge_tables.hpp"
#include "support/catch.hpp"

using namespace svdlens;
using svdlens_tests::any_edges;

namespace {

/// Section and row of every edge.
std::vector<std::pair<std::uint32_t, row_number>> edges_of(const basic_circuit_graph<float>& graph) {
    std::vector<std::pair<std::uint32_t, row_number>> result;
    for (const auto& edge : graph.edges()) result.emplace_back(edge.section, edge.row);
    return result;
}

} // namespace

TEST_CASE("the strongest edges stay in their order, of equal ones the earlier") {
    const auto graph = circuit_graph(selection(any_edges(3), {8, 2, 5}, {-1.0F, 3.0F, 1.0F}),
                                     selection(any_edges(3), {7, 1, 0}, {0.5F, -4.0F, 1.0F}));
    using list = std::vector<std::pair<std::uint32_t, row_number>>;
    CHECK(edges_of(strongest_edges(graph, 2)) == list{{0, 2}, {1, 1}});
    CHECK(edges_of(strongest_edges(graph, 3)) == list{{0, 8}, {0, 2}, {1, 1}});
    CHECK(edges_of(strongest_edges(graph, 4)) == list{{0, 8}, {0, 2}, {0, 5}, {1, 1}});
    CHECK(edges_of(strongest_edges(graph, 6)) == edges_of(graph));
    CHECK(edges_of(strongest_edges(graph, 100)) == edges_of(graph));
}

TEST_CASE("per section the strongest of each come first, then the second of each") {
    const auto graph = circuit_graph(selection(any_edges(3), {8, 2, 5}, {-100.0F, 300.0F, 100.0F}),
                                     selection(any_edges(3), {7, 1, 0}, {0.5F, -4.0F, 1.0F}),
                                     selection(any_edges(3), {4}, {0.001F}));
    using list = std::vector<std::pair<std::uint32_t, row_number>>;
    const auto kept = [&](std::size_t most) {
        return edges_of(strongest_edges(graph, most, edge_choice::per_section));
    };
    CHECK(kept(0).empty());
    CHECK(kept(1) == list{{0, 2}});
    CHECK(kept(2) == list{{0, 2}, {1, 1}});
    CHECK(kept(3) == list{{0, 2}, {1, 1}, {2, 4}});
    CHECK(kept(4) == list{{0, 8}, {0, 2}, {1, 1}, {2, 4}}); // of equal ones the earlier
    CHECK(kept(5) == list{{0, 8}, {0, 2}, {1, 1}, {1, 0}, {2, 4}});
    CHECK(kept(7) == edges_of(graph));
    CHECK(kept(100) == edges_of(graph));
    CHECK(strongest_edges(graph, 5, edge_choice::per_section).hidden_edges() == 2);
    CHECK(strongest_edges(basic_circuit_graph<float>(), 3, edge_choice::per_section).edges().empty());
}

TEST_CASE("per section the edges kept are those that taking turns picks, whatever ties there are") {
    std::vector<row_number> rows(64);
    std::vector<float> some(64), others(64);
    for (std::size_t k = 0; k < 64; ++k) {
        rows[k] = k;
        some[k] = static_cast<float>((k * 37 + 11) % 16) - 8; // many ties, both signs
        others[k] = static_cast<float>((k * 29 + 5) % 8) / 64;
    }
    const auto graph =
        circuit_graph(selection(any_edges(8), rows, some), selection(any_edges(8), rows, others));
    using list = std::vector<std::pair<std::uint32_t, row_number>>;
    const auto ranking = [&](const std::vector<float>& scores) {
        auto order = rows;
        std::stable_sort(order.begin(), order.end(),
                         [&](auto a, auto b) { return std::abs(scores[a]) > std::abs(scores[b]); });
        return order;
    };
    const auto first = ranking(some), second = ranking(others);
    for (const std::size_t most : {1U, 2U, 3U, 17U, 64U, 127U, 128U}) {
        list expected;
        for (std::size_t k = 0; expected.size() < most; ++k) {
            const bool first_turn = std::abs(some[first[k]]) >= std::abs(others[second[k]]);
            const std::pair<std::uint32_t, row_number> one{0, first[k]}, other{1, second[k]};
            expected.push_back(first_turn ? one : other);
            if (expected.size() < most) expected.push_back(first_turn ? other : one);
        }
        std::sort(expected.begin(), expected.end());
        CHECK(edges_of(strongest_edges(graph, most, edge_choice::per_section)) == expected);
    }
}

TEST_CASE("a capped graph says how many edges it hides and drops their nodes") {
    const auto graph = circuit_graph(selection(any_edges(4), {1, 4, 14}, {1.0F, 2.0F, 3.0F}));
    REQUIRE(graph.nodes().size() == 4);
    const auto two = strongest_edges(graph, 2);
    CHECK(two.hidden_edges() == 1);
    const auto one = strongest_edges(two, 1);
    CHECK(one.hidden_edges() == 2);
    REQUIRE(one.nodes().size() == 2);
    CHECK(one.nodes()[0].label == "3");
    CHECK(one.degree(0) == 1);
    const auto none = strongest_edges(graph, 0);
    CHECK(none.nodes().empty());
    CHECK(none.hidden_edges() == 3);
    CHECK(none.sections().size() == 1);
}

TEST_CASE("an infinite score is the strongest") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const auto graph = circuit_graph(selection(any_edges(3), {0, 1, 2}, {1e38F, -infinity, 2.0F}));
    CHECK(strongest_edges(graph, 1).edges()[0].row == 1);
}

TEST_CASE("hubs are the nodes of highest degree, of equal ones the earlier") {
    // 0 -> 1, 0 -> 2, 3 -> 2, 2 -> 4: degrees 2 1 3 1 1
    const auto graph = circuit_graph(selection(any_edges(5), {1, 2, 17, 14}, {1.0F, 1.0F, 1.0F, 1.0F}));
    CHECK(hubs(graph, 3) == std::vector<std::size_t>{2, 0, 1});
    CHECK(hubs(graph, 100).size() == 5);
    CHECK(hubs(graph, 0).empty());
    CHECK(hubs(basic_circuit_graph<float>(), 3).empty());
}
