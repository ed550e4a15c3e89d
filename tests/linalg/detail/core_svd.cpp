#include "svdlens/linalg/detail/core_svd.hpp"

#include "linalg/dense_of.hpp"
#include "support/catch.hpp"

namespace detail = svdlens::detail;
using svdlens_tests::dense_double;

TEST_CASE("the product of plain matrices of any size is theirs") {
    dense_double a(2, 3), b(3, 1);
    a << 1, 2, 3, 4, 5, 6;
    b << 1, 0, -1;
    const dense_double c = detail::product(a, b);
    REQUIRE(c.rows() == 2);
    REQUIRE(c.cols() == 1);
    CHECK(c(0, 0) == -2);
    CHECK(c(1, 0) == -2);
    CHECK(detail::product<double>(dense_double(2, 0), dense_double(0, 2)) == dense_double::Zero(2, 2));
}
