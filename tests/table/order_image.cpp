#include "svdlens/table/order_image.hpp"

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
