#include "svdlens/table/score_order.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;
using sl::detail::score_place;

TEMPLATE_TEST_CASE("places ascend as scores are ordered, with NaN last in either order", "", float, double) {
    using limits = std::numeric_limits<TestType>;
    const std::vector<TestType> ordered{-limits::infinity(),  limits::lowest(),      TestType{-1},
                                        -limits::min(),       -limits::denorm_min(), TestType{0},
                                        limits::denorm_min(), limits::min(),         TestType{1},
                                        limits::max(),        limits::infinity()};
    const auto up = sl::sort_order::ascending, down = sl::sort_order::descending;
    for (std::size_t a = 0; a < ordered.size(); ++a) {
        for (std::size_t b = 0; b < ordered.size(); ++b) {
            CHECK((score_place(ordered[a], up) < score_place(ordered[b], up)) == (a < b));
            CHECK((score_place(ordered[a], down) < score_place(ordered[b], down)) == (a > b));
        }
        for (const auto nan : {limits::quiet_NaN(), -limits::quiet_NaN()}) {
            CHECK(score_place(nan, up) > score_place(ordered[a], up));
            CHECK(score_place(nan, down) > score_place(ordered[a], down));
        }
    }
    CHECK(score_place(TestType(-0.0), up) == score_place(TestType(0.0), up));
    CHECK(score_place(TestType(-0.0), down) == score_place(TestType(0.0), down));
}
