#include "svdlens/export/graphml.hpp"
#include "svdlens/core/version.hpp"

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "export/nasty_graph.hpp"
#include "export/neuron_table.hpp"
#include "export/read_back.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/graph/strongest_edges.hpp"

using namespace svdlens;
using svdlens_tests::nasty_graph;
using svdlens_tests::nasty_labels;
using svdlens_tests::read_back;
using svdlens_tests::temporary_directory;
using svdlens_tests::to_neurons;

TEST_CASE("a small graph is these bytes of GraphML") {
    const auto text = to_graphml(circuit_graph(selection(to_neurons("in"), {13}, {-0.1F})));
    const auto body = text.substr(text.find("<graph id"));
    CHECK(body ==
          "<graph id=\"circuit\" edgedefault=\"directed\">\n"
          "<data key=\"maker\">svdlens " +
              std::string(version) +
              "</data><data key=\"provenance\">model, folded</data><data key=\"hidden_edges\">0</data>\n"
              "<node id=\"n0\"><data key=\"label\">L1H0.0</data><data key=\"entity\">direction</data>"
              "<data key=\"layer\">1</data><data key=\"component\">0</data></node>\n"
              "<node id=\"n1\"><data key=\"label\">L1N1</data><data key=\"entity\">neuron</data>"
              "<data key=\"layer\">1</data><data key=\"component\">0</data></node>\n"
              "<edge id=\"e0\" source=\"n0\" target=\"n1\"><data key=\"section\">in</data>"
              "<data key=\"score\">-0.1</data><data key=\"weight\">0.1</data><data "
              "key=\"sign\">-1</data></edge>\n"
              "</graph>\n</graphml>\n");
}

TEST_CASE("a GraphML file holds what the string holds, whole or not at all") {
    const temporary_directory folder;
    const std::uint64_t side = 60; // more than one chunk of text
    axes table({{"from", side}, {"to", side}}, {{"source", "{from}"}, {"target", "{to}"}});
    std::vector<row_number> rows;
    for (row_number k = 0; k < side * side; ++k) rows.push_back(k);
    const auto graph = circuit_graph(selection(table, rows, std::vector<float>(rows.size(), 0.5F)));
    write_graphml(folder / "a.graphml", graph);
    CHECK(svdlens_tests::read_file(folder / "a.graphml") == to_graphml(graph));
    CHECK_THROWS_AS(write_graphml(folder / "missing/a.graphml", graph), file_error);
    if (std::filesystem::exists("/dev/full")) CHECK_THROWS_AS(write_graphml("/dev/full", graph), file_error);
}

TEST_CASE("networkx opens a graph with parallel edges, signs and infinities") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto all =
        circuit_graph(basic_selection<double>(to_neurons("in"), {13, 0, 1}, {0.1, -infinity, 1e-9}),
                      basic_selection<double>(to_neurons("gate"), {13, 15}, {-0.25, infinity}));
    const temporary_directory folder;
    write_graphml(folder / "a.graphml", strongest_edges(all, 4));
    const auto seen = read_back("graphml", folder / "a.graphml");
    if (!seen) return;
    const std::vector<std::string> expected{"MultiDiGraph",
                                            "5",
                                            "4",
                                            "model, folded",
                                            "1", //
                                            "n0",
                                            "L1H0.0",
                                            "direction",
                                            "1",
                                            "0", //
                                            "n1",
                                            "L1N1",
                                            "neuron",
                                            "1",
                                            "0", //
                                            "n2",
                                            "L0H0.0",
                                            "direction",
                                            "0",
                                            "1", //
                                            "n3",
                                            "L0N0",
                                            "neuron",
                                            "0",
                                            "1", //
                                            "n4",
                                            "L1H0.1",
                                            "direction",
                                            "1",
                                            "0", //
                                            "n0",
                                            "n1",
                                            "in",
                                            "0.1",
                                            "0.1",
                                            "1", //
                                            "n0",
                                            "n1",
                                            "gate",
                                            "-0.25",
                                            "0.25",
                                            "-1", //
                                            "n2",
                                            "n3",
                                            "in",
                                            "-inf",
                                            "inf",
                                            "-1", //
                                            "n4",
                                            "n1",
                                            "gate",
                                            "inf",
                                            "inf",
                                            "1"};
    CHECK(*seen == expected);
}

TEST_CASE("networkx sees labels that hold markup, control characters and broken bytes") {
    const temporary_directory folder;
    write_graphml(folder / "a.graphml", nasty_graph());
    const auto seen = read_back("graphml", folder / "a.graphml");
    if (!seen) return;
    const auto count = nasty_labels().size();
    REQUIRE(seen->size() == 5 + 5 * count + 6 * (count - 1));
    CHECK((*seen)[3] == "file <x>.safetensors\nsecond \"line\"\\");
    for (std::size_t k = 0; k < count; ++k) {
        CHECK((*seen)[5 + 5 * k + 1] == nasty_labels()[k].seen);
        CHECK((*seen)[5 + 5 * k + 2] == "to\"k&en");
        CHECK((*seen)[5 + 5 * k + 3] == "none");
    }
    CHECK((*seen)[5 + 5 * count + 2] == "<a> & \"b\"\\");
}

TEST_CASE("line ends and tabs in labels survive GraphML") {
    const std::string label = "\ttab\rcr\r\nlf\n";
    axes table({{"from", std::vector<std::string>{label}}, {"to", 1}},
               {{"source", "{from}"}, {"target", "{to}"}});
    const temporary_directory folder;
    write_graphml(folder / "a.graphml", circuit_graph(selection(table, {0}, {0.0F})));
    const auto seen = read_back("graphml", folder / "a.graphml");
    if (!seen) return;
    CHECK((*seen)[6] == label);
    CHECK(seen->back() == "0"); // the sign of zero
}

TEST_CASE("an empty graph is valid GraphML") {
    const temporary_directory folder;
    write_graphml(folder / "a.graphml", basic_circuit_graph<float>());
    const auto seen = read_back("graphml", folder / "a.graphml");
    if (seen) CHECK(*seen == std::vector<std::string>{"DiGraph", "0", "0", "", "0"});
}

TEST_CASE("merged edges have the sum of what they stand for, in networkx and in igraph") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const auto graph = circuit_graph(selection(to_neurons("in"), {13, 0, 13, 15}, {0.5F, 1, 0.25F, infinity}),
                                     selection(to_neurons("gate"), {13, 1, 15}, {-0.875F, 2, -infinity}));
    const temporary_directory folder;
    const graphml_options merged{.parallel = parallel_edges::merged};
    write_graphml(folder / "a.graphml", graph, merged);
    CHECK(svdlens_tests::read_file(folder / "a.graphml") == to_graphml(graph, merged));
    const std::vector<std::string> expected{
        "DiGraph", "n0", "n1",       "in; gate", "-0.125", "1.625", "-1", "3", //
        "n2",      "n3", "in",       "1.0",      "1.0",    "1",     "1",       //
        "n2",      "n5", "gate",     "2.0",      "2.0",    "1",     "1",       //
        "n4",      "n1", "in; gate", "nan",      "inf",    "0",     "2"};
    if (const auto seen = read_back("graphml_merged", folder / "a.graphml")) CHECK(*seen == expected);
    if (const auto seen = read_back("graphml_igraph", folder / "a.graphml")) {
        REQUIRE(seen->size() == 4 + 6 * 4 + 4 * 7);
        CHECK((*seen)[0] == "6");
        CHECK((*seen)[1] == "4");
        CHECK((*seen)[4] == "L1H0.0");
        CHECK(std::vector<std::string>(seen->begin() + 28, seen->begin() + 35) ==
              std::vector<std::string>{"0", "1", "in; gate", "-0.125", "1.625", "-1.0", "3.0"});
    }
}
