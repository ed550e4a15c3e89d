#include "svdlens/graph/circuit_graph.hpp"

#include <array>
#include <atomic>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "graph/edge_tables.hpp"
#include "support/catch.hpp"
#include "svdlens/table/long_table.hpp"

using namespace svdlens;
using svdlens_tests::any_edges;
using svdlens_tests::direction_to_neuron;
using svdlens_tests::row;
using svdlens_tests::token_to_direction;

TEST_CASE("a selection becomes nodes in the order of first appearance and an edge a row") {
    const auto axes = direction_to_neuron("ov_to_mlp_in");
    const selection edges(
        axes, {row(axes, {1, 0, 1, 2, 3}), row(axes, {0, 0, 0, 0, 3}), row(axes, {1, 0, 1, 2, 0})},
        {0.5F, -2.0F, 0.25F});
    const auto graph = circuit_graph(edges);

    REQUIRE(graph.nodes().size() == 5);
    const std::vector<std::string> expected{"L0H1.2", "L1N3", "L0H0.0", "L0N3", "L1N0"};
    for (std::size_t k = 0; k < expected.size(); ++k) CHECK(graph.nodes()[k].label == expected[k]);
    CHECK(graph.nodes()[0].entity == "direction");
    CHECK(graph.nodes()[0].index == std::vector<std::uint64_t>{0, 1, 2});
    CHECK(graph.nodes()[1].entity == "neuron");
    CHECK(graph.nodes()[1].layer == 1);

    REQUIRE(graph.edges().size() == 3);
    CHECK(graph.edges()[1].source == 2);
    CHECK(graph.edges()[1].target == 3);
    CHECK(graph.edges()[1].score == -2.0F);
    CHECK(graph.edges()[1].row == row(axes, {0, 0, 0, 0, 3}));
    CHECK(graph.edges()[2].source == 0);
    CHECK(graph.edges()[2].target == 4);
    REQUIRE(graph.sections().size() == 1);
    CHECK(graph.sections()[0].title == "ov_to_mlp_in");
    CHECK(graph.hidden_edges() == 0);

    CHECK(graph.out_degree(0) == 2);
    CHECK(graph.in_degree(0) == 0);
    CHECK(graph.in_degree(3) == 1);
    CHECK(graph.weighted_degree(0) == 0.75);
    CHECK(graph.weighted_degree(2) == 2.0);
}

TEST_CASE("a neuron reached through two matrices is one node with parallel edges") {
    const auto in = direction_to_neuron("ov_to_mlp_in");
    const auto gate = direction_to_neuron("ov_to_mlp_gate");
    const auto at = row(in, {0, 0, 0, 1, 2});
    const auto graph = circuit_graph(selection(in, {at}, {1.0F}), selection(gate, {at}, {-1.0F}));
    REQUIRE(graph.nodes().size() == 2);
    REQUIRE(graph.edges().size() == 2);
    CHECK(graph.edges()[0].section == 0);
    CHECK(graph.edges()[1].section == 1);
    CHECK(graph.edges()[1].source == graph.edges()[0].source);
    CHECK(graph.edges()[1].target == graph.edges()[0].target);
    CHECK(graph.sections()[1].title == "ov_to_mlp_gate");
    CHECK(graph.provenance() == std::vector<std::string>{"model.safetensors, folded"});
}

TEST_CASE("a direction is one node on its reading and its writing side, under other axis names too") {
    const auto writing = direction_to_neuron("ov_to_mlp_in");
    const auto reading = token_to_direction({"key", "ball"});
    const axes later({{"layer", 2},
                      {"head", 2},
                      {"direction", 3},
                      {"target_layer", 2},
                      {"target_head", 2},
                      {"target_direction", 3}},
                     {{"source", "L{layer}H{head}.{direction}", "direction"},
                      {"target", "L{target_layer}H{target_head}.{target_direction}", "direction"}});
    const auto graph = circuit_graph(selection(reading, {row(reading, {1, 1, 0, 2})}, {0.5F}),
                                     selection(writing, {row(writing, {1, 1, 0, 2, 3})}, {0.5F}),
                                     selection(later, {row(later, {0, 0, 0, 1, 0, 2})}, {0.5F}));
    REQUIRE(graph.nodes().size() == 4); // ball, L1H0.2, L1N3, L0H0.0
    CHECK(graph.edges()[0].target == graph.edges()[1].source);
    CHECK(graph.edges()[2].target == graph.edges()[1].source);
    CHECK(graph.in_degree(1) == 2);
    CHECK(graph.out_degree(1) == 1);

    const std::array<std::uint64_t, 3> index{1, 0, 2};
    CHECK(graph.find_node("direction", index) == std::size_t{1});
    CHECK_FALSE(graph.find_node("neuron", index));
    CHECK(graph.nodes()[0].label == "ball");
    CHECK_FALSE(graph.nodes()[0].layer);
}

TEST_CASE("nodes of different layers stay apart where a pattern names the column of heads") {
    axes table({{"layer", 2}, {"head", 2}, {"direction", 3}, {"neuron", 4}}, {{"head", "L{layer}H{head}"}});
    table.add({"source", "{head}.{direction}", "direction"});
    table.add({"target", "{neuron}", "neuron"});
    const auto graph =
        circuit_graph(selection(table, {row(table, {0, 0, 1, 2}), row(table, {1, 0, 1, 2})}, {1.0F, 2.0F}));
    REQUIRE(graph.nodes().size() == 3);
    CHECK(graph.nodes()[graph.edges()[0].source].label == "L0H0.1");
    CHECK(graph.nodes()[graph.edges()[1].source].label == "L1H0.1");
    // The same nodes as those of a table that spells the axes out.
    const auto spelled = direction_to_neuron("ov_to_mlp_in");
    const auto both = circuit_graph(selection(table, {row(table, {1, 0, 1, 2})}, {1.0F}),
                                    selection(spelled, {row(spelled, {1, 1, 0, 1, 2})}, {1.0F}));
    CHECK(both.edges()[0].source == both.edges()[1].source);
    CHECK(both.nodes()[both.edges()[0].source].layer == std::uint64_t{1});
}

TEST_CASE("labels that repeat name different nodes") {
    const auto axes = token_to_direction({"the", "the"});
    const auto graph =
        circuit_graph(selection(axes, {row(axes, {0, 0, 0, 0}), row(axes, {1, 0, 0, 0})}, {1.0F, 2.0F}));
    REQUIRE(graph.nodes().size() == 3);
    CHECK(graph.nodes()[0].label == graph.nodes()[2].label);
    CHECK(graph.edges()[0].source != graph.edges()[1].source);
    CHECK(graph.edges()[0].target == graph.edges()[1].target);
}

TEST_CASE("a loop counts at both ends") {
    const auto graph = circuit_graph(selection(any_edges(3), {4}, {-3.0F}));
    REQUIRE(graph.nodes().size() == 1);
    CHECK(graph.in_degree(0) == 1);
    CHECK(graph.out_degree(0) == 1);
    CHECK(graph.degree(0) == 2);
    CHECK(graph.weighted_degree(0) == 6.0);
}

TEST_CASE("NaN scores are left out and counted, infinite ones stay") {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const auto graph = circuit_graph(selection(any_edges(2), {0, 1, 2}, {nan, -infinity, nan}));
    REQUIRE(graph.edges().size() == 1);
    CHECK(graph.nan_rows() == 2);
    CHECK(graph.edges()[0].row == 1);
    CHECK(graph.weighted_degree(0) == std::numeric_limits<double>::infinity());
}

TEST_CASE("an empty selection is an empty graph that knows its section") {
    const auto graph = circuit_graph(selection(any_edges(2), {}, {}));
    CHECK(graph.nodes().empty());
    CHECK(graph.edges().empty());
    CHECK(graph.sections().size() == 1);
    CHECK(circuit_graph(std::vector<selection>{}).sections().empty());
}

TEST_CASE("graphs come from doubles, from vectors and spans of selections, and from whole tables") {
    const basic_selection<double> precise(any_edges(2), {1}, {0.1});
    CHECK(circuit_graph(precise).edges()[0].score == 0.1);

    const std::vector<selection> list{selection(any_edges(2), {1}, {1.0F}),
                                      selection(any_edges(2), {2}, {2.0F})};
    CHECK(circuit_graph(list).edges().size() == 2);
    CHECK(circuit_graph(std::span<const selection>(list)).sections().size() == 2);
    const std::vector<score_source_ref<float>> refs{list[1], list[0]};
    CHECK(circuit_graph(refs).edges()[0].score == 2.0F);

    const std::vector<float> values{1, 2, 3, 4};
    const auto table = long_table(values, any_edges(2));
    const auto graph = circuit_graph(table);
    REQUIRE(graph.edges().size() == 4);
    CHECK(graph.nodes().size() == 2);
    CHECK(graph.edges()[3].score == 4.0F);
}

namespace {

errc code_of(const axes& table) {
    try {
        circuit_graph(selection(table, {}, {}));
    } catch (const lookup_error& e) {
        CHECK(std::string(e.what()).find("axes.add({") != std::string::npos);
        return e.code();
    }
    return errc{};
}

} // namespace

TEST_CASE("a table that does not name both ends of its edges is refused") {
    CHECK(code_of(axes({{"a", 2}, {"b", 2}})) == errc::unknown_column);
    CHECK(code_of(axes({{"a", 2}, {"b", 2}}, {{"source", "{a}"}})) == errc::unknown_column);
    CHECK(code_of(axes({{"a", 2}, {"b", 2}}, {{"target", "{a}"}})) == errc::unknown_column);
    CHECK(code_of(axes({{"a", 2}, {"b", 2}}, {{"source", "{a}"}, {"target", "bin"}})) ==
          errc::unknown_column);
    CHECK(code_of(axes({{"source", 2}, {"target", 2}})) == errc::unknown_column);
}

TEST_CASE("the subgraph of some edges is the graph of their rows alone") {
    std::mt19937 random(7);
    const auto axes = any_edges(9);
    std::vector<row_number> rows;
    std::vector<float> scores;
    for (int k = 0; k < 60; ++k) {
        rows.push_back(random() % axes.shape_rows());
        scores.push_back(static_cast<float>(random() % 100) - 50.0F);
    }
    std::vector<std::size_t> kept;
    std::vector<row_number> kept_rows;
    std::vector<float> kept_scores;
    for (std::size_t k = 3; k < rows.size(); k += 4) {
        kept.push_back(k);
        kept_rows.push_back(rows[k]);
        kept_scores.push_back(scores[k]);
    }
    const auto part = circuit_graph(selection(axes, rows, scores)).subgraph(kept);
    const auto expected = circuit_graph(selection(axes, kept_rows, kept_scores));
    CHECK(part.hidden_edges() == rows.size() - kept.size());
    REQUIRE(part.nodes().size() == expected.nodes().size());
    for (std::size_t k = 0; k < part.nodes().size(); ++k) {
        CHECK(part.nodes()[k].label == expected.nodes()[k].label);
        CHECK(part.degree(k) == expected.degree(k));
        CHECK(part.weighted_degree(k) == expected.weighted_degree(k));
        CHECK(part.find_node("node", part.nodes()[k].index) == k);
    }
    REQUIRE(part.edges().size() == expected.edges().size());
    for (std::size_t k = 0; k < part.edges().size(); ++k) {
        CHECK(part.edges()[k].source == expected.edges()[k].source);
        CHECK(part.edges()[k].target == expected.edges()[k].target);
        CHECK(part.edges()[k].row == expected.edges()[k].row);
    }
}

TEST_CASE("the graph of many blocks is the same for any number of threads and can be stopped") {
    const std::uint64_t side = 600; // six blocks
    std::vector<float> values(side * side);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k * 2654435761U % 1000);
    const std::vector tables{long_table(values, any_edges(side))};
    REQUIRE(tables[0].blocks() > 4);
    const auto one = circuit_graph(tables, {.threads = 1});
    const auto five = circuit_graph(tables, {.threads = 5});
    REQUIRE(one.edges().size() == values.size());
    REQUIRE(five.edges().size() == values.size());
    CHECK(one.nodes().size() == side);
    bool same = true;
    for (std::size_t k = 0; k < values.size(); ++k)
        same = same && one.edges()[k].row == five.edges()[k].row &&
               one.edges()[k].score == five.edges()[k].score &&
               one.edges()[k].source == five.edges()[k].source;
    CHECK(same);

    const std::atomic<bool> stop{true};
    CHECK_THROWS_AS(circuit_graph(tables, {.stop = &stop}), cancelled_error);
}
