#include "svdlens/linalg/svd.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "linalg/check_svd.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;

TEST_CASE("a decomposition has as many directions as singular values") {
    CHECK(sl::svd().size() == 0);
    const sl::svd one{sl::matrix({1.0F, 0.0F}, 1, 2), {3.0F}, sl::matrix({1.0F}, 1, 1)};
    CHECK(one.size() == 1);
}

namespace sl = svdlens;
using svdlens_tests::check_svd;
using svdlens_tests::matrix_maker;
using svdlens_tests::message_of;
using svdlens_tests::ones;
using svdlens_tests::plain_matrix;
using svdlens_tests::real;
using svdlens_tests::recomposed;
using svdlens_tests::spectral_norm;

namespace {

template <class T>
void check_dense(const plain_matrix& plain) {
    const auto w = plain.as<T>();
    check_svd(sl::thin_svd(w), plain_matrix(w), std::min(w.rows(), w.columns()), spectral_norm(w));
}

/// Orthonormal directions that put the matrix together again: then the singular values are right, too (Weyl).
template <class T>
void check_dense_long(const plain_matrix& plain) {
    const auto w = plain.as<T>();
    const auto svd = sl::thin_svd(w);
    const real bound = 20 * std::numeric_limits<T>::epsilon() * std::sqrt(static_cast<real>(svd.size()));
    CHECK(row_orthonormality(plain_matrix(svd.left)) <= bound);
    CHECK(row_orthonormality(plain_matrix(svd.right)) <= bound);
    CHECK(frobenius_norm(difference(recomposed(svd), plain_matrix(w))) <=
          bound * static_cast<real>(svd.singular_values[0]));
}

void check_dense_in_both(const plain_matrix& w) {
    check_dense<float>(w);
    check_dense<double>(w);
}

} // namespace

TEST_CASE("a dense SVD of any shape is right") {
    matrix_maker make(6);
    for (const auto& w :
         {make.uniform(1, 1), make.uniform(1, 6), make.uniform(6, 1), make.uniform(30, 30),
          make.uniform(40, 18), make.uniform(18, 40), plain_matrix(5, 4), plain_matrix(20, 20)})
        check_dense_in_both(w);
}

TEST_CASE("repeated singular values of a matrix do not cost accuracy") {
    matrix_maker make(5);
    for (const std::size_t r : {16U, 17U, 18U, 32U, 33U}) {
        std::vector<real> two(r, 1);
        for (std::size_t k = 0; k < r / 2; ++k) two[k] = 3;
        check_dense_in_both(make.with_singular_values(r, r, two));
        check_dense_in_both(ones(r, r));
        check_dense_in_both(make.orthonormal_rows(r, r));
    }
}

TEST_CASE("blocks of constants do not cost accuracy") {
    for (const std::size_t n : {20U, 33U, 48U}) {
        plain_matrix w(n, n);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                w(i, j) = (i < n / 2) == (j < n / 2) ? (i < n / 2 ? 1 : 2) : 0;
        check_dense_in_both(w);
    }
}

TEST_CASE("entries far from 1 neither overflow nor underflow") {
    const auto w = matrix_maker(7).uniform(30, 20);
    check_dense<float>(scaled(w, 1e30L));
    check_dense<float>(scaled(w, 1e-30L));
    check_dense<double>(scaled(w, 1e290L));
    check_dense<double>(scaled(w, 1e-290L));
}

TEST_CASE("a singular value that the type cannot hold is an error, not an infinity") {
    const auto largest = scaled(ones(4, 4), std::numeric_limits<float>::max()).as<float>();
    REQUIRE_THROWS_AS(sl::thin_svd(largest), sl::numeric_error);
    CHECK(message_of([&] { sl::thin_svd(largest); }) ==
          "matrix: a singular value exceeds the range of the computing type: expected at most 3.4028235e+38, "
          "found about 1e39; compute in double, or scale the weights");
}

TEST_CASE("subnormal entries have the singular values that they have") {
    const auto w = matrix_maker(9).uniform(12, 5);
    check_dense<double>(scaled(w, 0x1p-1020L));
    const auto tiny = scaled(w, 1e-40L).as<float>();
    const auto expected = singular_values(plain_matrix(tiny));
    const auto found = sl::thin_svd(tiny).singular_values;
    for (std::size_t k = 0; k < 5; ++k)
        CHECK(std::abs(static_cast<real>(found[k]) - expected[k]) <=
              1e-6L * expected[0] + std::numeric_limits<float>::denorm_min());
}

TEST_CASE("equal entries keep the bound in any number") {
    for (const std::size_t columns : {1U, 7U, 60U})
        check_dense_long<double>(scaled(ones(20000, columns), 0.1L));
    check_dense_long<double>(scaled(ones(33, 4000), 1 / 3.0L));
    auto halves = ones(9000, 24); // two different constants
    for (std::size_t k = 0; k < 24 * 4000; ++k) halves.values[k] = 0.1L;
    check_dense_long<double>(halves);
}

TEST_CASE("an empty matrix has no directions") {
    CHECK(sl::thin_svd(sl::matrix()).size() == 0);
    CHECK(sl::thin_svd(sl::matrix({}, 0, 4)).right.columns() == 4);
}

TEST_CASE("a strided or transposed view decomposes as its copy does") {
    const auto large = matrix_maker(8).uniform(40, 60).as<float>();
    const auto view = large.row_range(3, 24).column_range(5, 9).transposed();
    const auto expected = sl::thin_svd(plain_matrix(view).as<float>());
    const auto found = sl::thin_svd(view);
    CHECK(plain_matrix(found.left).values == plain_matrix(expected.left).values);
    CHECK(plain_matrix(found.right).values == plain_matrix(expected.right).values);
    CHECK(found.singular_values == expected.singular_values);
}

TEST_CASE("an entry that is no number is refused with its position") {
    std::vector<float> values(12, 1.0F);
    values[7] = std::numeric_limits<float>::quiet_NaN();
    CHECK(message_of([&] { sl::thin_svd(sl::matrix(values, 3, 4)); }) ==
          "matrix: expected finite weights, found nan at row 1, column 3");
}
