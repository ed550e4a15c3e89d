#include "svdlens/table/detail/filter/predicate_node.hpp"

#include <limits>

#include "support/catch.hpp"

using svdlens::detail::compare;
using svdlens::detail::comparison;

TEST_CASE("comparisons are those of IEEE numbers") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const double a : {-1.0, -0.0, 0.0, 2.0, nan})
        for (const double b : {-1.0, -0.0, 0.0, 2.0, nan}) {
            CHECK(compare(a, comparison::less, b) == (a < b));
            CHECK(compare(a, comparison::less_equal, b) == (a <= b));
            CHECK(compare(a, comparison::greater, b) == (a > b));
            CHECK(compare(a, comparison::greater_equal, b) == (a >= b));
            CHECK(compare(a, comparison::equal, b) == (a == b));
            CHECK(compare(a, comparison::not_equal, b) == (a != b));
        }
}
