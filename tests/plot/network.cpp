#include "svdlens/plot/network.hpp"
#include "svdlens/graph/strongest_edges.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "graph/edge_tables.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/plot/page.hpp"

using namespace svdlens;
using svdlens_tests::any_edges;
using svdlens_tests::direction_to_neuron;
using svdlens_tests::row;
using svdlens_tests::token_to_direction;

namespace {

/// token 1 -> L0H1.2 -> L1N3, and L0H0.0 -> L0N1.
basic_circuit_graph<float> small_graph() {
    const auto reading = token_to_direction({"the", "cat"});
    const auto writing = direction_to_neuron("ov_to_mlp_in");
    const auto far = row(writing, {1, 0, 1, 2, 3}), near = row(writing, {0, 0, 0, 0, 1});
    return circuit_graph(selection(reading, {row(reading, {1, 0, 1, 2})}, {0.25F}),
                         selection(writing, {near, far}, {-0.5F, 0.1F}));
}

basic_circuit_graph<float> one_edge(const std::string& label, float score = 1) {
    const auto axes = token_to_direction({label});
    return circuit_graph(selection(axes, {row(axes, {0, 0, 0, 0})}, {score}));
}

/// The JSON that stands in the page, parsed as the browser does.
plot::json in_page(const plot::network_figure& figure) {
    const std::string html = plot::to_panel(figure).html, mark = "<script type=\"application/json\">";
    const auto begin = html.find(mark) + mark.size();
    return plot::json::parse(html.substr(begin, html.find("</script>") - begin));
}

bool has_note(const plot::network_figure& figure, const std::string& text) {
    for (const auto& note : figure.notes)
        if (note.find(text) != std::string::npos) return true;
    return false;
}

} // namespace

TEST_CASE("the nodes and edges of a figure are the graph's") {
    const auto graph = small_graph();
    const auto data = in_page(plot::network(graph));
    REQUIRE(data["nodes"].size() == graph.nodes().size());
    REQUIRE(data["edges"].size() == graph.edges().size());
    for (std::size_t k = 0; k < graph.nodes().size(); ++k) {
        CHECK(data["nodes"][k]["label"] == graph.nodes()[k].label);
        CHECK(data["nodes"][k]["entity"] == graph.nodes()[k].entity);
    }
    for (std::size_t k = 0; k < graph.edges().size(); ++k) {
        const auto& edge = data["edges"][k];
        CHECK(edge["source"] == graph.edges()[k].source);
        CHECK(edge["target"] == graph.edges()[k].target);
        CHECK(edge["section"] == graph.edges()[k].section);
        CHECK(static_cast<float>(edge["score"].get<double>()) == graph.edges()[k].score);
    }
    CHECK(data["sections"] == plot::json({"embed_to_ov", "ov_to_mlp_in"}));
    CHECK(data["components"] == plot::json({3, 2}));
    CHECK(data["hidden_edges"] == 0);
}

TEST_CASE("a figure has its graph's provenance and says how large it is") {
    const auto figure = plot::network(small_graph(), {.title = "A circuit"});
    CHECK(figure.title == "A circuit");
    CHECK(figure.provenance == "model.safetensors, folded");
    CHECK(figure.notes == std::vector<std::string>{"5 nodes, 3 edges, 2 components: 3 2 nodes."});
    CHECK(plot::to_panel(figure).script == plot::drawn_by::vis_network);
}

TEST_CASE("columns go from what is read, through the layers, to what is reached") {
    const auto data = plot::network(small_graph()).data;
    std::vector<std::string> titles;
    std::vector<double> x;
    for (const auto& column : data["columns"]) {
        titles.push_back(column["title"]);
        x.push_back(column["x"]);
    }
    CHECK(titles ==
          std::vector<std::string>{"token", "layer 0 direction", "layer 0 neuron", "layer 1 neuron"});
    CHECK(std::is_sorted(x.begin(), x.end()));
    for (const auto& edge : data["edges"])
        CHECK(data["nodes"][edge["source"].get<std::size_t>()]["x"] <
              data["nodes"][edge["target"].get<std::size_t>()]["x"]);
}

TEST_CASE("directions of one head are one group, other nodes none") {
    const auto axes = direction_to_neuron("ov_to_mlp_in");
    const auto graph = circuit_graph(
        selection(axes, {row(axes, {0, 0, 0, 0, 0}), row(axes, {0, 0, 0, 2, 0}), row(axes, {0, 0, 1, 1, 0})},
                  {1, 2, 3}));
    const auto data = plot::network(graph).data;
    REQUIRE(data["groups"].size() == 2);
    CHECK(data["groups"][0]["name"] == "L0H0");
    CHECK(data["groups"][1]["name"] == "L0H1");
    CHECK(data["groups"][0]["color"] != data["groups"][1]["color"]);
    std::vector<plot::json> groups;
    for (const auto& node : data["nodes"]) groups.push_back(node["group"]);
    CHECK(groups == std::vector<plot::json>{0, nullptr, 0, 1}); // L0H0.0, L0N0, L0H0.2, L0H1.1
}

TEST_CASE("entities have different shapes") {
    const auto shapes = plot::network(small_graph()).data["entities"];
    REQUIRE(shapes.size() == 3);
    CHECK(shapes[0] == plot::json({{"name", "direction"}, {"shape", "dot"}}));
    CHECK(shapes[1] == plot::json({{"name", "neuron"}, {"shape", "square"}}));
    CHECK(shapes[2] == plot::json({{"name", "token"}, {"shape", "triangle"}}));
}

TEST_CASE("of many edges the strongest are drawn, and a note says how many are hidden") {
    const auto figure = plot::network(small_graph(), {.max_edges = 2});
    CHECK(figure.data["hidden_edges"] == 1);
    REQUIRE(figure.data["edges"].size() == 2);
    CHECK(figure.data["edges"][0]["score"] == 0.25);
    CHECK(figure.data["edges"][1]["score"] == -0.5);
    CHECK(has_note(figure, "Of 3 edges the 2 strongest are here; 1 are hidden."));
}

TEST_CASE("edges that the graph hides already count as hidden") {
    const auto figure = plot::network(strongest_edges(small_graph(), 2), {.max_edges = 1});
    CHECK(figure.data["hidden_edges"] == 2);
    CHECK(has_note(figure, "Of 3 edges the 1 strongest are here"));
}

TEST_CASE("NaN scores are left out with a note, infinite ones are drawn") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const auto axes = any_edges(3);
    const auto figure = plot::network(circuit_graph(
        selection(axes, {0, 1, 2, 5}, {infinity, -infinity, 3, std::numeric_limits<float>::quiet_NaN()})));
    const auto data = in_page(figure);
    REQUIRE(data["edges"].size() == 3);
    CHECK(data["edges"][0]["score"] == "Infinity");
    CHECK(data["edges"][1]["score"] == "-Infinity");
    CHECK(data["edges"][2]["score"] == 3.0);
    CHECK(has_note(figure, "1 rows without a score (NaN) are left out."));
}

TEST_CASE("parallel edges and loops stay") {
    const auto axes = any_edges(2);
    const auto data = plot::network(circuit_graph(selection(axes, {0, 1}, {1.0F, 2.0F}),
                                                  selection(axes, {0, 1}, {3.0F, 4.0F})))
                          .data;
    CHECK(data["edges"].size() == 4);
    CHECK(data["nodes"].size() == 2);
    CHECK(data["columns"].size() == 1); // nothing says left or right
}

TEST_CASE("an empty graph is a sentence that needs no script") {
    const auto empty = plot::network(basic_circuit_graph<float>());
    CHECK(empty.notes == std::vector<std::string>{"0 nodes, 0 edges, 0 components."});
    const auto panel = plot::to_panel(empty);
    CHECK(panel.script == plot::drawn_by::html);
    CHECK(panel.html.find("<p class=\"empty\">No edge") != std::string::npos);
    const auto none = plot::network(small_graph(), {.max_edges = 0});
    CHECK(plot::to_panel(none).script == plot::drawn_by::html);
    CHECK(has_note(none, "3 are hidden"));
}

TEST_CASE("labels of any text reach the page whole and cannot leave their place") {
    const std::vector<std::string> labels{"</script><script>alert(1)</script>", "\"quoted\" 'too'",
                                          "\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "<!-- a",
                                          "a\nb\tc\x01"};
    for (const auto& label : labels) {
        const auto figure = plot::network(one_edge(label));
        CHECK(in_page(figure)["nodes"][0]["label"] == label);
        const std::string html = plot::to_panel(figure).html;
        CHECK(html.find("<!--") == std::string::npos);
        CHECK(html.find("alert(1)<") == std::string::npos);
    }
}

TEST_CASE("long labels are cut, bytes that are no UTF-8 are replaced, empty ones stay") {
    const auto label = [](const std::string& text) {
        return in_page(plot::network(one_edge(text)))["nodes"][0]["label"].get<std::string>();
    };
    CHECK(label(std::string(10000, 'x')) == std::string(499, 'x') + "\xe2\x80\xa6");
    CHECK(label("\xff!") == "\xef\xbf\xbd!");
    CHECK(label("").empty());
}

TEST_CASE("one edge between two nodes") {
    const auto data = plot::network(one_edge("a", -2)).data;
    CHECK(data["nodes"].size() == 2);
    CHECK(data["edges"][0]["score"] == -2.0);
    CHECK(data["nodes"][0]["y"] == data["nodes"][1]["y"]);
}

TEST_CASE("a graph of doubles keeps their digits") {
    const auto axes = any_edges(2);
    const auto graph = circuit_graph(basic_selection<double>(axes, {1}, {0.1}));
    CHECK(in_page(plot::network(graph))["edges"][0]["score"].get<double>() == 0.1);
}

TEST_CASE("the figure's data can be written as a file") {
    const svdlens_tests::temporary_directory folder;
    const auto figure = plot::network(small_graph());
    plot::write_json(folder / "graph.json", figure);
    std::ifstream file(folder / "graph.json");
    CHECK(plot::json::parse(file) == figure.data);
}

TEST_CASE("a page of a graph fetches vis-network and no plotly") {
    const svdlens_tests::temporary_directory folder;
    write_html(folder / "circuit.html", plot::network(small_graph()));
    std::ifstream file(folder / "circuit.html");
    const std::string html((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    CHECK(html.find("vis-network.min.js\"") != std::string::npos);
    CHECK(html.find("plotly.min.js\"") == std::string::npos);
    CHECK(html.find("<div class=\"network\"") != std::string::npos);
    CHECK(html.find(".network-stage {") != std::string::npos);
}
