#include "svdlens/plot/line.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"

using namespace svdlens;
using plot::json;

TEST_CASE("a line runs through the scores of its group along the axis") {
    const auto scores = svdlens_tests::random_scores<float>(24, 8);
    const auto f =
        plot::line(long_table(scores, svdlens_tests::head_axes(2, 3, 4)), {.x = "neuron", .color = "head"});
    REQUIRE(f.data.size() == 6);
    for (std::size_t head = 0; head < 6; ++head) {
        CHECK(f.data[head]["x"] == json{0, 1, 2, 3});
        for (std::size_t k = 0; k < 4; ++k) CHECK(f.data[head]["y"][k].get<float>() == scores[head * 4 + k]);
    }
    CHECK(f.data[5]["name"] == "L1H2");
}

TEST_CASE("scores that are not finite leave gaps, no rows and too many") {
    const std::vector<double> scores{1, std::numeric_limits<double>::quiet_NaN(), 3};
    const auto f = plot::line(long_table(scores, svdlens::axes({{"k", 3}})), {.x = "k"});
    CHECK(f.data[0]["y"].dump() == "[1.0,null,3.0]");
    CHECK(plot::line(long_table(std::vector<double>(), svdlens::axes({axis("k", std::uint64_t{0})})),
                     {.x = "k"})
              .data.empty());
    CHECK_THROWS_AS(plot::line(long_table(scores, svdlens::axes({{"k", 3}})), {.x = "layer"}), lookup_error);
    const std::vector<float> many(500'001);
    CHECK_THROWS_AS(plot::line(long_table(many, svdlens::axes({{"k", 500'001}})), {.x = "k"}),
                    argument_error);
}
