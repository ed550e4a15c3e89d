#include "svdlens/linalg/detail/dense_svd.hpp"

#include <cmath>
#include <cstddef>
#include <limits>

#include "linalg/dense_of.hpp"
#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace detail = svdlens::detail;
using svdlens_tests::dense_double;
using svdlens_tests::dense_of;
using svdlens_tests::matrix_maker;
using svdlens_tests::plain_matrix;

namespace {

plain_matrix identity(std::size_t n) {
    plain_matrix result(n, n);
    for (std::size_t k = 0; k < n; ++k) result(k, k) = 1;
    return result;
}

} // namespace

TEST_CASE("the check sees a wrong left, right or singular value, and NaN") {
    const auto m = dense_of(matrix_maker(1).uniform(20, 20));
    const auto good = detail::decompose(m);
    REQUIRE(detail::is_accurate(good, m));
    auto bad = good;
    bad.left(3, 4) += 1e-11;
    CHECK_FALSE(detail::is_accurate(bad, m));
    bad = good;
    bad.right(3, 4) += 1e-11;
    CHECK_FALSE(detail::is_accurate(bad, m));
    bad = good;
    bad.values(7) += 1e-11;
    CHECK_FALSE(detail::is_accurate(bad, m));
    bad = good;
    bad.left(0, 0) = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(detail::is_accurate(bad, m));
}

TEST_CASE("every square decomposition passes its own check") {
    matrix_maker make(2);
    for (const std::size_t n : {1U, 2U, 15U, 16U, 17U, 32U, 40U}) {
        for (const auto& plain :
             {make.uniform(n, n), identity(n), plain_matrix(n, n), make.orthonormal_rows(n, n)}) {
            const auto m = dense_of(plain);
            CHECK(detail::is_accurate(detail::decompose(m), m));
        }
        const dense_double ones =
            dense_double::Ones(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n));
        CHECK(detail::is_accurate(detail::decompose(ones), ones));
    }
}

TEST_CASE("a wide matrix has the factors of the tall one, exchanged") {
    const auto m = dense_of(matrix_maker(4).uniform(30, 11));
    const auto tall = detail::decompose(m);
    const auto wide = detail::decompose<double>(m.transpose());
    CHECK(tall.left.rows() == 30);
    CHECK(tall.left.cols() == 11);
    CHECK(tall.left == wide.right);
    CHECK(tall.right == wide.left);
    CHECK(tall.values == wide.values);
}
