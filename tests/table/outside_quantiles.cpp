#include "svdlens/table/outside_quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "expected_tables.hpp"
#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

template <class T>
std::vector<std::uint64_t> rows_of(const sl::basic_selection<T>& selection) {
    return {selection.rows().begin(), selection.rows().end()};
}

template <class T>
std::vector<std::uint64_t> naive_outside(const std::vector<T>& scores, double low, double high) {
    std::vector<std::uint64_t> rows;
    for (std::size_t row = 0; row < scores.size(); ++row)
        if (static_cast<double>(scores[row]) < low || static_cast<double>(scores[row]) > high)
            rows.push_back(row);
    return rows;
}

template <class T>
std::vector<std::uint64_t> outside_of(const std::vector<T>& scores, double low, double high) {
    return rows_of(sl::outside(sl::long_table(scores, sl::axes({{"row", scores.size()}})), low, high));
}

using rows = std::vector<std::uint64_t>;
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double no_bound = std::numeric_limits<double>::quiet_NaN();

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

TEST_CASE("tails of a table with holes hold present rows only and come in row order") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 4));
    rows present;
    for (std::uint64_t row = 0; row < lazy.axes().rows(); ++row)
        if (lazy.tiles().offset(row) && std::abs(lazy.at(row)) > 0.9F) present.push_back(row);
    const auto found = sl::outside(lazy, -0.9F, 0.9F, {.threads = 3});
    CHECK(rows_of(found) == present);
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
    CHECK(outside_of(scores, no_bound, 0) == rows{3, 4});
    CHECK(outside_of(scores, 0, no_bound) == rows{0, 1});
}

TEST_CASE("crossed bounds keep each row once and an empty table keeps none") {
    CHECK(outside_of(std::vector<double>{1, 2, 3}, 2.5, 1.5) == rows{0, 1, 2});
    CHECK(outside_of(std::vector<double>{}, 0, 0) == rows{});
    CHECK(
        sl::outside_quantiles(sl::long_table(std::vector<float>{}, sl::axes({sl::axis("row", 0)})), 0.1, 0.9)
            .empty());
}

TEST_CASE("tails refuse probabilities that are swapped") {
    const std::vector<float> scores{1, 2, 3};
    const auto table = sl::long_table(scores, sl::axes({{"row", 3}}));
    REQUIRE_THROWS_AS(sl::outside_quantiles(table, 0.9, 0.1), sl::argument_error);
}

TEST_CASE("tails refuse probabilities outside 0 to 1") {
    const auto table = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"row", 2}}));
    REQUIRE_THROWS_AS(sl::outside_quantiles(table, -0.01, 0.5), sl::argument_error);
    REQUIRE_THROWS_AS(sl::outside_quantiles(table, 0.01, no_bound), sl::argument_error);
}
