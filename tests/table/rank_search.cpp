#include "svdlens/table/rank_search.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/order_image.hpp"
#include "svdlens/table/top_digits.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("a rank descends to the digit that holds it") {
    std::vector<std::uint64_t> counts(sl::detail::digit_values);
    counts[3] = 2;
    counts[7] = 3;
    counts[9] = 1;
    sl::detail::partial_rank<float> rank{0, 5, 100, 6};
    rank.descend(counts);
    CHECK(rank.prefix == 9);
    CHECK(rank.rank == 0);
    CHECK(rank.before == 105);
    CHECK(rank.count == 1);
    sl::detail::partial_rank<float> earlier{1, 4, 0, 6};
    earlier.descend(counts);
    CHECK(earlier.prefix == (1U << 16 | 7U));
    CHECK(earlier.rank == 2);
    CHECK(earlier.before == 2);
    CHECK(earlier.count == 3);
}

TEMPLATE_TEST_CASE("collected images and further digits lead to the same scores", "", float, double) {
    const auto scores = awkward_scores<TestType>(2000, 12);
    std::vector<TestType> sorted;
    for (const auto score : scores)
        if (!std::isnan(score)) sorted.push_back(score);
    std::sort(sorted.begin(), sorted.end());
    const std::vector<std::uint64_t> ranks{0, 1, 2, 500, 501, 502, 1000, sorted.size() - 1};
    sl::detail::top_digits<TestType> top;
    top.count(std::span<const TestType>(scores));
    sl::detail::rank_search<TestType> search(top, ranks);
    CHECK(search.depth() == 1);
    std::vector<sl::detail::image_type<TestType>> images;
    for (const auto score : sorted)
        if (search.is_open(sl::detail::order_image(score))) images.push_back(sl::detail::order_image(score));
    CHECK(images.size() == search.open_scores());
    CHECK(images.size() < sorted.size());
    std::reverse(images.begin(), images.end());
    const auto collected = search.take(std::span(images));
    while (!search.is_done()) {
        for (std::size_t k = 0; k < search.open().size(); ++k) {
            std::vector<std::uint32_t> counts(sl::detail::digit_values);
            for (const auto x : images)
                if (sl::detail::leading_digits<TestType>(x, search.depth() - 1) == search.open()[k].prefix)
                    ++counts[sl::detail::leading_digits<TestType>(x, search.depth()) & 0xffff];
            search.descend(k, counts);
        }
        search.end_digit();
    }
    const auto digits = search.take();
    REQUIRE(collected.size() == ranks.size());
    for (std::size_t k = 0; k < ranks.size(); ++k) {
        const auto value = sorted[static_cast<std::size_t>(ranks[k])];
        const auto image = sl::detail::order_image(collected[k].score);
        std::uint64_t at_most = 0;
        for (const auto score : sorted) at_most += sl::detail::order_image(score) <= image ? 1 : 0;
        CHECK(collected[k].score == value);
        CHECK(collected[k].at_most == at_most);
        CHECK(sl::detail::order_image(digits[k].score) == image);
        CHECK(digits[k].at_most == at_most);
    }
}
