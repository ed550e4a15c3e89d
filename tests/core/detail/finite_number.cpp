#include "svdlens/core/detail/finite_number.hpp"

#include <limits>

#include "support/catch.hpp"

TEST_CASE("a finite number is neither infinite nor NaN") {
    using limits = std::numeric_limits<double>;
    using svdlens::detail::is_finite_number;
    for (const double x : {0.0, -0.0, 1.0, limits::max(), limits::lowest(), limits::denorm_min()})
        CHECK(is_finite_number(x));
    for (const double x : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()})
        CHECK_FALSE(is_finite_number(x));
}
