#include "svdlens/plot/grid.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/predicate.hpp"
#include "svdlens/table/where.hpp"

using namespace svdlens;
using plot::json;

TEST_CASE("a map has x across and y down, and its own title") {
    const auto scores = svdlens_tests::random_scores<float>(3 * 2 * 5, 3);
    const auto f = plot::grid(long_table(scores, svdlens::axes({{"feature", 30}})),
                              {.width = 2, .height = 5, .maps = {"key", "ball", "<door>"}});
    REQUIRE(f.data.size() == 3);
    for (std::size_t map = 0; map < 3; ++map) {
        const auto& z = f.data[map]["z"];
        REQUIRE(z.size() == 5);
        for (std::size_t x = 0; x < 2; ++x)
            for (std::size_t y = 0; y < 5; ++y) CHECK(z[y][x].get<float>() == scores[(map * 2 + x) * 5 + y]);
        const std::string suffix = map == 0 ? "" : std::to_string(map + 1);
        CHECK(f.data[map]["xaxis"] == "x" + suffix);
        CHECK(f.layout["annotations"][map]["xref"] == "x" + suffix + " domain");
        CHECK(f.layout["yaxis" + suffix]["autorange"] == "reversed");
        CHECK(f.layout["yaxis" + suffix]["scaleanchor"] == "x" + suffix);
    }
    CHECK(f.layout["annotations"][1]["text"] == "ball");
    CHECK(f.layout["annotations"][2]["text"] == "&lt;door&gt;");
}

TEST_CASE("places without a row are empty, maps without one are left out") {
    const auto table =
        long_table(svdlens_tests::random_scores<float>(27, 3), svdlens::axes({{"feature", 27}}));
    const auto f = plot::grid(where(table, axis_index("feature") >= 13), {.width = 3, .height = 3});
    REQUIRE(f.data.size() == 2);
    CHECK(f.data[0]["name"] == "map 1");
    CHECK(f.data[0]["z"][0][1].is_null()); // feature 12
    CHECK_FALSE(f.data[0]["z"][1][1].is_null());
    CHECK(plot::grid(where(table, axis_index("feature") > 26), {.width = 3, .height = 3}).data.empty());
}

TEST_CASE("two rows of one place, axes that do not fit, names that are too few") {
    const auto two =
        long_table(svdlens_tests::random_scores<float>(18, 3), svdlens::axes({{"head", 2}, {"feature", 9}}));
    CHECK_THROWS_AS(plot::grid(two, {.width = 3, .height = 3}), argument_error);
    CHECK_NOTHROW(plot::grid(where(two, axis_index("head") == 1), {.width = 3, .height = 3}));
    CHECK_THROWS_AS(plot::grid(two, {.width = 2, .height = 2}), argument_error);
    CHECK_THROWS_AS(plot::grid(two, {.axis = "nothing"}), lookup_error);
    CHECK_THROWS_AS(
        plot::grid(where(two, axis_index("head") == 1), {.width = 3, .height = 1, .maps = {"a", "b"}}),
        argument_error);
    CHECK_THROWS_AS(plot::grid(where(two, axis_index("head") == 1), {.width = 1, .height = 1, .max_maps = 8}),
                    argument_error);
}
