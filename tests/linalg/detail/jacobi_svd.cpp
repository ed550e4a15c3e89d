#include "svdlens/linalg/detail/jacobi_svd.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "linalg/dense_of.hpp"
#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace detail = svdlens::detail;
using svdlens_tests::dense_double;
using svdlens_tests::dense_of;
using svdlens_tests::matrix_maker;
using svdlens_tests::plain_matrix;
using svdlens_tests::real;

namespace {

plain_matrix plain_of(const dense_double& m) {
    plain_matrix result(static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()));
    for (std::size_t i = 0; i < result.rows; ++i)
        for (std::size_t j = 0; j < result.columns; ++j)
            result(i, j) = static_cast<real>(m(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
    return result;
}

void check_jacobi(const plain_matrix& plain) {
    const auto m = dense_of(plain);
    const auto rounded = plain_of(m);
    const auto svd = detail::jacobi_svd(m);
    const std::size_t n = std::min(plain.rows, plain.columns);
    const auto expected = singular_values(rounded);
    const real bound = 20 * std::numeric_limits<double>::epsilon() * std::sqrt(static_cast<real>(n));
    auto left = plain_of(svd.left);
    CHECK(row_orthonormality(transposed(left)) <= bound);
    CHECK(row_orthonormality(transposed(plain_of(svd.right))) <= bound);
    for (std::size_t k = 0; k < n; ++k) {
        const double value = svd.values(static_cast<Eigen::Index>(k));
        CHECK(std::abs(static_cast<real>(value) - expected[k]) <= bound * expected[0]);
        if (k != 0) CHECK(value <= svd.values(static_cast<Eigen::Index>(k) - 1));
        for (std::size_t i = 0; i < left.rows; ++i) left(i, k) *= static_cast<real>(value);
    }
    CHECK(frobenius_norm(difference(product(left, transposed(plain_of(svd.right))), rounded)) <=
          bound * expected[0]);
}

plain_matrix ones(std::size_t n) {
    plain_matrix result(n, n);
    for (real& x : result.values) x = 1;
    return result;
}

} // namespace

TEST_CASE("Jacobi's singular vectors are orthonormal and put the matrix together") {
    matrix_maker make(1);
    for (const auto& m : {make.uniform(1, 1), make.uniform(2, 2), make.uniform(33, 33), make.uniform(20, 7),
                          make.uniform(7, 20), make.uniform(1, 6), make.uniform(6, 1), make.uniform(64, 64),
                          make.uniform(128, 128)})
        check_jacobi(m);
}

TEST_CASE("repeated, zero and missing singular values leave the vectors orthonormal") {
    matrix_maker make(2);
    for (const std::size_t n : {2U, 17U, 32U, 48U}) {
        check_jacobi(plain_matrix(n, n));
        check_jacobi(ones(n));
        check_jacobi(make.orthonormal_rows(n, n));
        check_jacobi(product(make.uniform(n, n / 2), make.uniform(n / 2, n)));
        std::vector<real> two(n, 1);
        for (std::size_t k = 0; k < n / 2; ++k) two[k] = 3;
        check_jacobi(make.with_singular_values(n, n, two));
        plain_matrix identity(n, n);
        for (std::size_t k = 0; k < n; ++k) identity(k, k) = 1;
        check_jacobi(identity);
    }
}

TEST_CASE("graded and clustered spectra keep their accuracy down to the rounding noise") {
    matrix_maker make(3);
    for (const std::size_t n : {16U, 64U, 128U}) {
        std::vector<real> graded, noise, above;
        for (std::size_t k = 0; k < n; ++k) {
            graded.push_back(std::pow(10.0L, -20.0L * static_cast<real>(k) / static_cast<real>(n)));
            const auto level = static_cast<real>(n) * std::numeric_limits<double>::epsilon();
            noise.push_back(k == 0 ? 1 : 0.9L * level);
            above.push_back(k == 0 ? 1 : 2 * level);
        }
        check_jacobi(make.with_singular_values(n, n, graded));
        check_jacobi(make.with_singular_values(n, n, noise));
        check_jacobi(make.with_singular_values(n, n, above));
    }
}

TEST_CASE("small singular values of scaled columns keep their own digits") {
    // M = Q D with orthonormal Q: the singular values are D's, whatever their ratio.
    const auto q = matrix_maker(4).orthonormal_rows(6, 6);
    dense_double m = dense_of(q).transpose();
    const std::vector<double> scales{1, 1e-3, 1e-6, 1e-9, 1e-12, 1e-14};
    for (std::size_t k = 0; k < 6; ++k) m.col(static_cast<Eigen::Index>(k)) *= scales[k];
    const auto svd = detail::jacobi_svd(m);
    for (std::size_t k = 0; k < 6; ++k)
        CHECK(svd.values(static_cast<Eigen::Index>(k)) == Approx(scales[k]).epsilon(1e-13));
}

TEST_CASE("completing a basis keeps the columns there are") {
    dense_double q = dense_double::Zero(5, 4);
    q(2, 0) = 1;
    detail::complete_basis(q, 1);
    CHECK(q(2, 0) == 1);
    CHECK(row_orthonormality(transposed(plain_of(q))) < 1e-15L);
    dense_double none(3, 3);
    detail::complete_basis(none, 0);
    CHECK(row_orthonormality(transposed(plain_of(none))) < 1e-15L);
}
