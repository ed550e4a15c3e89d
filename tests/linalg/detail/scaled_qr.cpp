#include "svdlens/linalg/detail/scaled_qr.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "linalg/dense_of.hpp"
#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::dense_double;
using svdlens_tests::matrix_maker;
using svdlens_tests::plain_matrix;
using svdlens_tests::real;

namespace {

template <class T>
plain_matrix plain_of(const sl::detail::dense_matrix<T>& m) {
    plain_matrix result(static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()));
    for (std::size_t i = 0; i < result.rows; ++i)
        for (std::size_t j = 0; j < result.columns; ++j)
            result(i, j) = static_cast<real>(m(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
    return result;
}

/// 2^exponent Q R against the matrix, Q being got by multiplying with the identity.
template <class T>
void check_qr(const plain_matrix& plain, real scale) {
    auto m = plain;
    for (real& x : m.values) x *= scale;
    const auto stored = m.as<T>();
    sl::detail::scaled_qr<T> qr;
    std::vector<T> memory(qr.room(stored));
    const int exponent = qr.compute(stored, memory.data());
    const auto r = plain_of<T>(qr.rest());
    const std::size_t size = std::min(m.rows, m.columns);
    REQUIRE(r.rows == size);
    REQUIRE(r.columns == m.columns);
    std::vector<T> q(m.rows * size);
    const auto n = static_cast<Eigen::Index>(size);
    qr.multiply(sl::detail::dense_matrix<T>::Identity(n, n), q.data());
    const plain_matrix q_rows(sl::basic_matrix<T>(q, size, m.rows));
    auto again = product(transposed(q_rows), r);
    for (real& x : again.values) x = std::ldexp(x, exponent);
    const real bound = 20 * std::numeric_limits<T>::epsilon() * std::sqrt(static_cast<real>(size));
    CHECK(row_orthonormality(q_rows) <= bound);
    CHECK(frobenius_norm(difference(again, plain_matrix(stored))) <=
          bound * frobenius_norm(plain_matrix(stored)));
    for (std::size_t i = 0; m.rows >= m.columns && i < r.rows; ++i)
        for (std::size_t j = 0; j < i; ++j) CHECK(r(i, j) == 0);
}

} // namespace

TEST_CASE("QR gives the matrix back, tall, square and wide, whatever its scale") {
    matrix_maker make(1);
    for (const auto& m : {make.uniform(1, 1), make.uniform(30, 7), make.uniform(60, 50), make.uniform(9, 9),
                          make.uniform(5, 12), plain_matrix(4, 3)})
        for (const real scale : {1.0L, 1e30L, 1e-30L}) {
            check_qr<float>(m, scale);
            check_qr<double>(m, scale);
        }
}

TEST_CASE("the spectral norm is an upper bound within a few per cent") {
    matrix_maker make(2);
    std::vector<real> equal(40, 2.0L);
    for (const auto& m :
         {make.uniform(1, 1), make.uniform(20, 20), make.uniform(64, 64), make.uniform(5, 9),
          make.uniform(9, 5), make.orthonormal_rows(30, 30), make.with_singular_values(40, 40, equal)}) {
        const double exact = static_cast<double>(singular_values(m).front());
        dense_double values(m.rows, m.columns);
        for (std::size_t i = 0; i < m.rows; ++i)
            for (std::size_t j = 0; j < m.columns; ++j)
                values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
                    static_cast<double>(m(i, j));
        const double bound = sl::detail::spectral_norm(values);
        CHECK(bound >= exact * (1 - 1e-12));
        CHECK(bound <= exact * 1.04);
        CHECK(sl::detail::spectral_norm<double>(values * 1e100) == Approx(bound * 1e100));
    }
    CHECK(sl::detail::spectral_norm<double>(dense_double::Zero(4, 4)) == 0);
}

TEST_CASE("the binary exponent brings any number near 1 with normal powers of two") {
    CHECK(sl::detail::binary_exponent(0.0F) == 0);
    CHECK(sl::detail::binary_exponent(0.75F) == 0);
    CHECK(sl::detail::binary_exponent(1024.0) == 11);
    for (const float x : {std::numeric_limits<float>::max(), std::numeric_limits<float>::min(),
                          std::numeric_limits<float>::denorm_min(), 1e-20F}) {
        const int e = sl::detail::binary_exponent(x);
        CHECK(std::isnormal(std::ldexp(1.0F, e)));
        CHECK(std::isnormal(std::ldexp(1.0F, -e)));
        CHECK(std::isfinite(x * std::ldexp(1.0F, -e)));
    }
}
