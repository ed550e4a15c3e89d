#include "svdlens/table/outside.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "support/rows_of.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/group_quantiles.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/quantiles.hpp"
#include "table/expected_tables.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// The rows whose key is beyond the bounds of their group.
template <class Key, class T>
rows plain_tails(const std::vector<T>& scores, const sl::axes& columns, const sl::by_columns& names,
                 double low, double high) {
    const sl::detail::grouping groups(columns, names);
    const auto bounds = sl::group_quantiles<Key>(sl::long_table(scores, columns), {low, high}, names);
    rows result;
    for (std::size_t row = 0; row < scores.size(); ++row) {
        const auto group = static_cast<std::size_t>(groups.group(row));
        const auto key = static_cast<double>(Key{}(scores[row]));
        if (key < bounds.values(0)[group] || key > bounds.values(1)[group]) result.push_back(row);
    }
    return result;
}

} // namespace

TEMPLATE_TEST_CASE("rows beyond the quantiles of their group, for any groups, cut and threads", "", float,
                   double) {
    const auto scores = awkward_scores<TestType>(3 * 4 * 80, 28);
    const auto columns = head_axes(3, 4, 80);
    for (const auto& names : {sl::by("head"), sl::by("neuron"), sl::by("layer", "neuron"), sl::by()}) {
        const auto wanted = plain_tails<sl::signed_score>(scores, columns, names, 0.1, 0.9);
        const auto strong = plain_tails<sl::magnitude>(scores, columns, names, 0, 0.8);
        REQUIRE(wanted.size() > 10);
        for (const unsigned threads : {1U, 2U, 5U}) {
            const cut_source<TestType> cut(columns, scores, threads);
            const sl::execution run{.threads = threads},
                budgeted{.threads = threads, .memory_budget = 100000};
            CHECK(rows_of(sl::outside_quantiles(cut, 0.1, 0.9, names, run)) == wanted);
            CHECK(rows_of(sl::outside_quantiles(cut, 0.1, 0.9, names, budgeted)) == wanted);
            CHECK(rows_of(sl::outside_quantiles<sl::magnitude>(cut, 0, 0.8, names, run)) == strong);
        }
    }
}

TEST_CASE("one tail of each group is that side of both") {
    const auto scores = random_scores<float>(3 * 4 * 80, 29); // no ties: nothing is outside 0 or 1
    const auto columns = head_axes(3, 4, 80);
    const auto table = sl::long_table(scores, columns);
    CHECK(rows_of(sl::find_tails(table, {.high = 0.9, .by = sl::by("head")}).rows) ==
          plain_tails<sl::signed_score>(scores, columns, sl::by("head"), 0, 0.9));
    CHECK(rows_of(sl::find_tails(table, {.low = 0.2, .by = sl::by("head")}, {.threads = 2}).rows) ==
          plain_tails<sl::signed_score>(scores, columns, sl::by("head"), 0.2, 1));
    CHECK(sl::find_tails<sl::magnitude>(table, {.high = 1, .by = sl::by("neuron")}).rows.empty());
    CHECK(sl::find_tails(table, {.low = 0, .by = sl::by("neuron")}, {.memory_budget = 100000}).rows.empty());
}

TEST_CASE("a group without numbers keeps no row, and wrong probabilities are refused") {
    const auto table = sl::long_table(std::vector<float>{NAN, NAN, 1, 2}, head_axes(1, 2, 2));
    CHECK(rows_of(sl::outside_quantiles(table, 0.4, 0.6, sl::by("head"))) == rows{2, 3});
    REQUIRE_THROWS_AS(sl::outside_quantiles(table, 0.9, 0.1, sl::by("head")), sl::argument_error);
    REQUIRE_THROWS_AS(sl::outside_quantiles(table, 0.1, 1.1, sl::by("head")), sl::argument_error);
    REQUIRE_THROWS_AS(sl::find_tails(table, {.high = -1, .by = sl::by("head")}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::find_tails(table, {.low = 0.5, .by = sl::by("nothing")}), sl::lookup_error);
    REQUIRE_THROWS_AS(sl::find_tails(table, {.low = 0.5, .by = sl::by("head")}, {.memory_budget = 89}),
                      sl::argument_error);
}

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

template <class T>
rows naive_outside(const std::vector<T>& scores, double low, double high) {
    rows beyond;
    for (std::size_t row = 0; row < scores.size(); ++row)
        if (static_cast<double>(scores[row]) < low || static_cast<double>(scores[row]) > high)
            beyond.push_back(row);
    return beyond;
}

} // namespace

TEST_CASE("tails are the rows that pandas keeps") {
    for (const auto& expected : expected_tables()) {
        INFO(expected.name);
        expected.for_items("outside", [](const auto& table, const expected_item& item) {
            const auto low = item.numbers()[0], high = item.numbers()[1];
            INFO(low << " " << high);
            const auto found = sl::outside_quantiles(table, low, high);
            CHECK(rows_of(found) == item.integers(2));
            for (std::size_t k = 0; k < found.size(); ++k)
                REQUIRE(found.scores()[k] == table.find(found.rows()[k]));
        });
    }
}

TEMPLATE_TEST_CASE("tails depend neither on the cut nor on the number of threads", "", float, double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 977, 15);
    const auto columns = head_axes(2, 3, 977);
    const auto bounds = sl::quantiles(sl::long_table(scores, columns), {0.03, 0.96});
    const auto wanted = naive_outside(scores, bounds[0], bounds[1]);
    REQUIRE(wanted.size() > 50);
    CHECK(rows_of(sl::outside_quantiles(sl::long_table(scores, columns), 0.03, 0.96)) == wanted);
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(columns, scores, threads);
        CHECK(rows_of(sl::outside_quantiles(cut, 0.03, 0.96, {.threads = threads})) == wanted);
    }
}

TEST_CASE("tails refuse probabilities that are swapped") {
    const std::vector<float> scores{1, 2, 3};
    const auto table = sl::long_table(scores, sl::axes({{"row", 3}}));
    REQUIRE_THROWS_AS(sl::outside_quantiles(table, 0.9, 0.1), sl::argument_error);
}

TEST_CASE("tails refuse probabilities outside 0 to 1") {
    const auto table = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"row", 2}}));
    REQUIRE_THROWS_AS(sl::outside_quantiles(table, -0.01, 0.5), sl::argument_error);
    REQUIRE_THROWS_AS(sl::outside_quantiles(table, 0.01, not_a_number), sl::argument_error);
}

namespace {

template <class T>
std::vector<T> magnitudes(std::vector<T> scores) {
    for (auto& score : scores) score = std::abs(score);
    return scores;
}

} // namespace

TEMPLATE_TEST_CASE("tails by magnitude are beyond the quantiles of the magnitudes", "", float, double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 977, 25);
    const auto columns = head_axes(2, 3, 977);
    const auto bounds = sl::quantiles(sl::long_table(magnitudes(scores), columns), {0.2, 0.9});
    const auto wanted = naive_outside(magnitudes(scores), bounds[0], bounds[1]);
    const auto strongest = naive_outside(magnitudes(scores), not_a_number, bounds[1]);
    REQUIRE(strongest.size() > 50);
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(columns, scores, threads);
        const sl::execution run{.threads = threads};
        const auto found = sl::outside_quantiles<sl::magnitude>(cut, 0.2, 0.9, run);
        CHECK(rows_of(found) == wanted);
        for (std::size_t k = 0; k < found.size(); ++k)
            REQUIRE(found.score_at(k) == scores[static_cast<std::size_t>(found.row_at(k))]);
        CHECK(rows_of(sl::find_tails<sl::magnitude>(cut, {.high = 0.9}, run).rows) == strongest);
    }
}

TEST_CASE("one tail is that side of both") {
    const auto scores = awkward_scores<float>(2 * 3 * 300, 26);
    const auto columns = head_axes(2, 3, 300);
    const auto table = sl::long_table(scores, columns);
    for (const double p : {0.0, 0.01, 0.3, 0.5, 0.99, 1.0}) {
        const double bound = sl::quantiles(table, {p})[0];
        INFO(p);
        CHECK(rows_of(sl::find_tails(table, {.high = p}).rows) == naive_outside(scores, not_a_number, bound));
        CHECK(rows_of(sl::find_tails(table, {.low = p}, {.threads = 2}).rows) ==
              naive_outside(scores, bound, not_a_number));
    }
}

TEMPLATE_TEST_CASE("tails of large tables are beyond their quantiles whatever the scores crowd about", "",
                   float, double) {
    const std::size_t count = 300000;
    auto scores = random_scores<TestType>(count, 27);
    // Plain; all within one first digit; most of them equal; zeros of both signs.
    const auto shape = GENERATE(0, 1, 2, 3);
    for (std::size_t row = 0; row < count; ++row) {
        auto& score = scores[row];
        if (shape == 1) score = 1 + score / 100000;
        if (shape == 2 && row % 10 != 0) score = TestType(0.125);
        if (shape == 3 && row % 3 != 0) score = row % 2 == 0 ? TestType(0) : -TestType(0);
    }
    const auto table = sl::long_table(scores, sl::axes({{"row", count}}));
    for (const double tail : {0.0, 0.001, 0.2, 0.5}) {
        INFO(shape << ": " << tail);
        const auto bounds = sl::quantiles(table, {tail, 1 - tail});
        const auto found = sl::outside_quantiles(table, tail, 1 - tail, {.threads = 2});
        CHECK(rows_of(found) == naive_outside(scores, bounds[0], bounds[1]));
        CHECK(rows_of(sl::find_tails(table, {.high = tail}).rows) ==
              naive_outside(scores, not_a_number, bounds[0]));
    }
}

namespace {

/// The linear quantile of sorted scores: a whole rank is its value, next to an infinity lies that infinity.
double sorted_quantile(const std::vector<double>& sorted, double p) {
    const volatile double place = p * static_cast<double>(sorted.size() - 1);
    const auto rank = static_cast<std::size_t>(place);
    const double share = place - static_cast<double>(rank);
    const double low = sorted[rank], high = sorted[(std::min)(rank + 1, sorted.size() - 1)];
    if (share == 0 || low == high) return low;
    return std::isinf(low) || std::isinf(high) ? low + high : low * (1 - share) + high * share;
}

} // namespace

TEST_CASE("infinite scores are in their tails and leave those of others alone") {
    for (const std::size_t below : {0U, 1U, 2U, 30U})
        for (const std::size_t above : {0U, 1U, 2U, 30U}) {
            std::vector<double> scores;
            for (int k = 0; k < 1000; ++k) scores.push_back(k % 7 * 1000 + k);
            scores.insert(scores.end(), below, -inf);
            scores.insert(scores.begin() + 500, above, inf);
            const auto table = sl::long_table(scores, sl::axes({{"row", scores.size()}}));
            auto sorted = scores;
            std::sort(sorted.begin(), sorted.end());
            for (const double p : {0.001, 0.002, 0.01, 0.0625, 0.25}) {
                INFO(below << " below, " << above << " above, tails of " << p);
                const auto expected =
                    naive_outside(scores, sorted_quantile(sorted, p), sorted_quantile(sorted, 1 - p));
                for (const unsigned threads : {1U, 2U, 5U}) {
                    const sl::execution run{.threads = threads};
                    CHECK(rows_of(sl::outside_quantiles(table, p, 1 - p, run)) == expected);
                    CHECK(
                        rows_of(sl::find_tails(table, {.low = p, .high = 1 - p, .by = sl::by()}, run).rows) ==
                        expected);
                }
            }
        }
}

// The bound of the upper tail had been inf * 0.
TEST_CASE("one infinite score does not empty a tail") {
    std::vector<double> scores;
    for (int k = 0; k < 1000; ++k) scores.push_back(k);
    scores.push_back(inf);
    const auto table = sl::long_table(scores, sl::axes({{"row", scores.size()}}));
    CHECK(rows_of(sl::outside_quantiles(table, 0.001, 0.999)) == rows{0, 1000});
    for (double& score : scores) score = -score;
    CHECK(rows_of(sl::outside_quantiles(table, 0.001, 0.999)) == rows{0, 1000});
    for (double& score : scores) score = std::isinf(score) ? 1e308 : -1e308;
    CHECK(rows_of(sl::outside_quantiles(table, 0.001, 0.999)) == rows{1000});
}

TEST_CASE("tails of infinite scores and of an empty table") {
    const auto table =
        sl::long_table(std::vector<float>{-INFINITY, 1, 2, NAN, INFINITY, -INFINITY}, sl::axes({{"row", 6}}));
    CHECK(rows_of(sl::outside_quantiles(table, 0.5, 0.5)) == rows{0, 2, 4, 5});
    CHECK(sl::find_tails(table, {.low = 0.25}).rows.empty());
    CHECK(rows_of(sl::find_tails(table, {.high = 0.25}).rows) == rows{1, 2, 4}); // the rank of -infinity
    CHECK(rows_of(sl::find_tails(table, {.high = 0.3}).rows) == rows{1, 2, 4});  // between it and 1
    CHECK(rows_of(sl::find_tails(table, {.high = 0.2}).rows) == rows{1, 2, 4});
    CHECK(sl::find_tails(table, {.high = 1.0}).rows.empty());
    const auto none = sl::long_table(std::vector<float>{}, sl::axes({sl::axis("row", 0)}));
    CHECK(sl::outside_quantiles(none, 0.1, 0.9).empty());
    CHECK(sl::find_tails(sl::long_table(std::vector<float>{NAN}, sl::axes({{"row", 1}})), {.high = 0.1})
              .rows.empty());
}

TEST_CASE("single tails refuse what is no probability") {
    const auto table = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"row", 2}}));
    REQUIRE_THROWS_AS(sl::find_tails(table, {.high = 1.5}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::find_tails(table, {.low = not_a_number}), sl::argument_error);
}

TEST_CASE("progress of tails ascends through all passes to the number of rows") {
    const auto scores = random_scores<float>(400000, 1);
    std::vector<std::uint64_t> done;
    const auto note = [&](const sl::progress_report& report) { done.push_back(report.done); };
    sl::outside_quantiles(sl::long_table(scores, sl::axes({{"row", 400000}})), 0.01, 0.99,
                          {.threads = 2, .progress = note});
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(done.back() == 400000);
}

namespace {

template <class T>
rows outside_of(const std::vector<T>& scores, double low, double high) {
    return rows_of(
        sl::outside(sl::long_table(scores, sl::axes({{"row", scores.size()}})), {.low = low, .high = high}));
}

/// The rows for which `kept(score as double)`.
template <class T, class Kept>
rows plain_rows(const std::vector<T>& scores, Kept kept) {
    rows result;
    for (std::size_t row = 0; row < scores.size(); ++row)
        if (kept(static_cast<double>(scores[row]))) result.push_back(row);
    return result;
}

} // namespace

TEMPLATE_TEST_CASE("rows beyond bounds are those of a plain loop, for any cut and any threads", "", float,
                   double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 531, 16);
    const auto columns = head_axes(2, 3, 531);
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(columns, scores, threads);
        const sl::execution run{.threads = threads};
        CHECK(rows_of(sl::outside(cut, {.low = -1.5, .high = 0.75}, run)) ==
              plain_rows(scores, [](double x) { return x < -1.5 || x > 0.75; }));
        CHECK(rows_of(sl::outside(cut, {.high = 0.5}, run)) ==
              plain_rows(scores, [](double x) { return x > 0.5; }));
        CHECK(rows_of(sl::outside(cut, {.low = 0.5}, run)) ==
              plain_rows(scores, [](double x) { return x < 0.5; }));
        CHECK(rows_of(sl::outside<sl::magnitude>(cut, {.low = 0.25, .high = 1.5}, run)) ==
              plain_rows(scores, [](double x) { return std::abs(x) < 0.25 || std::abs(x) > 1.5; }));
        CHECK(rows_of(sl::outside<sl::magnitude>(cut, {.high = 1}, run)) ==
              plain_rows(scores, [](double x) { return std::abs(x) > 1; }));
        CHECK(rows_of(sl::outside<sl::magnitude>(cut, {.low = 1}, run)) ==
              plain_rows(scores, [](double x) { return std::abs(x) < 1; }));
    }
}

TEST_CASE("rows picked by magnitude keep their signed scores") {
    const std::vector<float> scores{-3, 1, NAN, 2, -0.5F};
    const auto found =
        sl::outside<sl::magnitude>(sl::long_table(scores, sl::axes({{"row", 5}})), {.high = 1.5});
    CHECK(rows_of(found) == rows{0, 3});
    CHECK(found.score_at(0) == -3);
    CHECK(found.score_at(1) == 2);
}

TEST_CASE("tails of a table with holes hold present rows only and come in row order") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 4));
    rows present;
    for (std::uint64_t row = 0; row < lazy.axes().shape_rows(); ++row)
        if (lazy.tiles().offset(row) && std::abs(lazy.at(row)) > 0.9F) present.push_back(row);
    const auto found = sl::outside(lazy, {.low = -0.9F, .high = 0.9F}, {.threads = 3});
    CHECK(rows_of(found) == present);
    CHECK(rows_of(sl::outside<sl::magnitude>(lazy, {.high = 0.9F})) == present);
    CHECK(found.axes()[0].name == "target_layer");
}

TEST_CASE("bounds are strict and compared in double") {
    const double between = (static_cast<double>(0.1F) + static_cast<double>(std::nextafter(0.1F, 1.0F))) / 2;
    const std::vector<float> scores{0.1F, std::nextafter(0.1F, 1.0F)};
    CHECK(outside_of(scores, between, inf) == rows{0});
    CHECK(outside_of(scores, -inf, between) == rows{1});
    CHECK(outside_of(scores, 0.1F, 0.1F) == rows{1});
    CHECK(outside_of(scores, 0.0, 0.5) == rows{});
    CHECK(outside_of(std::vector<float>{-0.0F, 0.0F}, 0.0, -0.0) == rows{});
}

TEST_CASE("bounds beyond the range of float and infinite or missing bounds mean what they say") {
    const std::vector<float> scores{-INFINITY, -1, NAN, 1, INFINITY};
    CHECK(outside_of(scores, -1e300, 1e300) == rows{0, 4});
    CHECK(outside_of(scores, 1e300, inf) == rows{0, 1, 3});
    CHECK(outside_of(scores, -inf, -1e300) == rows{1, 3, 4});
    CHECK(outside_of(scores, -inf, inf) == rows{});
    CHECK(outside_of(scores, inf, inf) == rows{0, 1, 3});
    CHECK(outside_of(scores, not_a_number, 0) == rows{3, 4});
    CHECK(outside_of(scores, 0, not_a_number) == rows{0, 1});
    const auto table = sl::long_table(scores, sl::axes({{"row", 5}}));
    CHECK(sl::outside(table, {.high = not_a_number}).empty());
    CHECK(sl::outside(table, {.low = not_a_number}).empty());
    CHECK(rows_of(sl::outside(table, {.high = -inf})) == rows{1, 3, 4});
}

TEST_CASE("crossed bounds keep each row once and an empty table keeps none") {
    CHECK(outside_of(std::vector<double>{1, 2, 3}, 2.5, 1.5) == rows{0, 1, 2});
    CHECK(outside_of(std::vector<double>{}, 0, 0) == rows{});
    CHECK(outside_of(std::vector<double>{not_a_number, not_a_number}, 0, 0) == rows{});
}
