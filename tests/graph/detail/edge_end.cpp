#include "svdlens/graph/detail/edge_end.hpp"

#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace svdlens;

TEST_CASE("an end's index follows its pattern, not the order of the axes") {
    const axes table({{"neuron", 3}, {"target_layer", 4}},
                     {{"target", "L{target_layer}N{neuron}", "neuron"}});
    const detail::edge_end end(table, "target");
    std::vector<std::uint64_t> index{9};
    end.index(2 * 4 + 1, index);
    CHECK(index == std::vector<std::uint64_t>{1, 2});
    CHECK(end.label(2 * 4 + 1) == "L1N2");
    CHECK(end.entity() == "neuron");
    CHECK(end.layer() == std::size_t{0});
}

TEST_CASE("an end without a layer axis has no layer") {
    const axes table({{"player", 3}}, {{"source", "{player}"}});
    CHECK_FALSE(detail::edge_end(table, "source").layer());
}

TEST_CASE("an unknown end names the table and its columns") {
    axes table({{"token", 3}});
    table.set_title("my scores");
    try {
        detail::edge_end(table, "source");
        FAIL("no exception");
    } catch (const lookup_error& e) {
        const std::string message = e.what();
        CHECK(message.find("\"my scores\"") != std::string::npos);
        CHECK(message.find("\"token\"") != std::string::npos);
        CHECK(message.find('\n') == std::string::npos);
    }
}

TEST_CASE("the remedy for an unknown end is a pattern that names what it should") {
    const auto remedy = [](const axes& table) {
        try {
            detail::edge_end(table, "source");
        } catch (const lookup_error& e) {
            return std::string(e.what());
        }
        return std::string("no exception");
    };
    axes table({{"layer", 2}, {"head", 3}});
    CHECK(remedy(table).find("\"L{layer}H{head}\"") != std::string::npos);
    table.add({"head", "L{layer}H{head}"}); // the pattern's {head} would be this one, with its layer
    CHECK(remedy(table).find("\"{head}\"") != std::string::npos);
    CHECK(remedy(table).find("L{layer}") == std::string::npos);
}

TEST_CASE("neighbouring identities have different hashes") {
    std::set<std::size_t> hashes;
    for (std::uint64_t a = 0; a < 40; ++a)
        for (std::uint64_t b = 0; b < 40; ++b) hashes.insert(detail::node_hash("node", std::vector{a, b}));
    CHECK(hashes.size() == 1600);
    CHECK(detail::node_hash("neuron", std::vector<std::uint64_t>{1}) !=
          detail::node_hash("token", std::vector<std::uint64_t>{1}));
}
