#include "svdlens/table/detail/rows/best_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// The best rows of consecutive scores from row 1000 on.
template <class Order>
std::vector<sl::row_number> best(const std::vector<float>& scores, std::size_t k) {
    sl::detail::best_rows<float, Order> rows;
    sl::detail::offer_run(rows, sl::score_run<float>{scores, 1000, nullptr}, 0, scores.size(), k);
    rows.sort(k);
    std::vector<sl::row_number> result;
    for (const auto& entry : rows.rows()) result.push_back(entry.row - 1000);
    return result;
}

} // namespace

TEST_CASE("the best of a long run are those of a full sort") {
    const auto scores = awkward_scores<float>(5000, 3);
    std::vector<sl::row_number> order;
    for (std::size_t row = 0; row < scores.size(); ++row)
        if (!std::isnan(scores[row])) order.push_back(row);
    for (const std::size_t k : {1U, 2U, 17U, 1000U}) {
        auto sorted = order;
        std::stable_sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
        sorted.resize(k);
        CHECK(best<sl::detail::highest_first<>>(scores, k) == sorted);
        sorted = order;
        std::stable_sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return scores[a] < scores[b]; });
        sorted.resize(k);
        CHECK(best<sl::detail::lowest_first<>>(scores, k) == sorted);
    }
}

TEST_CASE("the bound rises, never falls, and starts anew when cleared") {
    sl::detail::best_rows<double, sl::detail::highest_first<>> rows;
    CHECK(rows.bound() == -std::numeric_limits<double>::infinity());
    rows.raise(3);
    rows.raise(2);
    CHECK(rows.bound() == 3);
    rows.offer({1, 2.5}, 4);
    rows.offer({2, 3.0}, 4);
    CHECK(rows.rows().size() == 1);
    rows.clear();
    CHECK(rows.rows().empty());
    CHECK(rows.bound() == -std::numeric_limits<double>::infinity());
}

TEST_CASE("by magnitude the bound is a magnitude") {
    sl::detail::best_rows<float, sl::detail::highest_first<sl::magnitude>> rows;
    for (const auto& entry : std::vector<sl::detail::scored_row<float>>{{0, -3}, {1, 2}, {2, -1}, {3, 3}})
        rows.offer(entry, 2);
    rows.sort(2);
    CHECK(rows.bound() == 3);
    CHECK(rows.rows()[0].row == 0);
    CHECK(rows.rows()[0].score == -3);
    CHECK(rows.rows()[1].row == 3);
    rows.offer({4, -2.5F}, 2);
    CHECK(rows.rows().size() == 2);
}
