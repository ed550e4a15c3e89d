#include "svdlens/table/radix_select.hpp"

#include <cmath>
#include <cstdint>
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

TEST_CASE("digits are counted without NaN and add up") {
    sl::detail::top_digits<float> a, b;
    a.count(std::vector<float>{1, 1, NAN, -2});
    b.count(std::vector<float>{1, -NAN, INFINITY});
    a.add(b);
    CHECK(a.size() == 5);
    CHECK(a.nan_count() == 2);
    CHECK(a.counts()[sl::detail::order_image(1.0F) >> 16] == 3);
    CHECK(a.counts()[sl::detail::order_image(INFINITY) >> 16] == 1);
}

TEST_CASE("a rank descends to the digit that holds it") {
    sl::detail::partial_rank<float> rank{0, 5};
    std::vector<std::uint64_t> counts(sl::detail::digit_values);
    counts[3] = 2;
    counts[7] = 3;
    counts[9] = 1;
    rank.descend(counts);
    CHECK(rank.prefix == 9);
    CHECK(rank.rank == 0);
    sl::detail::partial_rank<float> earlier{1, 4};
    earlier.descend(counts);
    CHECK(earlier.prefix == (1U << 16 | 7U));
    CHECK(earlier.rank == 2);
}
