#include "svdlens/directions/factored_svd.hpp"

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
void check_factored(const plain_matrix& plain_a, const plain_matrix& plain_b) {
    const auto a = plain_a.as<T>();
    const auto b = plain_b.as<T>();
    const auto w = product(plain_matrix(a), plain_matrix(b));
    const std::size_t directions = std::min({a.rows(), a.columns(), b.columns()});
    check_svd(sl::factored_svd(a, b), w, directions, spectral_norm(a) * spectral_norm(b));
}

void check_factored_in_both(const plain_matrix& a, const plain_matrix& b) {
    check_factored<float>(a, b);
    check_factored<double>(a, b);
}

/// The length of the longest column: no more than ‖m‖₂.
real longest_column(const plain_matrix& m) {
    real longest = 0;
    for (std::size_t j = 0; j < m.columns; ++j) {
        real sum = 0;
        for (std::size_t i = 0; i < m.rows; ++i) sum += m(i, j) * m(i, j);
        longest = std::max(longest, std::sqrt(sum));
    }
    return longest;
}

/// The length of the longest row or column: no more than ‖m‖₂.
real longest_line(const plain_matrix& m) {
    return std::max(longest_column(m), longest_column(transposed(m)));
}

/// Of rank one: ‖m‖₂.
real norm_of_rank_one(const plain_matrix& m) { return frobenius_norm(m); }

/// Directions that are orthonormal and put the product together again: then the singular values are right,
/// too (Weyl). For factors whose singular values would take long to compute otherwise.
/// @param norm at most ‖m‖₂
template <class T>
void check_long(const plain_matrix& plain_a, const plain_matrix& plain_b,
                real (*norm)(const plain_matrix&) = longest_line) {
    const auto a = plain_a.as<T>();
    const auto b = plain_b.as<T>();
    const auto svd = sl::factored_svd(a, b);
    const auto count = static_cast<real>(std::min({a.rows(), a.columns(), b.columns()}));
    const real bound = 20 * std::numeric_limits<T>::epsilon() * std::sqrt(count);
    REQUIRE(static_cast<real>(svd.size()) == count);
    CHECK(row_orthonormality(plain_matrix(svd.left)) <= bound);
    CHECK(row_orthonormality(plain_matrix(svd.right)) <= bound);
    const auto w = product(plain_matrix(a), plain_matrix(b));
    const real scale = norm(plain_matrix(a)) * norm(plain_matrix(b));
    CHECK(frobenius_norm(difference(recomposed(svd), w)) <= bound * scale);
    CHECK(std::is_sorted(svd.singular_values.rbegin(), svd.singular_values.rend()));
    CHECK(svd.singular_values.back() >= 0);
}

} // namespace

TEST_CASE("a factored SVD of random factors of any shape is right") {
    matrix_maker make(1);
    struct shape {
        std::size_t d, r, d2;
    };
    for (const auto s :
         {shape{40, 16, 40}, shape{50, 17, 50}, shape{24, 24, 24}, shape{8, 20, 8}, shape{30, 8, 6},
          shape{6, 8, 30}, shape{1, 1, 1}, shape{7, 1, 7}, shape{1, 5, 1}, shape{1, 1, 9}, shape{96, 64, 96}})
        check_factored_in_both(make.uniform(s.d, s.r), make.uniform(s.r, s.d2));
}

TEST_CASE("a factored SVD of ill-conditioned factors is accurate relative to their norms") {
    matrix_maker make(2);
    std::vector<real> graded;
    for (int k = 0; k < 24; ++k) graded.push_back(std::pow(10.0L, -12.0L * k / 23));
    check_factored_in_both(make.with_singular_values(40, 24, graded), make.uniform(24, 40));
    check_factored_in_both(make.with_singular_values(40, 24, graded),
                           make.with_singular_values(24, 40, graded));
}

TEST_CASE("a factored SVD of factors that nearly cancel is accurate relative to their norms") {
    matrix_maker make(3);
    const auto x = make.uniform(30, 10);
    const auto y = make.uniform(10, 30);
    const auto noise = make.uniform(30, 10);
    plain_matrix a(30, 20), b(20, 30);
    for (std::size_t i = 0; i < 30; ++i)
        for (std::size_t k = 0; k < 10; ++k) {
            a(i, k) = x(i, k);
            a(i, k + 10) = x(i, k) + 1e-5L * noise(i, k);
            b(k, i) = y(k, i);
            b(k + 10, i) = -y(k, i);
        }
    check_factored_in_both(a, b);
}

TEST_CASE("a factored SVD of factors nearly orthogonal to each other is accurate relative to their norms") {
    matrix_maker make(11);
    for (const real overlap : {0.0L, 1e-12L, 1e-6L}) {
        // The columns that a uses meet only the rows that b leaves empty, but for a small overlap.
        auto a = make.uniform(48, 32);
        auto b = make.uniform(32, 48);
        for (std::size_t i = 0; i < 48; ++i)
            for (std::size_t k = 0; k < 32; ++k) {
                if (k < 16) a(i, k) *= overlap;
                if (k >= 16) b(k, i) *= overlap;
            }
        check_factored_in_both(a, b);
        const auto turn = make.orthonormal_rows(32, 32);
        check_factored_in_both(product(a, turn), product(transposed(turn), b));
    }
}

TEST_CASE("a factored SVD of structured factors is right: identities, equal columns, one column") {
    matrix_maker make(12);
    plain_matrix identity(64, 64);
    for (std::size_t k = 0; k < 64; ++k) identity(k, k) = 1;
    check_factored_in_both(identity, identity);
    check_factored_in_both(ones(96, 64), ones(64, 96));
    auto equal = make.uniform(80, 64);
    for (std::size_t i = 0; i < 80; ++i)
        for (std::size_t k = 1; k < 64; ++k) equal(i, k) = equal(i, 0);
    check_factored_in_both(equal, make.uniform(64, 80));
    check_factored_in_both(make.uniform(1, 64), make.uniform(64, 1));
    check_factored_in_both(make.uniform(200, 1), make.uniform(1, 150));
    check_factored_in_both(make.uniform(20, 64), make.uniform(64, 33));
}

TEST_CASE("a factored SVD finds orthonormal directions for zero and rank-deficient products") {
    matrix_maker make(4);
    check_factored_in_both(plain_matrix(20, 6), make.uniform(6, 20));
    check_factored_in_both(plain_matrix(20, 16), plain_matrix(16, 20));
    auto a = make.uniform(30, 18);
    for (std::size_t i = 0; i < 30; ++i)
        for (std::size_t k = 4; k < 18; ++k) a(i, k) = a(i, k % 4);
    check_factored_in_both(a, make.uniform(18, 30));
}

TEST_CASE("repeated singular values of a product do not cost accuracy") {
    matrix_maker make(5);
    check_factored_in_both(ones(40, 32), ones(32, 40));
    for (const std::size_t r : {16U, 17U, 18U, 32U, 33U}) {
        std::vector<real> two(r, 1);
        for (std::size_t k = 0; k < r / 2; ++k) two[k] = 3;
        check_factored_in_both(make.with_singular_values(36, r, two), make.orthonormal_rows(r, 36));
    }
}

TEST_CASE("singular values at the rounding noise of the largest keep the product together") {
    matrix_maker make(9);
    for (const std::size_t r : {16U, 64U})
        for (const real level : {1.0L, 10.0L, 50.0L}) {
            std::vector<real> values(r, level * std::numeric_limits<double>::epsilon());
            values[0] = 1;
            check_factored<double>(make.with_singular_values(r + 4, r, values),
                                   make.orthonormal_rows(r, r + 4));
        }
}

TEST_CASE("factors far from 1 neither overflow nor underflow") {
    matrix_maker make(7);
    const auto a = make.uniform(30, 8);
    const auto b = make.uniform(8, 30);
    check_factored<float>(scaled(a, 1e30L), scaled(b, 1e-30L));
    check_factored<float>(scaled(a, 1e-18L), scaled(b, 1e-18L));
    check_factored<float>(scaled(a, 1e18L), scaled(b, 1e18L));
    check_factored<double>(scaled(a, 1e200L), scaled(b, 1e-250L));
}

TEST_CASE("a factored SVD of factors with thousands of rows is accurate in float") {
    matrix_maker make(13);
    const auto tall = make.uniform(8192, 8), wide = make.uniform(8, 24);
    check_long<float>(tall, wide);
    check_long<float>(transposed(wide), transposed(tall));
    check_long<float>(make.uniform(4096, 64), make.uniform(64, 65));
}

TEST_CASE("factors at either end of float's range decompose as others do") {
    matrix_maker make(14);
    const auto a = make.uniform(30, 8);
    const auto b = make.uniform(8, 30);
    check_factored<float>(scaled(a, 1e-42L), scaled(b, 3e38L)); // subnormal numbers of ten bits or less
    check_factored<float>(scaled(a, 3e38L), scaled(b, 1e-42L));
    check_factored<float>(scaled(a, 3e38L), scaled(b, 1e-10L));
    check_factored<float>(scaled(a, 1e-37L), b);
    const auto huge = scaled(a, 3e38L).as<float>();
    CHECK_THROWS_AS(sl::factored_svd(huge, scaled(b, 3e38L).as<float>()), sl::numeric_error);
}

TEST_CASE("singular values below the normal numbers are rounded to subnormal ones or zero") {
    matrix_maker make(15);
    const auto a = scaled(make.uniform(30, 8), 1e-42L).as<float>();
    const auto b = make.uniform(8, 30).as<float>();
    const auto expected = singular_values(product(plain_matrix(a), plain_matrix(b)));
    const auto found = sl::factored_svd(a, b);
    const real bound = 20 * std::numeric_limits<float>::epsilon() * std::sqrt(8.0L);
    for (std::size_t k = 0; k < 8; ++k)
        CHECK(std::abs(static_cast<real>(found.singular_values[k]) - expected[k]) <=
              bound * expected[0] + std::numeric_limits<float>::denorm_min());
    CHECK(row_orthonormality(plain_matrix(found.left)) <= bound);
    CHECK(row_orthonormality(plain_matrix(found.right)) <= bound);
    // All of them zero, and the directions marked as null space, was no rounding but a wrong answer.
    CHECK_THROWS_AS(sl::factored_svd(a, scaled(plain_matrix(b), 1e-42L).as<float>()), sl::numeric_error);
}

TEST_CASE("columns that the rows of the other factor make up for neither overflow nor underflow") {
    matrix_maker make(16);
    const auto a = make.uniform(30, 8), b = make.uniform(8, 20);
    const auto expected = singular_values(product(a, b));
    const auto check = [&](auto type, const std::vector<int>& exponents) {
        using T = decltype(type);
        auto left = a, right = b;
        for (std::size_t k = 0; k < 8; ++k) {
            for (std::size_t i = 0; i < 30; ++i) left(i, k) = std::ldexp(left(i, k), exponents[k]);
            for (std::size_t j = 0; j < 20; ++j) right(k, j) = std::ldexp(right(k, j), -exponents[k]);
        }
        const auto found = sl::factored_svd(left.as<T>(), right.as<T>());
        const auto plain = sl::factored_svd(a.as<T>(), b.as<T>());
        CHECK(found.singular_values == plain.singular_values); // scales of two: to the bit
        CHECK(plain_matrix(found.left).values == plain_matrix(plain.left).values);
        CHECK(plain_matrix(found.right).values == plain_matrix(plain.right).values);
        for (std::size_t k = 0; k < 8; ++k)
            CHECK(std::abs(static_cast<real>(found.singular_values[k]) - expected[k]) <=
                  100 * std::numeric_limits<T>::epsilon() * expected[0]);
    };
    check(1.0F, {100, 70, 40, 10, -20, -50, -80, -100});
    check(1.0F, {0, 0, 0, 100, 0, 0, 0, 0});
    check(1.0F, {100, 100, 100, 100, 100, -100, 100, 100});
    check(1.0, {1000, 700, 400, 100, -200, -500, -800, -990});
}

TEST_CASE("a huge column beside a row of zeros takes nothing from the others") {
    matrix_maker make(17);
    auto a = make.uniform(20, 4), b = make.uniform(4, 20);
    for (std::size_t i = 0; i < 20; ++i) {
        b(2, i) = 0;
        a(i, 2) = 0;
    }
    const auto expected = sl::factored_svd(scaled(a, 1e-30L).as<float>(), b.as<float>());
    auto huge = scaled(a, 1e-30L);
    for (std::size_t i = 0; i < 20; ++i) huge(i, 2) = 1e38L;
    const auto found = sl::factored_svd(huge.as<float>(), b.as<float>());
    for (std::size_t k = 0; k < 3; ++k)
        CHECK(found.singular_values[k] == Approx(expected.singular_values[k]).epsilon(1e-5));
    CHECK(found.singular_values[0] > 0);
}

TEST_CASE("heads near rank one are decomposed as others are") {
    plain_matrix a(8, 8), identity(8, 8);
    for (std::size_t i = 0; i < 8; ++i) {
        identity(i, i) = 1;
        for (std::size_t j = 0; j < 8; ++j) a(i, j) = 1 + std::sin(static_cast<real>(i * j + i * i)) / 3000;
    }
    check_factored_in_both(a, identity);
    matrix_maker make(18);
    for (const real ratio : {1e2L, 1e3L, 2e3L, 4e3L, 1e5L, 1e9L})
        for (const std::size_t r : {2U, 5U, 16U}) {
            auto near = make.uniform(24, r);
            for (real& x : near.values) x = 1 + x / ratio;
            check_factored_in_both(near, make.orthonormal_rows(r, 24));
            check_factored_in_both(near, transposed(near));
        }
}

TEST_CASE("equal entries keep the bound in any number") {
    for (const real value : {1.0L, 0.1L, 1 / 3.0L})
        for (const std::size_t d : {2048U, 8192U})
            for (const std::size_t r : {1U, 16U}) {
                check_long<float>(scaled(ones(d, r), value), scaled(ones(r, 40), value), norm_of_rank_one);
                check_long<float>(scaled(ones(40, r), value), scaled(ones(r, d), value), norm_of_rank_one);
            }
}

TEST_CASE("a singular value of a product that the type cannot hold is an error, not an infinity") {
    const auto huge = scaled(ones(4, 4), 1e30L).as<float>();
    REQUIRE_THROWS_AS(sl::factored_svd(huge, huge), sl::numeric_error);
}

TEST_CASE("empty factors have no directions") {
    const sl::matrix empty;
    CHECK(sl::factored_svd(empty, empty).size() == 0);
    const auto none = sl::factored_svd(sl::matrix({}, 5, 0), sl::matrix({}, 0, 3));
    CHECK(none.size() == 0);
    CHECK(none.left.columns() == 5);
    CHECK(none.right.columns() == 3);
}

TEST_CASE("strided and transposed views decompose as their copies do") {
    matrix_maker make(8);
    const auto large = make.uniform(40, 60).as<float>();
    const auto view = large.row_range(3, 24).column_range(5, 9);
    const auto copy = plain_matrix(view).as<float>();
    const auto other = make.uniform(9, 20).as<float>();
    const auto other_view = plain_matrix(other.transposed()).as<float>().transposed();
    const auto expected = sl::factored_svd(copy, other);
    const auto found = sl::factored_svd(view, other_view);
    CHECK(plain_matrix(found.left).values == plain_matrix(expected.left).values);
    CHECK(plain_matrix(found.right).values == plain_matrix(expected.right).values);
    CHECK(found.singular_values == expected.singular_values);
}

TEST_CASE("factors with entries that are no numbers are refused with their position") {
    std::vector<float> values(12, 1.0F);
    values[7] = std::numeric_limits<float>::quiet_NaN();
    const sl::matrix bad(values, 3, 4);
    const sl::matrix good(std::vector<float>(12, 1.0F), 4, 3);
    CHECK(message_of([&] { sl::factored_svd(bad, good); }) ==
          "left factor: expected finite weights, found nan at row 1, column 3");
    CHECK(message_of([&] { sl::factored_svd(good, bad); }) ==
          "right factor: expected finite weights, found nan at row 1, column 3");
}

TEST_CASE("factors that do not fit each other are refused") {
    REQUIRE_THROWS_AS(
        sl::factored_svd(sl::matrix(std::vector<float>(6), 2, 3), sl::matrix(std::vector<float>(8), 4, 2)),
        sl::argument_error);
}
