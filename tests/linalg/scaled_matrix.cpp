#include "svdlens/linalg/scaled_matrix.hpp"

#include <cstddef>
#include <vector>

#include "linalg/matrix_parts.hpp"
#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("any part of a scaled and shifted matrix has the bits of the formula, and nothing is kept") {
    matrix_maker make(3);
    const std::size_t rows = GENERATE(0U, 1U, 9U), columns = GENERATE(0U, 1U, 6U);
    const auto m = make.uniform(rows, columns).as<float>();
    const auto turned = plain_matrix(m.transposed()).as<float>().transposed();
    // Floats: their products are exact in double, fused with the difference or not.
    const auto f = make.uniform(rows, 1).as<float>(), s = make.uniform(columns, 1).as<float>();
    const std::vector<double> factors(f.data(), f.data() + rows), shifts(s.data(), s.data() + columns);
    const auto expected = make_expected<float>(rows, columns, [&](auto i, auto j) {
        return static_cast<float>(factors[i] * double{m(i, j)} - shifts[j]);
    });
    for (const auto& W :
         {m, turned,
          sl::scaled_matrix(m, std::vector<double>(rows, 1.0), std::vector<double>(columns, 0.0))}) {
        const auto scaled = sl::scaled_matrix(W, factors, shifts);
        CHECK(scaled.is_deferred());
        CHECK(differing_part(scaled, expected) == "");
        if (rows == 0 || columns == 0) continue;
        const auto one = scaled.resident(), other = scaled.resident();
        CHECK(one.data() != other.data());
    }
}

TEST_CASE("a scaled matrix makes its values as those that it scales lie") {
    const sl::matrix m({1, 2, 3, 4, 5, 6}, 2, 3);
    const std::vector<double> ones(3, 1.0), none(3, 0.0);
    CHECK(sl::scaled_matrix(m, {1, 1}, none).resident().column_stride() == 1);
    CHECK(sl::scaled_matrix(m.transposed(), ones, {0, 0}).resident().row_stride() == 1);
}

TEST_CASE("without shifts a scaled matrix is scaled only") {
    const sl::matrix m({1, 2, 3, 4, 5, 6}, 2, 3);
    for (const auto& W : {m, plain_matrix(m.transposed()).as<float>().transposed()}) {
        const auto scaled = sl::scaled_matrix(W, {2, -1}, {});
        CHECK(differing_part(scaled, make_expected<float>(2, 3, [&](auto i, auto j) {
                                 return (i == 0 ? 2 : -1) * m(i, j);
                             })) == "");
    }
}
