#include "svdlens/plot/scatter.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/aggregates.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/pivot.hpp"

using namespace svdlens;
using plot::json;

namespace {

const std::vector<std::string> actions{"left", "right", "done"};

wide_table action_table(const std::vector<double>& scores) {
    svdlens::axes axes({{"layer", 2}, {"direction", scores.size() / 6}, {"action", actions}});
    return pivot(long_table(scores, axes), by("layer", "direction"), by("action"), aggregates::single{});
}

} // namespace

TEST_CASE("a point for each row of a wide table: two of its columns, a colour, an opacity") {
    const auto scores = svdlens_tests::random_scores<double>(24, 1);
    const auto f = plot::scatter(action_table(scores),
                                 {.x = "left", .y = "done", .color = "layer", .opacity = [](row_number row) {
                                      return row == 0 ? 7.0 : 0.25; // beyond 1 it is 1
                                  }});
    REQUIRE(f.data.size() == 2);
    for (std::size_t layer = 0; layer < 2; ++layer)
        for (std::size_t k = 0; k < 4; ++k) {
            const std::size_t row = layer * 4 + k;
            CHECK(f.data[layer]["x"][k] == scores[row * 3]);
            CHECK(f.data[layer]["y"][k] == scores[row * 3 + 2]);
            CHECK(f.data[layer]["customdata"][k] == std::to_string(layer) + ", " + std::to_string(k));
            CHECK(f.data[layer]["marker"]["opacity"][k] == (row == 0 ? 1.0 : 0.25));
        }
    CHECK(f.layout["xaxis"]["title"]["text"] == "left");
    CHECK(f.layout["yaxis"]["title"]["text"] == "done");
}

TEST_CASE("rows that lack a number are counted") {
    auto scores = svdlens_tests::random_scores<double>(24, 1);
    scores[0] = std::numeric_limits<double>::quiet_NaN();
    scores[4] = std::numeric_limits<double>::infinity();
    const auto f = plot::scatter(action_table(scores), {.x = "left", .y = "right"});
    CHECK(f.data[0]["x"].size() == 6);
    CHECK(f.notes == std::vector<std::string>{"2 rows lack one of the two numbers."});
}

TEST_CASE("of many points the extremes of both columns are drawn") {
    const auto scores = svdlens_tests::random_scores<double>(6000, 2);
    const auto f = plot::scatter(action_table(scores),
                                 {.x = "left", .y = "right", .thinning = {.max_points = 100, .extremes = 5}});
    CHECK(f.data[0]["x"].size() == 100);
    CHECK(f.notes.back().starts_with("Drawn are 100 of 2000 rows"));
    for (const std::size_t column : {0U, 1U}) {
        std::vector<double> all;
        for (std::size_t row = 0; row < 2000; ++row) all.push_back(scores[row * 3 + column]);
        std::sort(all.begin(), all.end());
        std::set<double> drawn;
        for (const auto& value : f.data[0][column == 0 ? "x" : "y"]) drawn.insert(value.get<double>());
        for (std::size_t k = 0; k < 5; ++k) {
            CHECK(drawn.contains(all[k]));
            CHECK(drawn.contains(all[all.size() - 1 - k]));
        }
    }
}

TEST_CASE("the diagonal lies in a square of one range") {
    const auto f = plot::with_diagonal(
        plot::scatter(action_table({1, -3, 0, 2, 5, 0, 0, 0, 0, 1, 1, 0}), {.x = "left", .y = "right"}));
    CHECK(f.layout["xaxis"]["range"] == f.layout["yaxis"]["range"]);
    CHECK(f.layout["xaxis"]["range"][1].get<double>() == Approx(5.4));
    CHECK(f.layout["yaxis"]["scaleanchor"] == "x");
    REQUIRE(f.layout["shapes"].size() == 1);
    CHECK(f.layout["shapes"][0]["x0"] == f.layout["shapes"][0]["y0"]);
    CHECK(plot::with_diagonal({}).layout.empty()); // nothing to draw
}

TEST_CASE("columns that are not there or stand twice") {
    const auto wide = action_table(svdlens_tests::random_scores<double>(12, 1));
    CHECK_THROWS_AS(plot::scatter(wide, {.x = "left", .y = "forward"}), lookup_error);
    CHECK_THROWS_AS(plot::scatter(wide, {.x = "left", .y = "right", .color = "head"}), lookup_error);
    const auto none =
        pivot(long_table(std::vector<double>(), svdlens::axes({{"layer", 0}, {"action", actions}})),
              by("layer"), by("action"), aggregates::single{});
    CHECK(plot::scatter(none, {.x = "left", .y = "right"}).data.empty());
}
