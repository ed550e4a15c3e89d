#include "svdlens/plot/heatmap.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/table/aggregates.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/pivot.hpp"

using namespace svdlens;
using plot::json;

namespace {

wide_table wide_of(const std::vector<double>& scores) {
    return pivot(
        long_table(scores, svdlens::axes({{"layer", 2},
                                          {"action", std::vector<std::string>{"left", "right", "left"}}})),
        by("layer"), by("action"), aggregates::single{});
}

} // namespace

TEST_CASE("a heat map has the cells of the wide table, its first row at the top") {
    const auto f = plot::heatmap(wide_of({1, -2, 3, 4, 5, -6}), {.title = "cells"});
    CHECK(f.data[0]["z"] == json{{1.0, -2.0, 3.0}, {4.0, 5.0, -6.0}});
    CHECK(f.data[0]["x"] == json{"left", "right", "left #2"});
    CHECK(f.data[0]["y"] == json{"0", "1"});
    CHECK(f.layout["yaxis"]["autorange"] == "reversed");
    CHECK(f.layout["yaxis"]["title"]["text"] == "layer");
    CHECK(f.layout["coloraxis"]["cmin"] == -6.0); // white is 0
    CHECK(f.layout["coloraxis"]["cmax"] == 6.0);
    CHECK(f.layout["coloraxis"]["colorscale"][1][1] == "#ffffff");
}

TEST_CASE("a scale without negative values starts at 0") {
    const auto f = plot::heatmap(wide_of({1, 2, 3, 4, 5, 6}));
    CHECK(f.layout["coloraxis"]["cmin"] == 0.0);
    CHECK(f.layout["coloraxis"]["colorscale"][0][1] == "#ffffff");
    CHECK(plot::heatmap(wide_of({0, 0, 0, 0, 0, 0})).layout["coloraxis"]["cmax"] == 1.0);
}

TEST_CASE("cells that are not finite are empty and do not stretch the scale") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto f = plot::heatmap(wide_of({1, std::numeric_limits<double>::quiet_NaN(), infinity, 0, 0, 2}));
    CHECK(f.data[0]["z"][0].dump() == "[1.0,null,null]");
    CHECK(f.layout["coloraxis"]["cmax"] == 2.0);
}

TEST_CASE("a heat map of no cells, and of too many") {
    const auto none = pivot(long_table(std::vector<double>(), svdlens::axes({{"layer", 0}, {"action", 3}})),
                            by("layer"), by("action"), aggregates::single{});
    CHECK(plot::heatmap(none).data.empty());
    CHECK_THROWS_AS(plot::heatmap(wide_of({1, 2, 3, 4, 5, 6}), {.max_cells = 5}), argument_error);
}
