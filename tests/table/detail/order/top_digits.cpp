#include "svdlens/table/detail/order/top_digits.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/detail/order/order_image.hpp"
#include "svdlens/table/score_key.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("digits are counted without NaN and add up") {
    sl::detail::top_digits<float> a, b;
    a.count(std::span<const float>(std::vector<float>{1, 1, NAN, -2}));
    b.count(std::span<const float>(std::vector<float>{1, -NAN, INFINITY}));
    a.add(b);
    CHECK(a.size() == 5);
    CHECK(a.nan_count() == 2);
    CHECK(a[sl::detail::order_image(1.0F) >> 16] == 3);
    CHECK(a[sl::detail::order_image(INFINITY) >> 16] == 1);
}

TEMPLATE_TEST_CASE("counts of narrow counters that are carried over are those of wide ones", "", float,
                   double) {
    const auto scores = awkward_scores<TestType>(1000, 4);
    sl::detail::top_digits<TestType> wide, narrow(100), part(100), sum(100);
    wide.count(std::span<const TestType>(scores));
    narrow.count(std::span<const TestType>(scores));
    part.count(std::span<const TestType>(scores).first(90));
    sum.count(std::span<const TestType>(scores).subspan(90, 60));
    sum.add(part); // over 100 together
    part = sl::detail::top_digits<TestType>(100);
    part.count(std::span<const TestType>(scores).subspan(150)); // carried in itself
    sum.add(part);
    for (std::size_t digit = 0; digit <= sl::detail::digit_values; ++digit) {
        REQUIRE(narrow[digit] == wide[digit]);
        REQUIRE(sum[digit] == wide[digit]);
    }
}

TEST_CASE("digits of a source are those of a plain loop, by score and by magnitude") {
    const auto scores = awkward_scores<float>(2 * 3 * 500, 7);
    std::vector<std::uint64_t> plain(sl::detail::digit_values), sizes(sl::detail::digit_values);
    std::uint64_t nan_count = 0;
    for (const float score : scores) {
        if (std::isnan(score)) {
            ++nan_count;
            continue;
        }
        ++plain[sl::detail::order_image(score) >> 16];
        ++sizes[sl::detail::order_image(std::abs(score)) >> 16];
    }
    for (const unsigned seed : {1U, 2U, 5U}) {
        const cut_source<float> cut(head_axes(2, 3, 500), scores, seed);
        sl::detail::top_digits<float> found, absolute;
        sl::block_buffer<float> buffer;
        for (std::size_t i = 0; i < cut.blocks(); ++i) {
            const auto block = cut.block(i, buffer);
            found.count(block);
            absolute.count<sl::magnitude>(block);
        }
        CHECK(found.nan_count() == nan_count);
        CHECK(absolute.nan_count() == nan_count);
        for (std::size_t digit = 0; digit < plain.size(); ++digit) {
            REQUIRE(found[digit] == plain[digit]);
            REQUIRE(absolute[digit] == sizes[digit]);
        }
    }
}
