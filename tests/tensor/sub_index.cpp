#include "svdlens/tensor/sub_index.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_scores.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::sub_index;

namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

/// The axes of the bits that are set.
std::vector<std::size_t> chosen(unsigned bits, std::size_t rank) {
    std::vector<std::size_t> numbers;
    for (std::size_t k = 0; k < rank; ++k)
        if ((bits >> k & 1U) != 0) numbers.push_back(k);
    return numbers;
}

/// What an index is by definition, from the row's index along every axis.
std::uint64_t index_by_definition(const sl::axes& table, sl::row_number row,
                                  const std::vector<std::size_t>& numbers) {
    std::uint64_t result = 0;
    const auto index = table.index(row);
    for (const auto k : numbers) result = result * table[k].extent + index[k];
    return result;
}

} // namespace

TEST_CASE("a sub-index is the row-major index over the axes that the columns span") {
    const auto table = head_axes(2, 3, 5);
    const sub_index head(table, {"head"});
    const sub_index outer(table, {"neuron", "layer"});
    const sub_index none(table, std::vector<std::string>());
    const sub_index inner(table, {2, 0});
    CHECK(head.size() == 6);
    CHECK(outer.size() == 10);
    CHECK(none.size() == 1);
    for (std::uint64_t row = 0; row < table.shape_rows(); ++row) {
        const auto index = table.index(row);
        CHECK(head.index(row) == index[0] * 3 + index[1]);
        CHECK(outer.index(row) == index[0] * 5 + index[2]);
        CHECK(inner.index(row) == index[2] * 2 + index[0]);
        CHECK(none.index(row) == 0);
        CHECK(sub_index().index(row) == 0);
    }
    REQUIRE_THROWS_AS(sub_index(table, {"token"}), sl::lookup_error);
}

TEST_CASE("there may be more indices than groups that a verb would hold something for") {
    const sl::axes table({{"a", std::uint64_t{1} << 30}, {"b", std::uint64_t{1} << 30}});
    const sub_index both(table, {"a", "b"});
    CHECK(both.size() == std::uint64_t{1} << 60);
    CHECK(both.index((std::uint64_t{1} << 60) - 1) == (std::uint64_t{1} << 60) - 1);
    CHECK(both.row((std::uint64_t{1} << 60) - 1) == (std::uint64_t{1} << 60) - 1);
    const sub_index high(table, {0});
    CHECK(high.index(std::uint64_t{5} << 30 | 77) == 5);
    CHECK(high.row(5) == std::uint64_t{5} << 30);
}

TEST_CASE("over any axes of any shape an index and its lowest row lead to each other") {
    const std::vector<sl::axes> shapes{sl::axes(), sl::axes({{"a", 7}}), sl::axes({{"a", 2}, {"b", 3}}),
                                       sl::axes({{"a", 2}, {"one", 1}, {"b", 3}, {"c", 4}}),
                                       sl::axes({{"one", 1}, {"a", 3}, {"last", 1}})};
    for (const auto& table : shapes)
        for (unsigned bits = 0; bits < 1U << table.rank(); ++bits) {
            const auto numbers = chosen(bits, table.rank());
            const sub_index some(table, numbers);
            std::map<std::uint64_t, sl::row_number> lowest;
            for (sl::row_number row = 0; row < table.shape_rows(); ++row) {
                REQUIRE(some.index(row) == index_by_definition(table, row, numbers));
                lowest.emplace(some.index(row), row);
            }
            REQUIRE(lowest.size() == some.size());
            for (const auto& [index, row] : lowest) REQUIRE(some.row(index) == row);
        }
}

TEST_CASE("an index stands still along a stretch and counts up along a line") {
    const sl::axes table({{"a", 2}, {"b", 3}, {"one", 1}, {"c", 4}});
    for (unsigned bits = 0; bits < 16; ++bits) {
        const sub_index some(table, chosen(bits, 4));
        if (some.size() == 1) {
            CHECK(some.stretch() == largest);
            CHECK(some.line() == 1);
            continue;
        }
        for (sl::row_number row = 1; row < table.shape_rows(); ++row) {
            const bool changes = row % some.stretch() == 0;
            REQUIRE((some.index(row) != some.index(row - 1)) == changes);
            if (changes && row / some.stretch() % some.line() != 0)
                REQUIRE(some.index(row) == some.index(row - 1) + 1);
        }
    }
    CHECK(sub_index(table, {0, 1}).line() == 6); // neighbours count on through each other
    CHECK(sub_index(table, {0, 3}).line() == 4);
    CHECK(sub_index(table, {1}).stretch() == 4);
}

TEST_CASE("a table without rows has indices all the same, as many as fit") {
    const sl::axes none({{"a", 3}, {"b", 4}, {"c", std::uint64_t{0}}});
    CHECK(sub_index(none, {0, 1}).size() == 12);
    CHECK(sub_index(none, {1, 2}).size() == 0);
    constexpr std::uint64_t huge = std::uint64_t{1} << 40;
    const sl::axes wide({{"a", huge}, {"b", huge}, {"c", std::uint64_t{0}}});
    CHECK(sub_index(wide, {0, 1}).size() == largest);
    CHECK(sub_index(wide, {0, 1, 2}).size() == 0);
}
