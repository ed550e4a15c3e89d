#include "svdlens/table/detail/order/rank_search.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/detail/order/order_image.hpp"
#include "svdlens/table/detail/order/top_digits.hpp"
#include "svdlens/table/score_key.hpp"

namespace sl = svdlens;

TEST_CASE("several positions hold what a full sort puts there, and divide the rest") {
    std::mt19937 random(2);
    for (const std::size_t count : {1U, 2U, 3U, 100U, 1000U}) {
        std::vector<std::uint32_t> values(count);
        for (auto& value : values) value = static_cast<std::uint32_t>(random() % 60);
        auto sorted = values;
        std::sort(sorted.begin(), sorted.end());
        std::vector<std::size_t> positions;
        for (std::size_t k = 0; k < count; ++k)
            if (random() % 9 == 0 || k + 1 == count) positions.push_back(k);
        sl::detail::multi_select(std::span(values), std::span<const std::size_t>(positions));
        std::size_t from = 0;
        for (const auto at : positions) {
            REQUIRE(values[at] == sorted[at]);
            for (; from < at; ++from) REQUIRE(values[from] <= values[at]);
        }
        std::sort(values.begin(), values.end());
        REQUIRE(values == sorted);
    }
}

TEST_CASE("no positions of no values are nothing to do") {
    std::vector<int> values;
    sl::detail::multi_select(std::span(values), std::span<const std::size_t>());
    CHECK(values.empty());
}

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// Checks what is found under the prefixes of every 50th score, `depth` digits long, against a plain loop.
template <class T, class Key>
void check_found(unsigned depth) {
    using image = sl::detail::image_type<T>;
    const auto scores = awkward_scores<T>(3001, 5);
    std::set<image> prefixes;
    for (std::size_t k = 0; k < scores.size(); k += 50)
        if (!std::isnan(scores[k]))
            prefixes.insert(sl::detail::leading_digits<T>(sl::detail::order_image(scores[k]), depth - 1));
    std::vector<sl::detail::open_prefix<T>> list;
    for (const auto prefix : prefixes) list.push_back({prefix, 1});
    std::vector<std::pair<std::size_t, image>> wanted, found;
    for (const T score : scores) {
        const image x = sl::detail::order_image(Key{}(score));
        for (std::size_t k = 0; k < list.size(); ++k)
            if (!std::isnan(score) && sl::detail::leading_digits<T>(x, depth - 1) == list[k].prefix)
                wanted.emplace_back(k, x);
    }
    const sl::detail::open_prefixes<T> open(list, depth);
    open.template find<Key>(std::span<const T>(scores),
                            [&](std::size_t place, image x) { found.emplace_back(place, x); });
    CHECK(!found.empty());
    CHECK(found == wanted);
}

} // namespace

TEST_CASE("scores under prefixes of any depth are found in their order") {
    check_found<float, sl::signed_score>(1);
    check_found<float, sl::magnitude>(1);
    for (const unsigned depth : {1U, 2U, 3U}) check_found<double, sl::signed_score>(depth);
    check_found<double, sl::magnitude>(2);
}

TEST_CASE("the next digit is the one behind the prefix") {
    const std::vector<sl::detail::open_prefix<double>> list{{0x12345678U, 1}};
    const sl::detail::open_prefixes<double> open(list, 2);
    CHECK(open.next_digit(0x123456789abcdef0U) == 0x9abcU);
}

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
