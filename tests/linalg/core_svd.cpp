#include "support/catch.hpp"

#include "svdlens/linalg/core_svd.hpp"

namespace detail = svdlens::detail;
using dense = detail::dense_matrix<double>;

TEST_CASE("the product of plain matrices of any size is theirs") {
    dense a(2, 3), b(3, 1);
    a << 1, 2, 3, 4, 5, 6;
    b << 1, 0, -1;
    const dense c = detail::product(a, b);
    REQUIRE(c.rows() == 2);
    REQUIRE(c.cols() == 1);
    CHECK(c(0, 0) == -2);
    CHECK(c(1, 0) == -2);
    CHECK(detail::product<double>(dense(2, 0), dense(0, 2)) == dense::Zero(2, 2));
}
