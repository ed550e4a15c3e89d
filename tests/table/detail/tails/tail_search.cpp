#include "svdlens/table/detail/tails/tail_search.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/detail/order/rank_passes.hpp"
#include "svdlens/table/detail/order/top_digits.hpp"
#include "svdlens/table/detail/rows/row_list.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/score_key.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

template <class T>
sl::detail::tail_search<T, sl::signed_score> start(const std::vector<T>& scores, sl::detail::tail low,
                                                   sl::detail::tail high) {
    sl::detail::top_digits<T> top;
    top.count(std::span<const T>(scores));
    return {std::move(top), low, high};
}

} // namespace

TEMPLATE_TEST_CASE("all rows of the tails are reached, and no more than foretold", "", float, double) {
    const auto scores = random_scores<TestType>(5000, 2);
    for (const double p : {0.0, 0.01, 0.4}) {
        const auto tails = start<TestType>(scores, p, 1 - p);
        const auto reaching = tails.reaching();
        std::vector<TestType> reached;
        for (const auto score : scores)
            if (reaching(score)) reached.push_back(score);
        CHECK(reached.size() == tails.reached());
        const auto bounds = tails.bounds(std::span<const TestType>(reached));
        const sl::detail::outside_test<TestType, sl::signed_score> beyond(bounds);
        std::size_t kept = 0;
        for (const auto score : scores) {
            if (!beyond(score)) continue;
            ++kept;
            REQUIRE(reaching(score));
        }
        CHECK(kept <= reached.size());
        CHECK(kept == 2 * static_cast<std::size_t>(std::ceil(4999 * p))); // no ties
    }
}

TEST_CASE("a side that nobody asked for is not reached") {
    const std::vector<float> scores{1, 2, 3, 4, INFINITY, -INFINITY, NAN};
    const auto low = start<float>(scores, 0.5, {}).reaching();
    CHECK(low(-INFINITY));
    CHECK(low(2));
    CHECK_FALSE(low(INFINITY));
    CHECK_FALSE(low(NAN));
    const auto high = start<float>(scores, {}, 1.0).reaching();
    CHECK(high(INFINITY));
    CHECK_FALSE(high(4));
    CHECK_FALSE(high(NAN));
}

TEST_CASE("many rows about a bound are no close search") {
    CHECK(start<float>(random_scores<float>(200000, 3), 0.01, 0.99).is_close());
    CHECK_FALSE(start<float>(std::vector<float>(200000, 2.0F), 0.01, 0.99).is_close());
}

TEST_CASE("rows are kept in their order") {
    sl::detail::row_list<float> list{{9, 4, 7, 1}, {1, -1, 2, -2}};
    sl::detail::keep_rows(list, [](float score) { return score < 1.5F; });
    CHECK(list.rows == std::vector<sl::row_number>{9, 4, 1});
    CHECK(list.scores == std::vector<float>{1, -1, -2});
    sl::detail::keep_rows(list, [](float) { return false; });
    CHECK(list.size() == 0);
}

TEST_CASE("how many rows lie beyond bounds is known before they are collected") {
    for (const auto& scores : {awkward_scores<float>(3000, 4), random_scores<float>(3000, 4)})
        for (const double p : {0.0, 0.1, 0.25, 0.4}) { // not the median, which is zero
            INFO(p);
            const auto table = sl::long_table(scores, sl::axes({{"row", 3000}}));
            auto tails = start<float>(scores, p, 1 - p);
            const sl::detail::digit_pass<float, sl::signed_score> pass(tails.search(), 0);
            std::vector<std::uint32_t> hits;
            sl::block_buffer<float> buffer;
            pass.look(table.block(0, buffer), hits);
            pass.hand_over(hits);
            pass.descend(tails.search());
            tails.search().end_digit();
            REQUIRE(tails.search().is_done());
            const auto bounds = tails.bounds();
            const sl::detail::outside_test<float, sl::signed_score> test(bounds);
            CHECK(tails.beyond(bounds) ==
                  static_cast<std::uint64_t>(std::count_if(scores.begin(), scores.end(), test)));
        }
}
