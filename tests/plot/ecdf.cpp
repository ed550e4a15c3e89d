#include "svdlens/plot/ecdf.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"

using namespace svdlens;
using plot::json;

TEST_CASE("a line of the ECDF has the share of scores that are at most each value") {
    const auto scores = svdlens_tests::awkward_scores<float>(600, 9);
    const auto f = plot::ecdf(long_table(scores, svdlens_tests::head_axes(2, 3, 100)), {.color = "head"});
    REQUIRE(f.data.size() == 6);
    for (std::size_t head = 0; head < 6; ++head) {
        const std::vector<float> mine(scores.begin() + static_cast<std::ptrdiff_t>(100 * head),
                                      scores.begin() + static_cast<std::ptrdiff_t>(100 * head + 100));
        const auto count = std::count_if(mine.begin(), mine.end(), [](float s) { return !std::isnan(s); });
        const auto& trace = f.data[head];
        CHECK(trace["name"] == "L" + std::to_string(head / 3) + "H" + std::to_string(head % 3));
        REQUIRE(trace["x"].size() == trace["y"].size());
        for (std::size_t k = 0; k < trace["x"].size(); ++k) {
            const auto value = trace["x"][k].get<double>();
            const auto below = std::count_if(mine.begin(), mine.end(),
                                             [&](float s) { return static_cast<double>(s) <= value; });
            CHECK(trace["y"][k].get<double>() ==
                  Approx(static_cast<double>(below) / static_cast<double>(count)));
        }
    }
    CHECK(f.notes.size() == 1); // NaN
    CHECK(f.layout["showlegend"] == true);
}

TEST_CASE("one distribution, thinned: lowest and highest are there") {
    const auto scores = svdlens_tests::random_scores<float>(5000, 2);
    const auto f = plot::ecdf(long_table(scores, svdlens::axes({{"neuron", 5000}})), {.points = 50});
    REQUIRE(f.data.size() == 1);
    const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
    CHECK(f.data[0]["x"].size() == 50);
    CHECK(f.data[0]["x"].front().get<float>() == *low);
    CHECK(f.data[0]["x"].back().get<float>() == *high);
    CHECK(f.data[0]["y"].back() == 1.0);
    CHECK(f.data[0]["line"]["shape"] == "hv");
    CHECK(f.layout["showlegend"] == false);
}

TEST_CASE("an ECDF of one score is a point, of none a sentence, of too many groups an error") {
    const std::vector<float> one{2};
    const auto point = plot::ecdf(long_table(one, svdlens::axes({{"neuron", 1}})));
    CHECK(point.data[0]["mode"] == "markers");
    CHECK(point.data[0]["x"] == json{2.0});
    const std::vector<float> nan{std::numeric_limits<float>::quiet_NaN()};
    const auto nothing = plot::ecdf(long_table(nan, svdlens::axes({{"neuron", 1}})));
    CHECK(nothing.data.empty());
    CHECK(nothing.notes.size() == 2);
    const auto many =
        long_table(svdlens_tests::random_scores<float>(300, 1), svdlens::axes({{"neuron", 300}}));
    CHECK_THROWS_AS(plot::ecdf(many, {.color = "neuron"}), argument_error);
    CHECK_THROWS_AS(plot::ecdf(many, {.color = "head"}), lookup_error);
}
