#include "svdlens/export/gexf.hpp"

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "export/nasty_graph.hpp"
#include "export/neuron_table.hpp"
#include "export/read_back.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/core/version.hpp"

using namespace svdlens;
using svdlens_tests::nasty_graph;
using svdlens_tests::nasty_labels;
using svdlens_tests::read_back;
using svdlens_tests::temporary_directory;
using svdlens_tests::to_neurons;

TEST_CASE("a small graph is these bytes of GEXF") {
    const auto text = to_gexf(circuit_graph(selection(to_neurons("in"), {13}, {-0.1F})));
    CHECK(text.substr(0, text.find("<graph ")) ==
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<gexf xmlns=\"http://www.gexf.net/1.2draft\" version=\"1.2\">\n<meta><creator>svdlens " +
              std::string(version) + "</creator><description>model, folded</description></meta>\n");
    CHECK(
        text.substr(text.find("<nodes>")) ==
        "<nodes>\n"
        "<node id=\"n0\" label=\"L1H0.0\"><attvalues><attvalue for=\"entity\" value=\"direction\"/>"
        "<attvalue for=\"layer\" value=\"1\"/><attvalue for=\"component\" value=\"0\"/></attvalues></node>\n"
        "<node id=\"n1\" label=\"L1N1\"><attvalues><attvalue for=\"entity\" value=\"neuron\"/>"
        "<attvalue for=\"layer\" value=\"1\"/><attvalue for=\"component\" value=\"0\"/></attvalues></node>\n"
        "</nodes>\n<edges>\n"
        "<edge id=\"e0\" source=\"n0\" target=\"n1\" weight=\"0.1\"><attvalues>"
        "<attvalue for=\"section\" value=\"in\"/><attvalue for=\"score\" value=\"-0.1\"/>"
        "<attvalue for=\"sign\" value=\"-1\"/></attvalues></edge>\n"
        "</edges>\n</graph>\n</gexf>\n");
}

TEST_CASE("networkx opens GEXF with parallel edges, and with merged ones, infinities among them") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const auto graph = circuit_graph(selection(to_neurons("in"), {13, 0, 13, 15}, {0.5F, 1, 0.25F, infinity}),
                                     selection(to_neurons("gate"), {13, 15}, {-0.875F, -infinity}));
    const temporary_directory folder;
    write_gexf(folder / "a.gexf", graph);
    CHECK(svdlens_tests::read_file(folder / "a.gexf") == to_gexf(graph));
    CHECK_THROWS_AS(write_gexf(folder / "missing/a.gexf", graph), file_error);
    if (std::filesystem::exists("/dev/full")) CHECK_THROWS_AS(write_gexf("/dev/full", graph), file_error);
    const std::vector<std::string> nodes{"n0", "L1H0.0", "direction", "1", "0", //
                                         "n1", "L1N1",   "neuron",    "1", "0", //
                                         "n2", "L0H0.0", "direction", "0", "1", //
                                         "n3", "L0N0",   "neuron",    "0", "1", //
                                         "n4", "L1H0.1", "direction", "1", "0"};
    if (const auto seen = read_back("gexf", folder / "a.gexf")) {
        std::vector<std::string> expected{"MultiDiGraph", "5", "6"};
        expected.insert(expected.end(), nodes.begin(), nodes.end());
        const std::vector<std::string> edges{"n0", "n1", "in",   "0.5",    "0.5",   "1",  "itself", //
                                             "n0", "n1", "in",   "0.25",   "0.25",  "1",  "itself", //
                                             "n0", "n1", "gate", "-0.875", "0.875", "-1", "itself", //
                                             "n2", "n3", "in",   "1.0",    "1.0",   "1",  "itself", //
                                             "n4", "n1", "in",   "inf",    "inf",   "1",  "itself", //
                                             "n4", "n1", "gate", "-inf",   "inf",   "-1", "itself"};
        expected.insert(expected.end(), edges.begin(), edges.end());
        CHECK(*seen == expected);
    }
    write_gexf(folder / "b.gexf", graph, {.parallel = parallel_edges::merged});
    if (const auto seen = read_back("gexf", folder / "b.gexf")) {
        std::vector<std::string> expected{"DiGraph", "5", "3"};
        expected.insert(expected.end(), nodes.begin(), nodes.end());
        const std::vector<std::string> edges{"n0", "n1", "in; gate", "-0.125", "1.625", "-1", "3", //
                                             "n2", "n3", "in",       "1.0",    "1.0",   "1",  "1", //
                                             "n4", "n1", "in; gate", "nan",    "inf",   "0",  "2"};
        expected.insert(expected.end(), edges.begin(), edges.end());
        CHECK(*seen == expected);
    }
}

TEST_CASE("networkx sees labels in GEXF that hold markup, control characters, line ends and broken bytes") {
    const temporary_directory folder;
    write_gexf(folder / "a.gexf", nasty_graph());
    if (const auto seen = read_back("gexf", folder / "a.gexf")) {
        const auto count = nasty_labels().size();
        REQUIRE(seen->size() == 3 + 5 * count + 7 * (count - 1));
        for (std::size_t k = 0; k < count; ++k) {
            CHECK((*seen)[3 + 5 * k + 1] == nasty_labels()[k].seen);
            CHECK((*seen)[3 + 5 * k + 2] == "to\"k&en");
            CHECK((*seen)[3 + 5 * k + 3] == "none");
        }
        CHECK((*seen)[3 + 5 * count + 2] == "<a> & \"b\"\\");
    }
    const std::string label = "\ttab\rcr\r\nlf\n";
    axes table({{"from", std::vector<std::string>{label}}, {"to", 1}},
               {{"source", "{from}"}, {"target", "{to}"}});
    write_gexf(folder / "b.gexf", circuit_graph(selection(table, {0}, {0.0F})));
    if (const auto seen = read_back("gexf", folder / "b.gexf")) CHECK((*seen)[4] == label);
    write_gexf(folder / "c.gexf", basic_circuit_graph<float>());
    if (const auto seen = read_back("gexf", folder / "c.gexf"))
        CHECK(*seen == std::vector<std::string>{"DiGraph", "0", "0"});
}
