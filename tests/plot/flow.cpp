#include "svdlens/plot/flow.hpp"

#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/core/error.hpp"
#include "svdlens/plot/palette.hpp"
#include "svdlens/plot/panel.hpp"
#include "svdlens/table/selection.hpp"

using namespace svdlens;

namespace {

/// Directions (layer, head, direction) to three neurons of layer 1.
float_graph flow_graph() {
    axes table({{"layer", 2}, {"head", 2}, {"direction", 2}, {"neuron", 3}},
               {{"head", "L{layer}H{head}"}, {"source", "{head}.{direction}"}, {"target", "L1N{neuron}"}});
    table.set_title("ov_to_mlp_in");
    float_graph graph;
    graph.add(basic_selection<float>(std::move(table), {0, 4, 13, 23}, {1, -3, 2, -0.5F}));
    return graph;
}

} // namespace

TEST_CASE("edges stand in the order of their rates, those without in that of |score|") {
    const auto order = [](const plot::flow_figure& f) {
        std::vector<double> scores;
        for (const auto& edge : f.data["edges"]) scores.push_back(edge["score"]);
        return scores;
    };
    const auto graph = flow_graph();
    CHECK(order(plot::flow(graph)) == std::vector<double>{-3, 2, 1, -0.5});
    const auto rated = plot::flow(graph, {.rates = {0.04, 0.02, 0.01, 0.04}});
    CHECK(order(rated) == std::vector<double>{2, -3, 1, -0.5});
    CHECK(rated.data["edges"][0]["q"] == 0.01);
    CHECK(plot::flow(graph).data["edges"][0]["q"].is_null());
}

TEST_CASE("a flow refuses rates that are not one an edge") {
    try {
        (void)plot::flow(flow_graph(), {.rates = {0.1}});
        FAIL("nothing was thrown");
    } catch (const argument_error& refused) {
        CHECK(std::string(refused.what()) == "flow: expected a rate for each of 4 edges, found 1");
    }
    CHECK_THROWS_WITH(plot::flow(flow_graph(), {.roles = {"Q", "K"}}),
                      "flow: expected a role for each of 1 sections, found 2");
    CHECK_THROWS_WITH(plot::flow(flow_graph(), {.gains = {1}}),
                      "flow: expected a gain for each of 7 nodes, found 1");
}

TEST_CASE("what paths are multiplied by, letters, units and communities come with edges, nodes and groups") {
    const double none = std::numeric_limits<double>::quiet_NaN();
    const auto data = plot::flow(flow_graph(), {.roles = {"Q"},
                                                .score_titles = {"composition"},
                                                .dots = {0.5, -0.25, none, 2},
                                                .gains = {1, 2, 3, 4, 5, 6, 7},
                                                .communities = {{"L0H0", 2}}})
                          .data;
    CHECK(data["roles"] == plot::json{"Q"});
    CHECK(data["score_titles"] == plot::json{"composition"});
    CHECK(data["edges"][0]["dot"] == -0.25); // by |score|
    CHECK(data["edges"][1]["dot"].is_null());
    CHECK(data["nodes"][3]["gain"] == 4);
    CHECK(data["groups"][0]["community"] == 2);
    CHECK(data["groups"][0]["community_color"] == plot::palette[2]);
    CHECK_FALSE(data["groups"][1].contains("community"));
}

TEST_CASE("what a head's queries and keys read, and the head itself, are of one group and in its column") {
    float_graph graph = flow_graph();
    for (const std::string side : {"q", "k"}) {
        axes reads({{"layer", 2}, {"head", 2}, {"direction", 2}, {"token", 3}},
                   {{"head", "L{layer}H{head}"},
                    {"source", "t{token}"},
                    {"target", "{head}." + side + "{direction}", side}});
        reads.set_title("embed_to_" + side);
        graph.add(basic_selection<float>(std::move(reads), {13}, {1}));
    }
    axes pairs({{"layer", 2}, {"head", 2}, {"target_layer", 2}, {"target_head", 2}},
               {{"source", "L{layer}H{head}", "head"}, {"target", "L{target_layer}H{target_head}", "head"}});
    graph.add(basic_selection<float>(std::move(pairs), {2}, {1})); // L0H0 to L1H0
    const auto data = plot::flow(graph).data;
    CHECK(data["groups"].size() == 3);
    for (const auto& node : data["nodes"])
        for (const auto& other : data["nodes"])
            if (!node["group"].is_null() && node["group"] == other["group"])
                CHECK(node["column"] == other["column"]);
    const auto group_named = [&](const std::string& label) {
        for (const auto& node : data["nodes"])
            if (node["label"] == label) return data["groups"][node["group"].get<std::size_t>()]["name"];
        return plot::json();
    };
    CHECK(group_named("L1H0.q0") == "L1H0");
    CHECK(group_named("L1H0.k0") == "L1H0");
    CHECK(group_named("L1H0") == "L1H0");
}

TEST_CASE("the directions of a head are a group with the head's hue, neurons are alone") {
    const auto data = plot::flow(flow_graph()).data;
    std::set<std::string> names;
    for (const auto& group : data["groups"]) names.insert(group["name"]);
    CHECK(names == std::set<std::string>{"L0H0", "L1H0", "L1H1"});
    CHECK(data["groups"][1]["color"] == plot::hue(1, 0));
    for (const auto& node : data["nodes"])
        CHECK(node["group"].is_null() == (node["label"].get<std::string>().rfind("L1N", 0) == 0));
    CHECK(data["sections"][0] == "ov_to_mlp_in");
    CHECK(data["columns"].size() == 3); // layer 0, layer 1, neurons
}

TEST_CASE("a flow is drawn by the page's own script, and without edges is a sentence") {
    const auto p = to_panel(plot::flow(flow_graph(), {.title = "a <b>"}));
    CHECK(p.script == plot::drawn_by::svg);
    CHECK(p.html.find("aria-label=\"a &lt;b&gt;\"") != std::string::npos);
    const auto empty = to_panel(plot::flow(float_graph()));
    CHECK(empty.script == plot::drawn_by::html);
    CHECK(empty.html.find("No edge") != std::string::npos);
}

TEST_CASE("the heads of a small model have hues of their own") {
    std::set<std::string> hues;
    for (std::size_t layer = 0; layer < 3; ++layer)
        for (std::size_t head = 0; head < 4; ++head) hues.insert(plot::hue(layer, head));
    CHECK(hues.size() == 12);
}
