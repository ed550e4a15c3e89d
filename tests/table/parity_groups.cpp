// Grouped verbs against the values that pandas gave: expected.txt.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "expected_tables.hpp"
#include "support/catch.hpp"
#include "svdlens/table/aggregates.hpp"
#include "svdlens/table/along_axis.hpp"
#include "svdlens/table/cosine_similarity.hpp"
#include "svdlens/table/group_by.hpp"
#include "svdlens/table/label_lists.hpp"
#include "svdlens/table/pivot.hpp"
#include "svdlens/table/where.hpp"

using namespace svdlens_tests;
namespace sl = svdlens;
namespace agg = svdlens::aggregates;

namespace {

using all_aggregates = std::tuple<agg::count, agg::sum, agg::mean, agg::std_dev, agg::min, agg::max,
                                  agg::abs_mean, agg::abs_max, agg::energy>;

template <std::size_t... K>
std::vector<std::string> names_of(std::index_sequence<K...>) {
    return {std::tuple_element_t<K, all_aggregates>::name()...};
}

template <class Table, std::size_t... K>
std::vector<double> column_named(const Table& table, const std::string& name, std::index_sequence<K...>) {
    std::vector<double> result;
    const auto names = names_of(std::index_sequence<K...>{});
    ((names[K] == name ? result.assign(table.columns().values(K).begin(), table.columns().values(K).end())
                       : void()),
     ...);
    return result;
}

} // namespace

TEST_CASE("every aggregate of every group is what pandas says") {
    constexpr std::make_index_sequence<std::tuple_size_v<all_aggregates>> each;
    for_expected("group_by", [&](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name << " by " << item.words[0] << ": " << item.words[1]);
        const auto groups = sl::group_by(table, columns_named(item.words[0]), all_aggregates{});
        check_numbers(column_named(groups, item.words[1], each), item.numbers(2), 1e-12);
    });
}

TEST_CASE("a pivot of the highest magnitude is pandas' unstacked one") {
    for_expected("pivot", [](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name);
        const auto wide = sl::pivot(table, sl::by(item.words[0]), sl::by(item.words[1]), agg::abs_max{});
        REQUIRE(wide.row_count() == item.integers(2)[0]);
        REQUIRE(wide.column_count() == item.integers(2)[1]);
        check_numbers({wide.values().begin(), wide.values().end()}, item.numbers(4), 0);
    });
}

TEST_CASE("melting a pivot of single rows gives the table again") {
    for (const auto& expected : expected_tables()) {
        if (expected.axes.size() < 2) continue;
        INFO(expected.name);
        expected.with_table([&](const auto& table) {
            sl::by_columns down, across;
            for (std::size_t k = 0; k < table.axes().rank(); ++k)
                (k % 2 == 0 ? down : across).names.push_back(table.axes()[k].name);
            const auto rows = sl::melt(sl::pivot(table, down, across, agg::single{}));
            REQUIRE(rows.size() == table.size());
            for (std::size_t k = 0; k < rows.size(); ++k) REQUIRE(rows.row_at(k) == table.row_at(k));
            check_numbers({rows.scores().begin(), rows.scores().end()}, expected.scores, 0);
        });
    }
}

TEST_CASE("the labels beside each group are those that pandas lists") {
    for_expected("label_list", [](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name << ", group " << item.words[2]);
        const auto lists =
            sl::label_lists(sl::where(table, sl::score() > 0), sl::by(item.words[0]), sl::by(item.words[1]));
        const auto found = std::find_if(lists.begin(), lists.end(),
                                        [&](const auto& list) { return list.labels[0] == item.words[2]; });
        REQUIRE(found != lists.end());
        std::vector<std::string> labels;
        for (const auto& one : found->items) labels.push_back(one[0]);
        CHECK(labels == std::vector<std::string>(item.words.begin() + 3, item.words.end()));
    });
}

TEST_CASE("norms, centred and normalized scores along each axis are numpy's") {
    const auto scores_of = [](const auto& table) {
        return std::vector<double>(table.values().begin(), table.values().end());
    };
    for_expected("norms", [](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name << " along " << item.words[0]);
        const auto norms = sl::norms(table, item.words[0]);
        check_numbers({norms.scores().begin(), norms.scores().end()}, item.numbers(1), 1e-12);
    });
    // Results are in the table's type: a float table rounds to 6e-8 of the largest score.
    for_expected("centered", [&](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name << " along " << item.words[0]);
        const double tolerance = expected.is_double ? 1e-12 : 1e-6;
        check_numbers(scores_of(sl::centered(table, item.words[0])), item.numbers(1), tolerance,
                      tolerance * 10);
    });
    for_expected("normalized", [&](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name << " along " << item.words[0]);
        const double tolerance = expected.is_double ? 1e-12 : 1e-6;
        check_numbers(scores_of(sl::normalized(table, item.words[0])), item.numbers(1), tolerance);
    });
}

TEST_CASE("cosines between the slices of an axis are numpy's") {
    for_expected("cosine_similarities", [](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name << " along " << item.words[0]);
        const auto cosines = sl::cosine_similarities(table, item.words[0]);
        check_numbers({cosines.values().begin(), cosines.values().end()}, item.numbers(1),
                      expected.is_double ? 1e-12 : 1e-6, 1e-6);
    });
}
