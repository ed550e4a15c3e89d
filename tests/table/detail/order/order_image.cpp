#include "svdlens/table/detail/order/order_image.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEMPLATE_TEST_CASE("images order as scores do and lead back to them", "", float, double) {
    using limits = std::numeric_limits<TestType>;
    const std::vector<TestType> ascending{
        -limits::infinity(),   limits::lowest(), TestType(-1.5),  TestType(-1),         -(limits::min)(),
        -limits::denorm_min(), TestType(-0.0),   TestType(0),     limits::denorm_min(), (limits::min)(),
        TestType(1),           TestType(1.5),    (limits::max)(), limits::infinity()};
    for (std::size_t k = 0; k < ascending.size(); ++k) {
        const auto image = sl::detail::order_image(ascending[k]);
        CHECK(sl::detail::from_order_image<TestType>(image) == ascending[k]);
        CHECK(std::signbit(sl::detail::from_order_image<TestType>(image)) == std::signbit(ascending[k]));
        if (k != 0) CHECK(sl::detail::order_image(ascending[k - 1]) < image);
    }
}

TEST_CASE("leading digits are the highest ones") {
    CHECK(sl::detail::leading_digits<float>(0x12345678U, 0) == 0x1234U);
    CHECK(sl::detail::leading_digits<float>(0x12345678U, 1) == 0x12345678U);
    CHECK(sl::detail::leading_digits<double>(0x123456789abcdef0U, 0) == 0x1234U);
    CHECK(sl::detail::leading_digits<double>(0x123456789abcdef0U, 2) == 0x123456789abcU);
}

namespace sl = svdlens;
using sl::detail::score_place;

TEMPLATE_TEST_CASE("places ascend as scores are ordered, with NaN last in either order", "", float, double) {
    using limits = std::numeric_limits<TestType>;
    const std::vector<TestType> ordered{-limits::infinity(),  limits::lowest(),      TestType{-1},
                                        -limits::min(),       -limits::denorm_min(), TestType{0},
                                        limits::denorm_min(), limits::min(),         TestType{1},
                                        limits::max(),        limits::infinity()};
    const auto up = sl::sort_order::ascending, down = sl::sort_order::descending;
    for (std::size_t a = 0; a < ordered.size(); ++a) {
        for (std::size_t b = 0; b < ordered.size(); ++b) {
            CHECK((score_place(ordered[a], up) < score_place(ordered[b], up)) == (a < b));
            CHECK((score_place(ordered[a], down) < score_place(ordered[b], down)) == (a > b));
        }
        for (const auto nan : {limits::quiet_NaN(), -limits::quiet_NaN()}) {
            CHECK(score_place(nan, up) > score_place(ordered[a], up));
            CHECK(score_place(nan, down) > score_place(ordered[a], down));
        }
    }
    CHECK(score_place(TestType(-0.0), up) == score_place(TestType(0.0), up));
    CHECK(score_place(TestType(-0.0), down) == score_place(TestType(0.0), down));
}
