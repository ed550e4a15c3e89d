#include "svdlens/plot/bar.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace svdlens;
using plot::bar;
using plot::json;

TEST_CASE("a bar a label, in the order of the counts") {
    const std::vector<value_count> counts{{"L0N1", 5, 1}, {"L0N0", 2, 0}};
    const auto f = bar(counts, {.title = "targets", .axis_title = "neuron"});
    REQUIRE(f.data.size() == 1);
    CHECK(f.data[0]["type"] == "bar");
    CHECK(f.data[0]["x"] == json{"L0N1", "L0N0"});
    CHECK(f.data[0]["y"] == json{5, 2});
    CHECK(f.title == "targets");
    CHECK(f.layout["xaxis"]["title"]["text"] == "neuron");
    CHECK(f.layout["xaxis"]["type"] == "category");
    CHECK(f.layout["yaxis"]["title"]["text"] == "rows");
    CHECK(f.notes.empty());
}

TEST_CASE("bars that are not drawn are told of") {
    std::vector<value_count> counts;
    for (std::uint64_t k = 0; k < 7; ++k) counts.push_back({std::to_string(k), 10 - k, k});
    const auto f = bar(counts, {.max_bars = 3});
    CHECK(f.data[0]["x"] == json{"0", "1", "2"});
    CHECK(f.notes == std::vector<std::string>{"The first 3 of 7 bars are drawn."});
    CHECK(bar(counts, {.max_bars = 7}).notes.empty());
    CHECK(bar(counts, {.max_bars = 0}).data[0]["x"] == json::array());
}

TEST_CASE("labels that repeat are bars of their own") {
    const std::vector<value_count> counts{{" the", 5, 12}, {" the", 4, 77}, {"", 3, 5}};
    CHECK(bar(counts).data[0]["x"] == json{" the", " the #77", "(empty)"});
}

TEST_CASE("a figure of no counts says so") {
    const auto f = bar({});
    CHECK(f.data.empty());
    CHECK(f.notes.size() == 1);
}

TEST_CASE("a count beyond 2^53 keeps its digits") {
    const std::vector<value_count> counts{{"all", (std::uint64_t{1} << 60) + 1, 0}};
    CHECK(bar(counts).data[0]["y"].dump() == "[1152921504606846977]");
}
