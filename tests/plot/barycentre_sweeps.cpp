#include "svdlens/plot/barycentre_sweeps.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "support/catch.hpp"

using svdlens::plot::detail::spread;

namespace {

/// Least squares under the distances, by a projected descent that shares no code with `spread`: pairs that
/// stand too close push each other away, over and over (Dykstra's alternating projections).
std::vector<double> pushed_apart(std::vector<double> y, const std::vector<double>& gaps) {
    std::vector<double> pushes(gaps.size(), 0);
    for (int round = 0; round < 20000; ++round) {
        for (std::size_t k = 0; k < gaps.size(); ++k) {
            y[k] += pushes[k];
            y[k + 1] -= pushes[k];
            pushes[k] = std::max(0.0, (gaps[k] - (y[k + 1] - y[k])) / 2);
            y[k] -= pushes[k];
            y[k + 1] += pushes[k];
        }
    }
    return y;
}

} // namespace

TEST_CASE("places that are far enough apart stay") {
    CHECK(spread({0, 10, 30}, {4, 4, 4}) == std::vector<double>{0, 10, 30});
    CHECK(spread({5}, {4}) == std::vector<double>{5});
    CHECK(spread({}, {}).empty());
}

TEST_CASE("equal wishes are spread about what they wish") {
    CHECK(spread({6, 6, 6}, {2, 2, 2}) == std::vector<double>{4, 6, 8});
    CHECK(spread({0, 0}, {2, 6}) == std::vector<double>{-2, 2}); // half of each height between them
}

TEST_CASE("the places are the nearest to the wishes that have room") {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> any(0, 20);
    for (int round = 0; round < 20; ++round) {
        std::vector<double> wishes(8), heights(8), gaps;
        for (auto& wish : wishes) wish = any(random);
        for (auto& height : heights) height = any(random) / 4;
        std::sort(wishes.begin(), wishes.end());
        for (std::size_t k = 0; k + 1 < 8; ++k) gaps.push_back((heights[k] + heights[k + 1]) / 2);
        const auto places = spread(wishes, heights), expected = pushed_apart(wishes, gaps);
        for (std::size_t k = 0; k < 8; ++k) CHECK(std::abs(places[k] - expected[k]) < 1e-6);
    }
}
