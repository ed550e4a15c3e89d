#include "svdlens/graph/communities.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "graph/edge_tables.hpp"
#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

/// What make_communities.py wrote of a graph.
struct known_graph {
    std::string name;
    double resolution;
    std::vector<sl::weighted_edge> edges;
    std::vector<std::size_t> community;
    double modularity;
};

std::vector<known_graph> known_graphs() {
    std::ifstream in(std::string(SVDLENS_TEST_SOURCE_DIR) + "/graph/communities.txt");
    REQUIRE(in);
    std::vector<known_graph> graphs;
    known_graph next;
    for (std::size_t nodes, edges; in >> next.name >> next.resolution >> nodes >> edges >> next.modularity;) {
        next.community.resize(nodes);
        for (auto& each : next.community) in >> each;
        next.edges.resize(edges);
        for (auto& each : next.edges) in >> each.a >> each.b >> each.weight;
        graphs.push_back(next);
    }
    REQUIRE(graphs.size() == 8);
    return graphs;
}

} // namespace

TEST_CASE("communities are as good as the best that networkx finds, and modularity is the same") {
    for (const auto& each : known_graphs()) {
        INFO(each.name);
        const sl::community_options options{.resolution = each.resolution};
        CHECK(sl::modularity_of(each.community, each.edges, options) ==
              Approx(each.modularity).margin(1e-12));
        const auto found = sl::find_communities(each.community.size(), each.edges, options);
        CHECK(found.modularity >= each.modularity - 1e-9);
        CHECK(sl::modularity_of(found.community, each.edges, options) == found.modularity);
        REQUIRE(found.community.size() == each.community.size());
        std::vector<std::size_t> sizes(found.count());
        for (const auto community : found.community) ++sizes.at(community);
        CHECK(sizes == found.sizes);
        CHECK(std::is_sorted(sizes.rbegin(), sizes.rend()));
        // The order of the edges, and which of their ends is called first, are nothing.
        auto turned = each.edges;
        std::reverse(turned.begin(), turned.end());
        for (auto& edge : turned) std::swap(edge.a, edge.b);
        const auto again = sl::find_communities(each.community.size(), turned, options);
        CHECK(again.modularity == Approx(found.modularity).margin(1e-9));
        if (each.name == "karate" || each.name == "ring_of_cliques")
            CHECK(again.community == found.community);
    }
}

TEST_CASE("cliques in a ring are the communities, numbered by their first nodes") {
    std::vector<sl::weighted_edge> edges;
    for (std::size_t ring = 0; ring < 6; ++ring) {
        for (std::size_t a = 0; a < 4; ++a)
            for (std::size_t b = 0; b < a; ++b) edges.push_back({ring * 4 + a, ring * 4 + b});
        edges.push_back({ring * 4, (ring * 4 + 5) % 24});
    }
    edges.push_back({25, 26}); // and one larger than the others
    for (std::size_t k = 27; k < 31; ++k) edges.push_back({25, k});
    const auto found = sl::find_communities(31, edges);
    CHECK(found.sizes == std::vector<std::size_t>{6, 4, 4, 4, 4, 4, 4, 1});
    for (std::size_t k = 0; k < 24; ++k) CHECK(found.community[k] == 1 + k / 4);
    CHECK(found.community[24] == 7); // without an edge
    CHECK(found.community[30] == 0);
}

TEST_CASE("no nodes, no edges, no weight, and what is no graph is refused") {
    CHECK(sl::find_communities(0, {}).count() == 0);
    const auto alone = sl::find_communities(3, {});
    CHECK(alone.community == std::vector<std::size_t>{0, 1, 2});
    CHECK(alone.modularity == 0);
    const std::vector<sl::weighted_edge> light{{0, 1, 0}};
    CHECK(sl::find_communities(2, light).count() == 2);
    for (const auto& bad : {sl::weighted_edge{0, 2}, sl::weighted_edge{2, 0}, sl::weighted_edge{0, 1, -1},
                            sl::weighted_edge{0, 1, std::nan("")},
                            sl::weighted_edge{0, 1, std::numeric_limits<double>::infinity()}}) {
        const std::vector<sl::weighted_edge> edges{bad};
        CHECK_THROWS_AS(sl::find_communities(2, edges), sl::argument_error);
        CHECK_THROWS_AS(sl::modularity_of(std::vector<std::size_t>{0, 1}, edges), sl::argument_error);
    }
    const std::vector<sl::weighted_edge> huge{{0, 1, 1e308}, {1, 2, 1e308}};
    CHECK_THROWS_AS(sl::find_communities(3, huge), sl::argument_error);
    CHECK_THROWS_AS(sl::find_communities(2, light, {.resolution = 0}), sl::argument_error);
    CHECK_THROWS_AS(sl::find_communities(2, light, {.orders = 0}), sl::argument_error);
}

TEST_CASE("every node has a community, however fine they are asked for") {
    const std::vector<sl::weighted_edge> pair{{0, 1, 1}};
    const auto apart = sl::find_communities(2, pair, {.resolution = 5});
    CHECK(apart.community == std::vector<std::size_t>{0, 1});
    CHECK(apart.modularity == Approx(-2.5));
    CHECK(sl::find_communities(2, pair, {.resolution = 1e-3}).count() == 1);
    CHECK(sl::find_communities(2, pair, {.resolution = 1e300}).community.size() == 2);
}

TEST_CASE("a circuit graph's edges count by |score|, in both directions together") {
    using svdlens_tests::any_edges;
    const auto graph = sl::circuit_graph(
        sl::selection(any_edges(6), {1, 6 + 0, 2 * 6 + 3, 3 * 6 + 4, 1 * 6 + 2}, {-2, 1, 3, -3, 0.5F}));
    const auto found = sl::find_communities(graph);
    REQUIRE(found.community.size() == graph.nodes().size());
    const std::vector<sl::weighted_edge> edges{{0, 1, 3}, {2, 3, 3}, {3, 4, 3}, {1, 2, 0.5}};
    std::vector<std::size_t> named;
    for (const auto& node : graph.nodes()) named.push_back(static_cast<std::size_t>(node.index[0]));
    const auto by_hand = sl::find_communities(5, edges);
    CHECK(found.modularity == Approx(by_hand.modularity).margin(1e-12));
    for (std::size_t k = 0; k < named.size(); ++k) CHECK(found.community[k] == by_hand.community[named[k]]);
}
