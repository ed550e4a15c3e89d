#include "svdlens/export/dot.hpp"
#include "svdlens/core/version.hpp"

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "export/nasty_graph.hpp"
#include "export/read_back.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/graph/strongest_edges.hpp"

using namespace svdlens;
using svdlens_tests::nasty_graph;
using svdlens_tests::nasty_labels;
using svdlens_tests::read_back;
using svdlens_tests::temporary_directory;

namespace {

basic_circuit_graph<float> small_graph() {
    axes table({{"from", 3}, {"to", 3}}, {{"source", "A{from}", "a"}, {"target", "B{to}", "b"}});
    table.set_title("from_to");
    table.set_provenance("one\ntwo");
    constexpr float infinity = std::numeric_limits<float>::infinity();
    return circuit_graph(selection(table, {0, 1, 5, 6}, {0.5F, -0.25F, 0.0F, -infinity}));
}

} // namespace

TEST_CASE("a small graph is these bytes of DOT") {
    const auto text = to_dot(small_graph());
    CHECK(text.substr(0, text.find("// Blue")) == "// svdlens " + std::string(version) + "\n// one two\n");
    CHECK(text.substr(text.find("digraph")) ==
          "digraph circuit {\n"
          "  rankdir=LR;\n"
          "  node [shape=box];\n"
          "  n0 [label=\"A0\", tooltip=\"a\"];\n"
          "  n1 [label=\"B0\", tooltip=\"b\"];\n"
          "  n2 [label=\"B1\", tooltip=\"b\"];\n"
          "  n3 [label=\"A1\", tooltip=\"a\"];\n"
          "  n4 [label=\"B2\", tooltip=\"b\"];\n"
          "  n5 [label=\"A2\", tooltip=\"a\"];\n"
          "  n0 -> n1 [color=\"#2166ac\", penwidth=4, tooltip=\"from_to 0.5\"];\n"
          "  n0 -> n2 [color=\"#b2182b\", penwidth=2.25, tooltip=\"from_to -0.25\"];\n"
          "  n3 -> n4 [color=\"#777777\", penwidth=0.5, tooltip=\"from_to 0\"];\n"
          "  n5 -> n1 [color=\"#b2182b\", penwidth=4, tooltip=\"from_to -inf\"];\n"
          "}\n");
}

TEST_CASE("the picture says how many edges are hidden") {
    CHECK(to_dot(strongest_edges(small_graph(), 1)).find("label=\"weaker edges hidden: 3\"") !=
          std::string::npos);
    CHECK(to_dot(small_graph()).find("hidden") == std::string::npos);
}

TEST_CASE("a DOT file holds what the string holds, whole or not at all") {
    const temporary_directory folder;
    write_dot(folder / "a.dot", small_graph());
    CHECK(svdlens_tests::read_file(folder / "a.dot") == to_dot(small_graph()));
    CHECK_THROWS_AS(write_dot(folder / "missing/a.dot", small_graph()), file_error);
    if (std::filesystem::exists("/dev/full"))
        CHECK_THROWS_AS(write_dot("/dev/full", small_graph()), file_error);
}

TEST_CASE("Graphviz draws every node and edge") {
    const temporary_directory folder;
    write_dot(folder / "a.dot", small_graph());
    const auto seen = read_back("dot", folder / "a.dot");
    if (!seen) return;
    REQUIRE(seen->size() == 2 + 3 * 6);
    CHECK((*seen)[0] == "6");
    CHECK((*seen)[1] == "4");
    CHECK((*seen)[2] == "n0");
    CHECK((*seen)[3] == "A0");
}

TEST_CASE("Graphviz shows labels of any characters as they are") {
    const temporary_directory folder;
    write_dot(folder / "a.dot", nasty_graph());
    const auto seen = read_back("dot", folder / "a.dot");
    if (!seen) return;
    const auto count = nasty_labels().size();
    REQUIRE(seen->size() == 2 + 3 * count);
    for (std::size_t k = 0; k < count; ++k) {
        CHECK((*seen)[2 + 3 * k + 1] == nasty_labels()[k].seen);
        CHECK((*seen)[2 + 3 * k + 2] == "to\"k&en");
    }
}

TEST_CASE("a line feed in a label is a line in the picture") {
    axes table({{"from", std::vector<std::string>{"one\ntwo"}}, {"to", 1}},
               {{"source", "{from}"}, {"target", "{to}"}});
    const temporary_directory folder;
    write_dot(folder / "a.dot", circuit_graph(selection(table, {0}, {1.0F})));
    const auto seen = read_back("dot", folder / "a.dot");
    if (seen) CHECK((*seen)[3] == "one|two");
}

TEST_CASE("an empty graph is valid DOT") {
    const temporary_directory folder;
    write_dot(folder / "a.dot", basic_circuit_graph<float>());
    const auto seen = read_back("dot", folder / "a.dot");
    if (seen) CHECK(*seen == std::vector<std::string>{"0", "0"});
}
