#include "svdlens/directions/detail/factor_scales.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;
using list = std::vector<int>;

TEST_CASE("the exponents of columns, zero and subnormal ones too") {
    const float tiny = std::numeric_limits<float>::denorm_min();
    const sl::matrix m({0.75F, 0, tiny, -1, -0.0F, 0}, 2, 3);
    CHECK(sl::detail::column_exponents(m) == list{1, sl::detail::no_exponent, -148});
    CHECK(sl::detail::column_exponents(m.transposed()) == list{0, 1});
}

TEST_CASE("factors in proportion get one exponent each") {
    const auto scales = sl::detail::balanced_scales({3, 5, -4}, {0, -2, 1});
    CHECK(scales.left == list{5, 5, 5});
    CHECK(scales.right == list{1, 1, 1});
    CHECK(scales.exponent == 6);
}

TEST_CASE("a pair out of proportion is evened out, and what is largest is near 1") {
    const list left{100, 0, -100}, right{-100, 0, 100};
    const auto scales = sl::detail::balanced_scales(left, right);
    for (std::size_t k = 0; k < 3; ++k) {
        CHECK(scales.left[k] + scales.right[k] == scales.exponent);
        CHECK(left[k] - scales.left[k] == 0);
        CHECK(right[k] - scales.right[k] == 0);
    }
    const auto one = sl::detail::balanced_scales({0, 0, 0}, {0, -80, 0});
    CHECK(one.left == list{0, 40, 0});
    CHECK(one.right == list{0, -40, 0});
    CHECK(one.exponent == 0);
}

TEST_CASE("pairs whose product is zero do not count, and do not overflow") {
    const int none = sl::detail::no_exponent;
    const auto scales = sl::detail::balanced_scales({-100, 127, none}, {0, none, 120});
    CHECK(scales.left == list{-100, 127, -100});
    CHECK(scales.right == list{0, 0, 120});
    CHECK(scales.exponent == -100);
    const auto zero = sl::detail::balanced_scales({none, 7}, {3, none});
    CHECK(zero.left == list{7, 7});
    CHECK(zero.right == list{3, 3});
    CHECK(sl::detail::balanced_scales({}, {}).exponent == 0);
    CHECK(sl::detail::balanced_scales({none}, {none}).left == list{0});
}
