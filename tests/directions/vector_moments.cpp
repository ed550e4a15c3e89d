#include "svdlens/directions/vector_moments.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "directions/brute_diagonal.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::matrix_maker;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;
using svdlens_tests::set_of_things;

namespace {

plain_matrix centred_columns(plain_matrix m) {
    for (std::size_t j = 0; j < m.columns; ++j) {
        svdlens_tests::real mean = 0;
        for (std::size_t i = 0; i < m.rows; ++i) mean += m(i, j) / static_cast<svdlens_tests::real>(m.rows);
        for (std::size_t i = 0; i < m.rows; ++i) m(i, j) -= mean;
    }
    return m;
}

void check_moment(const sl::basic_matrix<double>& found, int exponent, const plain_matrix& left,
                  const plain_matrix& right) {
    const auto expected = product(transposed(centred_columns(left)), centred_columns(right));
    REQUIRE(found.rows() == expected.rows);
    REQUIRE(found.columns() == expected.columns);
    const auto size = static_cast<double>(frobenius_norm(expected));
    for (std::size_t i = 0; i < found.rows(); ++i)
        for (std::size_t j = 0; j < found.columns(); ++j)
            CHECK(std::ldexp(found(i, j), exponent) ==
                  Approx(static_cast<double>(expected(i, j))).margin(1e-12 * size));
}

} // namespace

TEST_CASE("moments are sums over all things, their means taken off") {
    matrix_maker make(1);
    const auto x = make.uniform(530, 70), y = svdlens_tests::scaled_by(make.uniform(530, 9), 1000);
    const auto found = sl::moments_of(set_of_things<double>("x", x), set_of_things<double>("y", y));
    check_moment(found.from, 2 * found.from_exponent, x, x);
    check_moment(found.to, 2 * found.to_exponent, y, y);
    check_moment(found.across, found.from_exponent + found.to_exponent, y, x);
    CHECK(found.things == 530);
    CHECK(std::ldexp(found.from_size, 2 * found.from_exponent) ==
          Approx(static_cast<double>(frobenius_norm(x) * frobenius_norm(x))));
    CHECK(found.to_name == "y");
    const auto alone = sl::moments_of(set_of_things<double>("x", x));
    check_moment(alone.across, 2 * alone.from_exponent, x, x);
}

TEST_CASE("moments of a large mean and a small spread keep the spread") {
    matrix_maker make(2);
    auto x = make.uniform(300, 5);
    for (auto& each : x.values) each = 1000 + each / 1024;
    const auto found = sl::moments_of(set_of_things<double>("x", x));
    const auto expected = product(transposed(centred_columns(x)), centred_columns(x));
    CHECK(std::ldexp(found.from(0, 0), 2 * found.from_exponent) ==
          Approx(static_cast<double>(expected(0, 0))).epsilon(1e-9));
}

TEST_CASE("moments name the vector that is no number, and need one of each for the same things") {
    matrix_maker make(3);
    auto x = make.uniform(300, 4);
    x(299, 3) = std::numeric_limits<long double>::infinity();
    CHECK(message_of([&] { sl::moments_of(set_of_things<float>("embed", x)); }) ==
          ": \"embed\": the vector \"299\": expected finite weights, found inf");
    CHECK_THROWS_AS(sl::moments_of(set_of_things<float>("x", make.uniform(3, 4)),
                                   set_of_things<float>("y", make.uniform(4, 4))),
                    sl::argument_error);
}
