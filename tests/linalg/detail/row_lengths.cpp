#include "svdlens/linalg/detail/row_lengths.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::matrix_maker;
using svdlens_tests::plain_matrix;

namespace {

long double length_of(const sl::detail::scaled_number& x) {
    return std::ldexp(static_cast<long double>(x.value), x.exponent);
}

/// In long double, whose range holds the squares of all doubles.
template <class T>
long double naive_length(const sl::basic_matrix<T>& m, std::size_t row) {
    long double sum = 0;
    for (std::size_t c = 0; c < m.columns(); ++c) {
        const auto x = static_cast<long double>(m(row, c));
        sum += x * x;
    }
    return std::sqrt(sum);
}

template <class T>
void check_lengths(const sl::basic_matrix<T>& m) {
    const auto found = sl::detail::row_lengths(m);
    REQUIRE(found.size() == m.rows());
    for (std::size_t k = 0; k < m.rows(); ++k) {
        const auto expected = naive_length(m, k);
        INFO("row " << k);
        CHECK(std::fabs(length_of(found[k]) - expected) <= 1e-15L * expected);
    }
}

} // namespace

TEST_CASE("the lengths of rows are those of the formula, the same bits whichever way they lie") {
    matrix_maker make(3);
    for (const std::size_t width : {1U, 7U, 16U, 33U, 70U}) {
        const auto m = make.uniform(300, width).template as<float>();
        const auto turned = transposed(plain_matrix(m)).template as<float>().transposed();
        check_lengths(m);
        const auto one = sl::detail::row_lengths(m), other = sl::detail::row_lengths(turned);
        for (std::size_t k = 0; k < one.size(); ++k) {
            CHECK(std::bit_cast<std::uint64_t>(one[k].value) == std::bit_cast<std::uint64_t>(other[k].value));
            CHECK((one[k].exponent == 0 && other[k].exponent == 0));
        }
    }
}

TEST_CASE("rows of any finite numbers have a length") {
    constexpr double most = std::numeric_limits<double>::max(),
                     least = std::numeric_limits<double>::denorm_min();
    const std::vector<double> values{most,   most,   most,   most,   // longer than any double
                                     least,  0,      0,      0,      // the shortest
                                     1e200,  1,      1e-200, -1e200, // whose squares overflow
                                     1e-170, 2e-170, 0,      0,      // and underflow
                                     0,      0,      0,      0};
    const sl::basic_matrix<double> m(values, 5, 4);
    check_lengths(m);
    check_lengths(transposed(plain_matrix(m)).as<double>().transposed());
    CHECK(sl::detail::row_lengths(m)[4].value == 0);
    const sl::matrix floats({3e38F, 3e38F, 1e-45F, 0, 1e-39F, 1e-39F, 0, 0}, 4, 2);
    check_lengths(floats);
    for (const auto& length : sl::detail::row_lengths(floats)) CHECK(length.exponent == 0);
}

TEST_CASE("a row that is not finite has no finite length") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const sl::basic_matrix<double> m({1, inf, nan, 1, 1e308, 1e308}, 3, 2);
    const auto lengths = sl::detail::row_lengths(m);
    CHECK_FALSE(std::isfinite(lengths[0].value));
    CHECK_FALSE(std::isfinite(lengths[1].value));
    CHECK(std::isfinite(lengths[2].value));
}
