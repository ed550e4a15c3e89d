#include "svdlens/table/sort_by.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/rows_of.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/map_scores.hpp"
#include "svdlens/table/score_key.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::ascending;
using sl::descending;

namespace {

/// All rows of a source, then one stable sort for each comparison, the last key first.
template <class S>
rows naive_sort(const S& source, std::vector<std::function<bool(std::size_t, std::size_t)>> keys) {
    std::vector<std::size_t> places(source.size());
    for (std::size_t k = 0; k < places.size(); ++k) places[k] = k;
    std::sort(places.begin(), places.end(),
              [&](std::size_t a, std::size_t b) { return source.row_at(a) < source.row_at(b); });
    while (!keys.empty()) {
        std::stable_sort(places.begin(), places.end(), keys.back());
        keys.pop_back();
    }
    rows result;
    for (const auto place : places) result.push_back(source.row_at(place));
    return result;
}

/// Before in pandas' order: NaN last.
template <class T>
bool lower(T a, T b) {
    return std::isnan(b) ? !std::isnan(a) : a < b;
}
template <class T>
bool higher(T a, T b) {
    return std::isnan(b) ? !std::isnan(a) : a > b;
}

template <class S>
void check_orders(const S& source, unsigned threads) {
    const sl::execution run{.threads = threads};
    const auto score = [&](std::size_t k) { return source.score_at(k); };
    const auto head = [&](std::size_t k) { return source.row_at(k) / 400; }; // 8 directions by 50 neurons
    const auto neuron = [&](std::size_t k) { return source.row_at(k) % 50; };
    const auto low = [&](auto a, auto b) { return lower(score(a), score(b)); };
    const auto high = [&](auto a, auto b) { return higher(score(a), score(b)); };
    const auto big = [&](auto a, auto b) { return higher(std::abs(score(a)), std::abs(score(b))); };
    const auto head_up = [&](auto a, auto b) { return head(a) < head(b); };
    const auto neuron_down = [&](auto a, auto b) { return neuron(a) > neuron(b); };
    CHECK(rows_of(sl::sort_by(source, {ascending("score")}, run)) == naive_sort(source, {low}));
    CHECK(rows_of(sl::sort_by(source, {descending("score")}, run)) == naive_sort(source, {high}));
    CHECK(rows_of(sl::sort_by(source, {descending("magnitude"), ascending("score")}, run)) ==
          naive_sort(source, {big, low}));
    CHECK(rows_of(sl::sort_by(source, {ascending("place"), descending("score")}, run)) ==
          naive_sort(source, {head_up, high}));
    CHECK(rows_of(sl::sort_by(source, {descending("neuron"), ascending("place"), descending("magnitude")},
                              run)) == naive_sort(source, {neuron_down, head_up, big}));
    CHECK(rows_of(sl::sort_by(source, {descending("neuron")}, run)) == naive_sort(source, {neuron_down}));
    CHECK(rows_of(sl::sort_by(source, {}, run)) == naive_sort(source, {}));
    auto backwards = naive_sort(source, {});
    std::reverse(backwards.begin(), backwards.end());
    CHECK(rows_of(sl::sort_by(source, {descending("row"), ascending("score")}, run)) == backwards);
}

template <class T>
auto causal_table() {
    auto lazy = causal_scores(awkward_scores<T>(3 * 4 * 8 * 50, 21));
    auto table = lazy.axes();
    table.add({"place", "{target_layer}/{head}"});
    return sl::store(tiled_scores<T>(table, awkward_scores<T>(3 * 4 * 8 * 50, 21), lazy.tiles()));
}

} // namespace

TEMPLATE_TEST_CASE("rows come in the order of all keys, then by row number", "", float, double) {
    const auto table = causal_table<TestType>();
    for (const unsigned threads : {1U, 2U, 5U}) {
        check_orders(table, threads);
        // A selection in an order of its own, and one in row order.
        check_orders(sl::sort_by(table, {descending("score"), descending("row")}), threads);
        check_orders(sl::collect(table), threads);
    }
    check_orders(sl::map_scores(table, [](TestType x) { return std::round(x); }), 2);
}

TEMPLATE_TEST_CASE("scores stay with their rows, to the bit", "", float, double) {
    const auto bits = [](TestType x) {
        return std::bit_cast<std::conditional_t<sizeof(TestType) == 4, std::uint32_t, std::uint64_t>>(x);
    };
    const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
    const auto check = [&](const auto& table) {
        for (const char* column : {"score", "magnitude", "row"})
            for (const auto& key : {ascending(column), descending(column)}) {
                const auto sorted = sl::sort_by(table, {key, descending("row")});
                for (std::size_t k = 0; k < sorted.size(); ++k)
                    REQUIRE(bits(sorted.score_at(k)) == bits(*table.find(sorted.row_at(k))));
            }
    };
    check(causal_table<TestType>());
    const TestType least = std::numeric_limits<TestType>::denorm_min();
    const std::vector<TestType> ends{0,
                                     TestType{-0.0},
                                     nan,
                                     -nan,
                                     least,
                                     -least,
                                     1,
                                     -1,
                                     std::numeric_limits<TestType>::infinity(),
                                     -std::numeric_limits<TestType>::infinity()};
    check(sl::long_table(ends, sl::axes({{"place", ends.size()}})));
}

TEST_CASE("NaN comes last in either order, the two zeros are equal, infinities are scores") {
    const auto table = sl::long_table(
        std::vector<float>{2.5F, -0.0F, NAN, INFINITY, 0.0F, 2.5F, -INFINITY, 2.5F, -1, -NAN, INFINITY},
        sl::axes({{"place", 11}}));
    // pandas: Series(...).sort_values(kind="stable"), and with ascending=False
    CHECK(rows_of(sl::sort_by(table, {ascending("score")})) == rows{6, 8, 1, 4, 0, 5, 7, 3, 10, 2, 9});
    CHECK(rows_of(sl::sort_by(table, {descending("score")})) == rows{3, 10, 0, 5, 7, 1, 4, 8, 6, 2, 9});
}

TEST_CASE("columns are compared by index, not as text, and the table's own come first") {
    std::vector<std::string> words{"b", "a", "b"};
    const auto labelled = sl::long_table(std::vector<float>{1, 2, 3}, sl::axes({sl::axis("word", words)}));
    CHECK(rows_of(sl::sort_by(labelled, {ascending("word")})) == rows{0, 1, 2});
    const auto heads = sl::long_table(std::vector<float>(22), head_axes(11, 2, 1));
    const auto sorted = sl::sort_by(heads, {descending("head")});
    CHECK(sorted.axes().label(sorted.row_at(0), "head") == "L10H1");
    CHECK(sorted.axes().label(sorted.row_at(21), "head") == "L0H0");
    const auto grid = sl::long_table(std::vector<float>{1, 2, 3, 4}, sl::axes({{"column", 2}, {"row", 2}}));
    CHECK(rows_of(sl::sort_by(grid, {ascending("row")})) == rows{0, 2, 1, 3});
}

TEST_CASE("nothing to sort, one row, and columns that there are not") {
    const auto none = sl::long_table(std::vector<double>{}, sl::axes({sl::axis("a", 0), sl::axis("b", 3)}));
    CHECK(sl::sort_by(none, {ascending("b"), descending("score")}).empty());
    const auto one = sl::long_table(std::vector<double>{NAN}, sl::axes({{"a", 1}}));
    CHECK(rows_of(sl::sort_by(one, {descending("score")})) == rows{0});
    REQUIRE_THROWS_AS(sl::sort_by(none, {ascending("c")}), sl::lookup_error);
    CHECK(message_of([&] { (void)sl::sort_by(one, {ascending("c")}); }) ==
          R"(sort_by: no column "c"; there are "a" "score" "magnitude" "row")");
    const std::atomic<bool> stop{true};
    REQUIRE_THROWS_AS(sl::sort_by(one, {ascending("a")}, {.stop = &stop}), sl::cancelled_error);
}
