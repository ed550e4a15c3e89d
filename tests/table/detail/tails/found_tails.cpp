#include "svdlens/table/detail/tails/found_tails.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("tails take probabilities in order") {
    CHECK_NOTHROW(sl::detail::check_tails({}));
    CHECK_NOTHROW(sl::detail::check_tails({.low = 0, .high = 1}));
    CHECK_NOTHROW(sl::detail::check_tails({.low = 0.5, .high = 0.5}));
    CHECK_THROWS_AS(sl::detail::check_tails({.low = 0.5, .high = 0.4}), sl::argument_error);
    CHECK_THROWS_AS(sl::detail::check_tails({.high = std::numeric_limits<double>::quiet_NaN()}),
                    sl::argument_error);
}

TEST_CASE("bounds have one zero") {
    const auto bounds = sl::detail::to_bounds(-0.0, std::numeric_limits<double>::quiet_NaN());
    CHECK_FALSE(std::signbit(bounds.low));
    CHECK(std::isnan(bounds.high));
    CHECK(sl::detail::to_bounds(-1.5, 2).low == -1.5);
}

TEST_CASE("a row of a tail takes 48 bytes of float scores, 56 of double ones") {
    CHECK(sl::detail::tail_bytes<float>(1000) == 48000);
    CHECK(sl::detail::tail_bytes<double>(1000) == 56000);
}
