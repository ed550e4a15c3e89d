#include "svdlens/table/detail/filter/row_test.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/numbers.hpp"

using namespace svdlens::detail;
using svdlens_tests::inf;
using svdlens_tests::not_a_number;

namespace {

const std::vector<double> numbers{-inf, -2, -1, -5e-324, -0.0, 0, 5e-324, 0.5, 1, 2, inf, not_a_number};

constexpr comparison all[] = {comparison::less, comparison::less_equal, comparison::greater,
                              comparison::greater_equal, comparison::equal};

} // namespace

TEST_CASE("an interval is what two comparisons keep") {
    for (const auto first : all)
        for (const auto second : all)
            for (const double a : numbers)
                for (const double b : numbers) {
                    score_interval interval;
                    REQUIRE(interval.narrow(first, a));
                    REQUIRE(interval.narrow(second, b));
                    for (const double x : numbers)
                        REQUIRE(interval.holds(x) == (compare(x, first, a) && compare(x, second, b)));
                }
}

TEST_CASE("an interval is never what not-equal keeps, and never NaN") {
    score_interval interval;
    CHECK_FALSE(interval.narrow(comparison::not_equal, 1));
    CHECK(interval.holds(1));
    CHECK_FALSE(interval.holds(not_a_number));
}

TEST_CASE("score and magnitude have an interval each") {
    score_intervals intervals;
    CHECK(intervals.narrow({compared_score::magnitude, comparison::greater, 0.5}));
    CHECK(intervals.narrow({compared_score::signed_value, comparison::less, 1}));
    for (const double x : numbers) CHECK(intervals.hold(x) == (std::abs(x) > 0.5 && x < 1));
}
