#include "svdlens/linalg/low_rank_sum.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "linalg/matrix_parts.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// The furthest that a matrix is from W + scale B A in long double, in units of the largest summand's rounding.
template <class T>
double error_of(const sl::basic_matrix<T>& found, const sl::basic_matrix<T>& W, const sl::basic_matrix<T>& B,
                const sl::basic_matrix<T>& A, double scale) {
    const auto m = found.resident();
    const auto update = product(plain_matrix(B), plain_matrix(A));
    double furthest = 0;
    for (std::size_t i = 0; i < W.rows(); ++i)
        for (std::size_t j = 0; j < W.columns(); ++j) {
            const real expected = static_cast<real>(W(i, j)) + static_cast<real>(scale) * update(i, j);
            furthest =
                std::max(furthest, static_cast<double>(std::abs(static_cast<real>(m(i, j)) - expected)));
        }
    return furthest;
}

} // namespace

TEST_CASE("a low-rank sum is W + scale B A, and any part of it has the bits of the whole") {
    matrix_maker make(7);
    const std::size_t rows = GENERATE(0U, 1U, 9U), columns = GENERATE(0U, 1U, 6U),
                      rank = GENERATE(0U, 1U, 5U);
    const double scale = GENERATE(0.0, 2.0, -0.7);
    const auto W = make.uniform(rows, columns).as<float>();
    const auto turned = plain_matrix(W.transposed()).as<float>().transposed();
    const auto B = make.uniform(rows, rank).as<float>(), A = make.uniform(rank, columns).as<float>();
    const auto B_turned = plain_matrix(B.transposed()).as<float>().transposed();
    const auto expected = whole(sl::low_rank_sum(W, B, A, scale));
    CHECK(error_of(sl::low_rank_sum(W, B, A, scale), W, B, A, scale) < 6e-7);
    for (const auto& w : {W, turned})
        for (const auto& b : {B, B_turned}) {
            const auto sum = sl::low_rank_sum(w, b, A, scale);
            CHECK(sum.is_deferred());
            CHECK(differing_part(sum, expected) == "");
            CHECK(differing_part(
                      sl::low_rank_sum(w.transposed(), A.transposed(), b.transposed(), scale).transposed(),
                      expected) == "");
        }
    const auto twice = sl::low_rank_sum(sl::low_rank_sum(W, B, A, scale), B, A, 1.0); // of a deferred matrix
    CHECK(error_of(twice, W, B, A, scale + 1) < 2e-6);
}

TEST_CASE("a low-rank sum in double is one") {
    matrix_maker make(8);
    const auto W = make.uniform(5, 4).as<double>();
    const auto B = make.uniform(5, 3).as<double>(), A = make.uniform(3, 4).as<double>();
    CHECK(error_of(sl::low_rank_sum(W, B, A, 1.5), W, B, A, 1.5) < 1e-14);
}

TEST_CASE("factors that do not fit are refused") {
    const sl::matrix W({1, 2, 3, 4, 5, 6}, 2, 3), B({1, 2}, 2, 1), A({1, 2, 3}, 1, 3);
    CHECK_NOTHROW(sl::low_rank_sum(W, B, A, 1));
    CHECK(message_of([&] { (void)sl::low_rank_sum(W, A, B, 1); }) ==
          "low_rank_sum: expected 2 x r and r x 3, found 1 x 3 and 2 x 1");
    CHECK(!message_of([&] { (void)sl::low_rank_sum(W, W, A, 1); }).empty());
    CHECK(!message_of([&] { (void)sl::low_rank_sum(W, B, W, 1); }).empty());
}
