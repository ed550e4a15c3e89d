#include "svdlens/linalg/detail/householder_qr.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace detail = svdlens::detail;
using svdlens_tests::matrix_maker;
using svdlens_tests::plain_matrix;
using svdlens_tests::real;

namespace {

template <class T>
void check_qr(const plain_matrix& plain) {
    const auto stored = plain.as<T>();
    const auto rows = static_cast<Eigen::Index>(plain.rows);
    const auto columns = static_cast<Eigen::Index>(plain.columns);
    detail::householder_qr<T> qr;
    std::vector<T> memory(qr.room(rows, columns), std::numeric_limits<T>::quiet_NaN());
    auto place = qr.clear(rows, columns, memory.data());
    for (std::size_t i = 0; i < plain.rows; ++i)
        for (std::size_t j = 0; j < plain.columns; ++j)
            place(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = stored(i, j);
    qr.compute();
    std::vector<T> q(plain.rows * plain.columns);
    qr.multiply(detail::dense_matrix<T>::Identity(columns, columns), q.data());
    const plain_matrix q_rows(svdlens::basic_matrix<T>(q, plain.columns, plain.rows));
    plain_matrix r(plain.columns, plain.columns);
    for (std::size_t i = 0; i < r.rows; ++i)
        for (std::size_t j = 0; j < r.columns; ++j) {
            r(i, j) =
                static_cast<real>(qr.triangle()(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
            if (j < i) CHECK(r(i, j) == 0);
        }
    const plain_matrix m(stored);
    const real bound = 20 * std::numeric_limits<T>::epsilon() * std::sqrt(static_cast<real>(plain.columns));
    CHECK(row_orthonormality(q_rows) <= bound);
    CHECK(frobenius_norm(difference(product(transposed(q_rows), r), m)) <= bound * frobenius_norm(m));
}

void check_in_both(const plain_matrix& m) {
    check_qr<float>(m);
    check_qr<double>(m);
}

} // namespace

TEST_CASE("Q is orthonormal and QR is the matrix, for any number of panels") {
    matrix_maker make(1);
    for (const std::size_t columns : {1U, 2U, 15U, 16U, 17U, 32U, 40U})
        for (const std::size_t more : {0U, 1U, 30U}) check_in_both(make.uniform(columns + more, columns));
    check_in_both(make.uniform(300, 20));
}

TEST_CASE("zero, equal, tiny and dependent columns leave Q orthonormal") {
    matrix_maker make(2);
    check_in_both(plain_matrix(40, 20));
    auto m = make.uniform(40, 20);
    for (std::size_t i = 0; i < 40; ++i) {
        m(i, 3) = 0;
        m(i, 5) = m(i, 4);
        m(i, 6) *= 1e-19L; // its squares vanish in float
        m(i, 7) *= 1e-22L;
        m(i, 18) = m(i, 1) - m(i, 2);
    }
    check_in_both(m);
    // Long sums of equal terms, whose rounding does not cancel.
    plain_matrix ones(768, 64);
    for (real& x : ones.values) x = 1;
    check_in_both(ones);
    plain_matrix identity(20, 20);
    for (std::size_t k = 0; k < 20; ++k) identity(k, k) = -1;
    check_in_both(identity);
}

TEST_CASE("thousands of rows lose no accuracy in float") {
    matrix_maker make(3);
    check_qr<float>(make.uniform(8192, 8));
    check_qr<float>(make.uniform(4096, 64));
}

TEST_CASE("equal entries lose no accuracy, whatever their number") {
    for (const real value : {1.0L, 0.1L, 1 / 3.0L})
        for (const std::size_t rows : {2048U, 8192U, 20000U})
            for (const std::size_t columns : {1U, 17U}) {
                plain_matrix m(rows, columns);
                for (real& x : m.values) x = value;
                check_in_both(m);
            }
}

TEST_CASE("subnormal columns beside entries near 1 leave Q orthonormal") {
    matrix_maker make(4);
    auto m = make.uniform(33, 18);
    for (std::size_t i = 0; i < 33; ++i) {
        m(i, 0) *= 1e-42L;
        m(i, 9) *= 1e-42L;
        m(i, 17) *= 1e-44L;
    }
    check_in_both(m);
}
