#include "svdlens/linalg/detail/core_svd.hpp"

#include "linalg/dense_of.hpp"
#include "support/catch.hpp"

#include <vector>

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

TEST_CASE("the product of long columns is theirs, and of equal entries to a few last places") {
    for (const Eigen::Index rows : {64, 1024, 1025, 3000}) {
        dense_double a(rows, 20), b(rows, 3); // small whole numbers: nothing is rounded
        for (Eigen::Index i = 0; i < rows; ++i) {
            for (Eigen::Index j = 0; j < 20; ++j) a(i, j) = static_cast<double>((i + 3 * j) % 7 - 3);
            for (Eigen::Index j = 0; j < 3; ++j) b(i, j) = static_cast<double>((2 * i + j) % 5 - 2);
        }
        dense_double expected = dense_double::Zero(20, 3);
        for (Eigen::Index i = 0; i < rows; ++i)
            for (Eigen::Index j = 0; j < 20; ++j)
                for (Eigen::Index k = 0; k < 3; ++k) expected(j, k) += a(i, j) * b(i, k);
        CHECK(detail::transposed_product(a, b) == expected);
    }
    using dense_float = detail::dense_matrix<float>;
    const dense_float tenths = dense_float::Constant(20000, 20, 0.1F);
    const double expected = 20000 * double{0.1F} * double{0.1F};
    CHECK(double{detail::transposed_product(tenths, tenths)(7, 3)} == Approx(expected).epsilon(16 * 0x1p-23));
}
