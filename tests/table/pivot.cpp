#include "svdlens/table/pivot.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "table/naive_groups.hpp"

namespace sl = svdlens;
namespace ag = svdlens::aggregates;
using namespace svdlens_tests;

namespace {

/// Splits the axes of a table in every way; names are those of axes.
template <class Use>
void for_splits(const sl::axes& table, Use use) {
    for (std::size_t set = 0; set < std::size_t{1} << table.rank(); ++set) {
        sl::by_columns rows, columns;
        for (std::size_t k = 0; k < table.rank(); ++k)
            ((set >> k & 1U) != 0 ? rows : columns).names.push_back(table[k].name);
        use(rows, columns);
    }
}

template <class S>
void check_round_trip(const S& source) {
    const auto wanted = naive_rows(source);
    for_splits(source.axes(), [&](const sl::by_columns& rows, const sl::by_columns& columns) {
        const auto wide = sl::pivot(source, rows, columns, ag::single{}, {.threads = 2});
        const auto long_again = sl::melt(wide);
        REQUIRE(long_again.size() == wanted.size());
        std::size_t k = 0;
        for (const auto& [row, score] : wanted) {
            REQUIRE(long_again.rows()[k] == row);
            REQUIRE((long_again.scores()[k] == score ||
                     (std::isnan(long_again.scores()[k]) && std::isnan(score))));
            ++k;
        }
    });
}

} // namespace

TEST_CASE("melt brings back the rows of any split of any table, NaN ones too") {
    for (const auto& table : small_shapes()) {
        if (table.shape_rows() > 1000) continue;
        const auto scores = awkward_scores<double>(table.shape_rows(), 7);
        check_round_trip(sl::long_table(scores, table));
        check_round_trip(cut_source<double>(table, scores, 3));
    }
}

TEST_CASE("melt brings back the rows of tiles with holes") {
    auto scores = random_scores<float>(3 * 4 * 8 * 50, 5);
    for (std::size_t k = 0; k < scores.size(); k += 5) scores[k] = NAN;
    check_round_trip(causal_scores(scores));
}

TEST_CASE("cells are the aggregates of their groups and NaN where there is none") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 8));
    const auto groups = group_naively(lazy, sl::by("target_layer", "direction", "neuron"));
    const auto wide =
        sl::pivot(lazy, sl::by("neuron"), sl::by("direction", "target_layer"), ag::abs_max{}, {.threads = 3});
    CHECK(wide.row_count() == 50);
    CHECK(wide.column_count() == 3 * 7);
    std::size_t there = 0;
    for (std::size_t row = 0; row < wide.row_count(); ++row)
        for (std::size_t column = 0; column < wide.column_count(); ++column) {
            const auto found = groups.find(wide.cell(row, column));
            REQUIRE(wide.has(row, column) == (found != groups.end()));
            if (found == groups.end()) {
                REQUIRE(std::isnan(wide(row, column)));
                continue;
            }
            double wanted = 0;
            for (const double score : found->second) wanted = (std::max)(wanted, std::abs(score));
            REQUIRE(wide(row, column) == wanted);
            ++there;
        }
    CHECK(there == groups.size());
    CHECK(wide.values().size() == 50 * 21);
    CHECK(wide.values()[21] == wide(1, 0));
}

TEST_CASE("rows and columns without a group are left out") {
    const sl::selection rows(head_axes(2, 3, 4), {1, 14, 15}, {1, 2, NAN});
    const auto wide = sl::pivot(rows, sl::by("neuron"), sl::by("head"), ag::sum{});
    REQUIRE(wide.row_count() == 3);
    REQUIRE(wide.column_count() == 2);
    CHECK(wide.row_label(0) == "1");
    CHECK(wide.row_label(2) == "3");
    CHECK(wide.column_label(1) == "L1H0");
    CHECK(wide(0, 0) == 1);
    CHECK(std::isnan(wide(0, 1)));
    CHECK(wide(1, 1) == 2);
    CHECK(wide(2, 1) == 0);
    CHECK(wide.has(2, 1));
    CHECK_FALSE(wide.has(2, 0));
}

TEST_CASE("the same cells come out for any number of threads") {
    const auto scores = awkward_scores<float>(2 * 3 * 400, 6);
    const auto columns = head_axes(2, 3, 400);
    const auto cut = cut_source<float>(columns, scores, 5);
    const auto pivoted = [&](unsigned threads) {
        std::vector<std::uint64_t> bits;
        for (const double value :
             sl::pivot(cut, sl::by("neuron"), sl::by("layer"), ag::mean{}, {.threads = threads}).values())
            bits.push_back(std::bit_cast<std::uint64_t>(value));
        return bits;
    };
    CHECK(pivoted(1) == pivoted(2));
    CHECK(pivoted(1) == pivoted(5));
}

TEST_CASE("an axis in both directions, two rows in one cell and a small budget are refused") {
    const auto table = sl::long_table(random_scores<float>(24, 6), head_axes(2, 3, 4));
    CHECK(message_of([&] { sl::pivot(table, sl::by("head"), sl::by("layer"), ag::sum{}); }) ==
          "wide table: the axis \"layer\" is both in rows and in columns");
    REQUIRE_THROWS_AS(sl::pivot(table, sl::by("neuron"), sl::by("neuron"), ag::sum{}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::pivot(table, sl::by("neuron"), sl::by("layer"), ag::single{}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::pivot(table, sl::by("nueron"), sl::by("layer"), ag::sum{}), sl::lookup_error);
    CHECK(message_of([&] {
              sl::pivot(table, sl::by("neuron"), sl::by("layer"), ag::sum{}, {.memory_budget = 271});
          }) == "pivot: 8 groups of 34 bytes each are over the memory budget of 271 bytes; group by fewer "
                "columns or raise execution::memory_budget");
    CHECK(
        sl::pivot(table, sl::by("neuron"), sl::by("layer"), ag::sum{}, {.memory_budget = 272}).row_count() ==
        4);
}
