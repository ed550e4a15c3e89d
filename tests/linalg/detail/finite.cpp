#include "svdlens/linalg/detail/finite.hpp"

#include <cstddef>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

template <class T>
void check_values() {
    using limits = std::numeric_limits<T>;
    for (const T x :
         {T{0}, -T{0}, T{1}, limits::max(), limits::lowest(), limits::min(), limits::denorm_min()})
        CHECK(sl::detail::is_finite(x));
    for (const T x : {limits::infinity(), -limits::infinity(), limits::quiet_NaN(), -limits::quiet_NaN()})
        CHECK_FALSE(sl::detail::is_finite(x));
}

} // namespace

TEST_CASE("NaN and both infinities are not finite, everything else is") {
    check_values<float>();
    check_values<double>();
}

TEST_CASE("the first bad entry is found row by row, also in transposed and sliced views") {
    std::vector<double> values(20, 1);
    values[7] = std::numeric_limits<double>::infinity();
    values[13] = std::numeric_limits<double>::quiet_NaN();
    const sl::basic_matrix<double> m(values, 4, 5);
    const auto direct = sl::detail::find_non_finite(m);
    REQUIRE(direct);
    CHECK(direct->row == 1);
    CHECK(direct->column == 2);
    const auto turned = sl::detail::find_non_finite(m.transposed());
    REQUIRE(turned);
    CHECK(turned->row == 2);
    CHECK(turned->column == 1);
    CHECK(sl::detail::all_finite(m.row_range(3, 1)));
    CHECK(sl::detail::all_finite(m.column_range(0, 2)));
    CHECK_FALSE(sl::detail::all_finite(m.column_range(3, 1).transposed()));
    CHECK(sl::detail::all_finite(sl::basic_matrix<double>()));
}

TEST_CASE("the largest magnitude in each column, in either layout") {
    const sl::matrix m({1, -3, 0, -2, 2.5F, -0.0F}, 2, 3);
    CHECK(sl::detail::largest_in_columns(m) == std::vector<float>{2, 3, 0});
    CHECK(sl::detail::largest_in_columns(m.transposed()) == std::vector<float>{3, 2.5F});
    CHECK(sl::detail::largest_in_columns(m.column_range(1, 1)) == std::vector<float>{3});
    CHECK(sl::detail::largest_in_columns(sl::matrix({}, 0, 2)) == std::vector<float>{0, 0});
}

TEST_CASE("the message says what is not finite and where") {
    const sl::matrix m({1, -std::numeric_limits<float>::infinity()}, 2, 1);
    try {
        sl::detail::require_finite(m, "model.safetensors: tensor \"w\"");
        FAIL("expected an error");
    } catch (const sl::numeric_error& problem) {
        CHECK(problem.code() == sl::errc::non_finite);
        CHECK(std::string(problem.what()) ==
              "model.safetensors: tensor \"w\": expected finite weights, found -inf at row 1, column 0");
    }
}
