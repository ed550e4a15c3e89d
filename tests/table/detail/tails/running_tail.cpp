#include "svdlens/table/detail/tails/running_tail.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/detail/rows/best_rows.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

enum class shape { random, awkward, ascending, descending, equal, few_values, infinite };

std::vector<float> make_scores(shape s, std::size_t count) {
    auto scores = random_scores<float>(count, 5);
    for (std::size_t k = 0; k < count; ++k) {
        if (s == shape::equal) scores[k] = 0.25F;
        if (s == shape::few_values) scores[k] = static_cast<float>(k * 7 % 3);
        if (s == shape::infinite && k % 3 == 0)
            scores[k] = (k % 2 == 0 ? 1.0F : -1.0F) * std::numeric_limits<float>::infinity();
    }
    if (s == shape::awkward) {
        scores = awkward_scores<float>(count, 6);
        scores.erase(std::remove_if(scores.begin(), scores.end(), [](float x) { return x != x; }),
                     scores.end());
    }
    if (s == shape::ascending) std::sort(scores.begin(), scores.end());
    if (s == shape::descending) std::sort(scores.rbegin(), scores.rend());
    return scores;
}

template <class Order>
void check_tail(const std::vector<float>& scores, std::size_t wanted) {
    using tail = sl::detail::running_tail<float, Order>;
    tail rows(wanted);
    std::vector<sl::detail::scored_row<float>> handful;
    for (std::size_t k = 0; k < scores.size(); ++k) {
        handful.push_back({k, scores[k]});
        if (handful.size() < 100 && k + 1 < scores.size()) continue;
        rows.add(handful);
        handful.clear();
        REQUIRE(rows.count_if([](const auto&) { return true; }) <= tail::most_held(wanted));
    }
    auto sorted = scores;
    std::sort(sorted.begin(), sorted.end(), [](float a, float b) { return !Order::reaches(b, a); });
    for (std::size_t place = 0; place < (std::min)(wanted, sorted.size()); place += 1 + place / 3) {
        REQUIRE(rows.keys_at(place, place).first == sorted[place]);
        if (place + 1 == (std::min)(wanted, sorted.size())) continue;
        REQUIRE(rows.keys_at(place, place + 1).first == sorted[place]);
        REQUIRE(rows.keys_at(place, place + 1).second == sorted[place + 1]);
    }
    if (wanted == 0 || sorted.empty()) return;
    // Every row strictly better than the last wanted one is held.
    const float last = sorted[(std::min)(wanted, sorted.size()) - 1];
    sl::detail::row_list<float> held;
    rows.move_if([&](const auto& entry) { return !Order::reaches(last, entry.score); }, held);
    CHECK(held.size() == static_cast<std::size_t>(std::count_if(scores.begin(), scores.end(), [&](float x) {
              return !Order::reaches(last, x);
          })));
    CHECK(std::set<sl::row_number>(held.rows.begin(), held.rows.end()).size() == held.size());
}

} // namespace

TEST_CASE("an end of a distribution holds what is strictly better, in bounded memory, in whatever order") {
    for (const auto s : {shape::random, shape::awkward, shape::ascending, shape::descending, shape::equal,
                         shape::few_values, shape::infinite})
        for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{60000}})
            for (const std::size_t wanted : {0U, 1U, 2U, 70U, 9000U}) {
                INFO(static_cast<int>(s) << ": " << wanted << " of " << count);
                const auto scores = make_scores(s, count);
                check_tail<sl::detail::highest_first<>>(scores, wanted);
                check_tail<sl::detail::lowest_first<>>(scores, wanted);
            }
}

TEST_CASE("rows that tie with the bound are not held") {
    sl::detail::running_tail<float, sl::detail::highest_first<>> rows(10);
    const std::vector<sl::detail::scored_row<float>> equal(100, {3, 1.5F});
    for (int k = 0; k < 1000; ++k) rows.add(equal);
    CHECK(rows.bound() == 1.5F);
    rows.add(std::vector<sl::detail::scored_row<float>>{{4, 2.0F}});
    CHECK(rows.keys_at(0, 1) == std::pair(2.0F, 1.5F));
    CHECK(rows.keys_at(8, 9) == std::pair(1.5F, 1.5F));
}
