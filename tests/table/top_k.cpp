#include "svdlens/table/top_k.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/rows_of.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "table/expected_tables.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// `layer,head` as columns; `-` as none.
sl::by_columns parse_columns(const std::string& text) {
    sl::by_columns result;
    if (text == "-") return result;
    std::size_t first = 0;
    for (auto comma = text.find(','); comma != std::string::npos; comma = text.find(',', first)) {
        result.names.push_back(text.substr(first, comma - first));
        first = comma + 1;
    }
    result.names.push_back(text.substr(first));
    return result;
}

/// All present rows of a group sorted, then cut.
template <class Group, class T>
rows naive_top(const std::vector<T>& scores, std::size_t k, Group group, bool highest) {
    std::map<std::uint64_t, rows> groups;
    for (std::size_t row = 0; row < scores.size(); ++row)
        if (!std::isnan(scores[row])) groups[static_cast<std::uint64_t>(group(row))].push_back(row);
    rows result;
    for (auto& entry : groups) {
        std::stable_sort(entry.second.begin(), entry.second.end(), [&](std::uint64_t a, std::uint64_t b) {
            return highest ? scores[a] > scores[b] : scores[a] < scores[b];
        });
        entry.second.resize((std::min)(k, entry.second.size()));
        result.insert(result.end(), entry.second.begin(), entry.second.end());
    }
    return result;
}

} // namespace

TEST_CASE("the highest and lowest rows are those of pandas' stable sort") {
    for (const auto& expected : expected_tables()) {
        INFO(expected.name);
        expected.for_items("top", [](const auto& table, const expected_item& item) {
            INFO(item.words[1]);
            CHECK(rows_of(sl::top_k(table, item.integers()[0], parse_columns(item.words[1]))) ==
                  item.integers(2));
        });
        expected.for_items("bottom", [](const auto& table, const expected_item& item) {
            INFO(item.words[1]);
            CHECK(rows_of(sl::bottom_k(table, item.integers()[0], parse_columns(item.words[1]))) ==
                  item.integers(2));
        });
    }
}

TEMPLATE_TEST_CASE("top-k depends neither on the cut nor on the number of threads", "", float, double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 977, 33);
    const auto columns = head_axes(2, 3, 977);
    const auto by_head = [](std::uint64_t row) { return row / 977; };
    const auto by_neuron = [](std::uint64_t row) { return row % 977; };
    for (const std::size_t k : {std::size_t{1}, std::size_t{7}, std::size_t{400}, std::size_t{100000}}) {
        for (const unsigned threads : {1U, 2U, 5U}) {
            const sl::execution run{.threads = threads};
            const cut_source<TestType> cut(columns, scores, threads);
            const auto dense = sl::long_table(scores, columns);
            CHECK(rows_of(sl::top_k(cut, k, sl::by("head"), run)) == naive_top(scores, k, by_head, true));
            CHECK(rows_of(sl::bottom_k(cut, k, sl::by("layer", "head"), run)) ==
                  naive_top(scores, k, by_head, false));
            CHECK(rows_of(sl::top_k(dense, k, sl::by("neuron"), run)) ==
                  naive_top(scores, k, by_neuron, true));
            CHECK(rows_of(sl::bottom_k(cut, k, sl::by("neuron"), run)) ==
                  naive_top(scores, k, by_neuron, false));
        }
    }
}

TEST_CASE("ties go to the lower row also where tiles hand out later rows first") {
    const auto lazy = causal_scores(std::vector<float>(3 * 4 * 8 * 50, 0.5F));
    rows wanted;
    for (std::uint64_t row = 0; wanted.size() < 60; ++row)
        if (lazy.tiles().offset(row)) wanted.push_back(row);
    CHECK(rows_of(sl::top_k(lazy, 60, {.threads = 3})) == wanted);
    CHECK(rows_of(sl::bottom_k(lazy, 60)) == wanted);
}

TEST_CASE("rows of one group that many blocks hold compete with each other") {
    const auto scores = random_scores<float>(300000, 6);
    const auto table = sl::long_table(scores, head_axes(1, 3, 100000));
    const auto all = [](std::uint64_t) { return std::uint64_t{0}; };
    CHECK(rows_of(sl::top_k(table, 50, {.threads = 5})) == naive_top(scores, 50, all, true));
    CHECK(rows_of(sl::bottom_k(table, 3000, {.threads = 2})) == naive_top(scores, 3000, all, false));
}

TEST_CASE("the two zeros are equal and infinities are scores") {
    const auto table = sl::long_table(std::vector<double>{-0.0, 0.0, -INFINITY, NAN, INFINITY, -0.0},
                                      sl::axes({{"row", 6}}));
    CHECK(rows_of(sl::top_k(table, 10)) == rows{4, 0, 1, 5, 2});
    CHECK(rows_of(sl::bottom_k(table, 10)) == rows{2, 0, 1, 5, 4});
    CHECK(rows_of(sl::top_k(table, 3)) == rows{4, 0, 1});
}

TEST_CASE("tables of infinities only have a top") {
    const auto table = sl::long_table(std::vector<float>(100, -INFINITY), sl::axes({{"row", 100}}));
    CHECK(rows_of(sl::top_k(table, 2)) == rows{0, 1});
    CHECK(rows_of(sl::bottom_k(table, 2)) == rows{0, 1});
}

TEST_CASE("none are wanted or there are none") {
    const auto table = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"row", 2}}));
    CHECK(sl::top_k(table, 0).empty());
    CHECK(sl::top_k(sl::long_table(std::vector<float>{}, sl::axes({sl::axis("row", 0)})), 5, sl::by("row"))
              .empty());
    CHECK(sl::bottom_k(sl::long_table(std::vector<float>{NAN}, sl::axes({{"row", 1}})), 5).empty());
    REQUIRE_THROWS_AS(sl::top_k(table, 1, sl::by("column")), sl::lookup_error);
}

TEMPLATE_TEST_CASE("top-k by magnitude keeps signed scores and breaks ties by row", "", float, double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 977, 34);
    auto sizes = scores;
    for (auto& size : sizes) size = std::abs(size);
    const auto columns = head_axes(2, 3, 977);
    const auto by_head = [](std::uint64_t row) { return row / 977; };
    const auto by_neuron = [](std::uint64_t row) { return row % 977; };
    for (const std::size_t k : {std::size_t{1}, std::size_t{7}, std::size_t{400}}) {
        for (const unsigned threads : {1U, 2U, 5U}) {
            const sl::execution run{.threads = threads};
            const cut_source<TestType> cut(columns, scores, threads);
            const auto top = sl::top_k<sl::magnitude>(cut, k, sl::by("head"), run);
            CHECK(rows_of(top) == naive_top(sizes, k, by_head, true));
            CHECK(rows_of(sl::bottom_k<sl::magnitude>(cut, k, sl::by("neuron"), run)) ==
                  naive_top(sizes, k, by_neuron, false));
            for (std::size_t j = 0; j < top.size(); ++j)
                REQUIRE(top.score_at(j) == scores[static_cast<std::size_t>(top.row_at(j))]);
        }
    }
}

TEST_CASE("infinities of both signs are the strongest, zeros of both the weakest") {
    const auto table = sl::long_table(std::vector<double>{-0.0, 3, -INFINITY, NAN, INFINITY, 0.0, -4},
                                      sl::axes({{"row", 7}}));
    CHECK(rows_of(sl::top_k<sl::magnitude>(table, 3)) == rows{2, 4, 6});
    CHECK(rows_of(sl::bottom_k<sl::magnitude>(table, 9)) == rows{0, 5, 1, 6, 2, 4});
}

TEST_CASE("a worker hands over in the middle of a group whose best are many") {
    // One group, 40 lines of 2000 rows in tiles of 16 lines: every tile offers more than a worker keeps.
    constexpr std::size_t lines = 40, length = 2000, wanted = 5000;
    std::vector<std::uint64_t> numbers(lines);
    std::iota(numbers.begin(), numbers.end(), std::uint64_t{0});
    const sl::tiling tiles(length, numbers, {{0, {0, lines}, {{0, length}}}}, {16, 700});
    const sl::axes table({{"direction", lines}, {"neuron", length}});
    for (const int different : {100000, 30}) { // few different scores: nearly all tie
        auto full = random_scores<float>(lines * length, 9);
        for (auto& score : full) score = std::floor(score * static_cast<float>(different));
        full[77] = std::numeric_limits<float>::quiet_NaN();
        const auto expected = naive_top(
            full, wanted, [](std::size_t) { return 0; }, true);
        const tiled_scores<float> source(table, full, tiles);
        for (const unsigned threads : {1U, 2U, 5U})
            CHECK(rows_of(sl::top_k(source, wanted, {.threads = threads})) == expected);
    }
}

TEST_CASE("more groups than the budget holds are refused, and the message names the bytes") {
    const auto table = sl::long_table(std::vector<float>(12, 1.0F), sl::axes({{"a", 4}, {"b", 3}}));
    const std::uint64_t bytes = sl::detail::group_bests<float, sl::detail::highest_first<>>::bytes;
    CHECK(sl::top_k(table, 1, sl::by("a"), {.memory_budget = 4 * bytes}).size() == 4);
    REQUIRE_THROWS_AS(sl::top_k(table, 1, sl::by("a"), {.memory_budget = 4 * bytes - 1}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::bottom_k(table, 1, sl::by("a"), {.memory_budget = 0}), sl::argument_error);
    CHECK(sl::top_k(table, 1, {.memory_budget = 0}).size() == 1);
}
