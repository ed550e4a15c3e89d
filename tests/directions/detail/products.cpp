#include "svdlens/directions/detail/products.hpp"

#include <cmath>
#include <cstddef>

#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::matrix_maker;
using svdlens_tests::plain_matrix;

TEST_CASE("a product is the same for every combination of storage orders") {
    matrix_maker make(1);
    const auto a = make.uniform(6, 9).as<double>();
    const auto b = make.uniform(9, 4).as<double>();
    const auto a_turned = transposed(plain_matrix(a)).as<double>().transposed();
    const auto b_turned = transposed(plain_matrix(b)).as<double>().transposed();
    const auto expected = product(plain_matrix(a), plain_matrix(b));
    for (const auto& left : {a, a_turned})
        for (const auto& right : {b, b_turned}) {
            const plain_matrix found(sl::detail::multiply(left, right));
            REQUIRE(found.rows == 6);
            REQUIRE(found.columns == 4);
            CHECK(frobenius_norm(difference(found, expected)) < 1e-14L);
        }
}

TEST_CASE("norms and inner products are those of the entries") {
    matrix_maker make(2);
    const auto a = make.uniform(5, 7).as<float>();
    const auto b = make.uniform(7, 5).as<float>().transposed();
    const auto norm = static_cast<double>(frobenius_norm(plain_matrix(a)));
    CHECK(sl::detail::squared_norm(a) == Approx(norm * norm).epsilon(1e-14));
    double sum = 0;
    for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t j = 0; j < 7; ++j)
            sum += static_cast<double>(a(i, j)) * static_cast<double>(b(i, j));
    CHECK(sl::detail::inner_product(a, b) == Approx(sum).epsilon(1e-14));
    CHECK(sl::detail::squared_norm(sl::matrix()) == 0);
}

TEST_CASE("leaving out the orthonormal basis keeps the Frobenius norm up to a power of two") {
    matrix_maker make(3);
    for (const std::size_t d : {4U, 20U}) { // wide and tall
        const auto a = make.uniform(d, 6).as<double>();
        const auto b = make.uniform(6, d).as<double>();
        const auto reduced = sl::detail::without_left_basis(a, b);
        CHECK(reduced.rows() == std::min<std::size_t>(d, 6));
        CHECK(reduced.columns() == d);
        const auto norm = static_cast<double>(frobenius_norm(product(plain_matrix(a), plain_matrix(b))));
        int exponent = 0;
        const double mantissa = std::frexp(norm / std::sqrt(sl::detail::squared_norm(reduced)), &exponent);
        CHECK(std::abs(mantissa * 2 - 1) * std::abs(mantissa - 1) < 1e-12); // 1/2 or, rounded, just below 1
    }
}

TEST_CASE("blocks of a stack are the matrices that went in") {
    matrix_maker make(4);
    const auto a = make.uniform(3, 4).as<float>();
    const auto b = make.uniform(3, 4).as<float>();
    const auto both = sl::detail::stacked<float>({a, b.transposed().transposed()});
    REQUIRE(both.rows() == 6);
    CHECK(plain_matrix(sl::detail::block(both, 0, 0, 3, 4)).values == plain_matrix(a).values);
    CHECK(plain_matrix(sl::detail::block(both, 1, 1, 3, 2)).values ==
          plain_matrix(b.column_range(2, 2)).values);
    CHECK(sl::detail::stacked<float>({}).rows() == 0);
}

TEST_CASE("scaling to one is by a power of two") {
    const sl::matrix m({3e30F, -1e30F, 0.0F, 5e29F}, 2, 2);
    const auto scaled = sl::detail::scaled_to_one(m.transposed());
    CHECK(scaled(0, 0) > 0.25F);
    CHECK(scaled(0, 0) <= 1.0F);
    CHECK(scaled(1, 0) / scaled(0, 0) == m(0, 1) / m(0, 0));
    CHECK(sl::detail::squared_norm(sl::detail::scaled_to_one(sl::matrix({0.0F}, 1, 1))) == 0);
}

TEST_CASE("a matrix in double has the same values, whatever its strides") {
    const auto m = svdlens_tests::matrix_maker(8).uniform(5, 3).as<float>();
    for (const auto& each : {m, m.transposed(), m.row_range(1, 3).column_range(1, 2)}) {
        const auto found = sl::detail::in_double(each);
        REQUIRE(found.rows() == each.rows());
        REQUIRE(found.column_stride() == 1);
        for (std::size_t i = 0; i < each.rows(); ++i)
            for (std::size_t j = 0; j < each.columns(); ++j)
                CHECK(found(i, j) == static_cast<double>(each(i, j)));
    }
}
