// Verbs that pick, order and pair rows, against the rows that pandas gave: expected.txt.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "expected_tables.hpp"
#include "support/catch.hpp"
#include "svdlens/table/join.hpp"
#include "svdlens/table/outside.hpp"
#include "svdlens/table/rank.hpp"
#include "svdlens/table/set_operations.hpp"
#include "svdlens/table/sort_by.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/top_k.hpp"
#include "svdlens/table/where.hpp"

using namespace svdlens_tests;
namespace sl = svdlens;

namespace {

/// Checks that a verb gives the rows of every item of that name, in their order.
template <class Verb>
void check_rows(const std::string& name, std::size_t from, Verb verb) {
    for_expected(name, [&](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name << ": " << name << (from > 0 ? " " + item.words[0] : "")
                           << (from > 1 ? " " + item.words[1] : ""));
        const auto rows = verb(table, item);
        CHECK(std::vector<std::uint64_t>(rows.rows().begin(), rows.rows().end()) == item.integers(from));
    });
}

/// An index that is compared has to be there; as a range it may lie beyond the extent, as a value of
/// pandas may.
sl::predicate is_index(const sl::axis& axis, std::uint64_t index) {
    if (index < axis.extent) return sl::column(axis.name) == index;
    return sl::column(axis.name).between(index, index);
}

/// The conditions of the items `where`, over the first and the last axis.
sl::predicate condition(const std::string& name, const sl::axis& first_axis, const sl::axis& last_axis) {
    using sl::column, sl::score;
    const auto& first = first_axis.name;
    const auto& last = last_axis.name;
    if (name == "equal") return is_index(first_axis, 1);
    if (name == "unequal") return !is_index(first_axis, 1);
    if (name == "less") return column(last) < 2;
    if (name == "between") return column(last).between(1, 3);
    if (name == "in") return last_axis.extent > 2 ? column(last).in({0, 2}) : is_index(last_axis, 0);
    if (name == "score") return score() > 0.1;
    if (name == "not_score") return !(score() > 0.1);
    if (name == "score_unequal") return score() != 0;
    if (name == "and") return column(first) == 0 && column(last) >= 1 && score() <= 0.5;
    if (name == "or") return is_index(first_axis, 1) || column(last) == 0 || sl::score_magnitude() > 1;
    if (name == "nested") return !(column(first) > 0 && (column(last) <= 1 || score() < 0));
    throw std::runtime_error("no condition " + name);
}

} // namespace

TEST_CASE("rows beyond bounds are those that pandas keeps") {
    check_rows("outside_bounds", 0,
               [](const auto& t, const auto&) { return sl::outside(t, {.low = -0.5, .high = 0.75}); });
    check_rows("above", 0, [](const auto& t, const auto&) { return sl::outside(t, {.high = 0.5}); });
    check_rows("below", 0, [](const auto& t, const auto&) { return sl::outside(t, {.low = 0.25}); });
    check_rows("above_magnitude", 0,
               [](const auto& t, const auto&) { return sl::outside<sl::magnitude>(t, {.high = 0.5}); });
    check_rows("below_magnitude", 0,
               [](const auto& t, const auto&) { return sl::outside<sl::magnitude>(t, {.low = 0.75}); });
    check_rows("outside_magnitude", 0,
               [](const auto& t, const auto&) { return sl::outside_quantiles<sl::magnitude>(t, 0.1, 0.8); });
}

TEST_CASE("rows beyond the quantiles of their group are those that pandas keeps") {
    check_rows("group_outside", 1, [](const auto& t, const auto& item) {
        return sl::outside_quantiles(t, 0.1, 0.75, columns_named(item.words[0]));
    });
}

TEST_CASE("the strongest rows of each group are those of pandas' stable sort by magnitude") {
    check_rows("top_magnitude", 2, [](const auto& t, const auto& item) {
        return sl::top_k<sl::magnitude>(t, std::stoull(item.words[0]), columns_named(item.words[1]));
    });
}

TEST_CASE("sorted rows come in the order of pandas' stable sort") {
    check_rows("sort", 2, [](const auto& t, const auto& item) {
        const auto score = item.words[0] == "ascending" ? sl::ascending("score") : sl::descending("score");
        if (item.words[1] == "-") return sl::sort_by(t, {score});
        return sl::sort_by(t, {sl::ascending(item.words[1]), score});
    });
}

TEST_CASE("ranks are pandas' by every method, in both orders and within groups") {
    const std::map<std::string, sl::rank_method> methods{{"average", sl::rank_method::average},
                                                         {"min", sl::rank_method::min},
                                                         {"max", sl::rank_method::max},
                                                         {"dense", sl::rank_method::dense},
                                                         {"first", sl::rank_method::first}};
    for_expected("rank", [&](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name << ": " << item.words[0] << " " << item.words[1] << " by " << item.words[2]);
        const sl::rank_options options{.method = methods.at(item.words[0]),
                                       .order = item.words[1] == "ascending" ? sl::sort_order::ascending
                                                                             : sl::sort_order::descending};
        const auto ranks = item.words[2] == "-" ? sl::rank(table, options)
                                                : sl::rank(table, columns_named(item.words[2]), options);
        check_numbers({ranks.scores().begin(), ranks.scores().end()}, item.numbers(3), 0);
    });
}

TEST_CASE("unions, intersections and differences are those of sets of rows") {
    const auto check = [](const std::string& name, auto verb) {
        check_rows(name, 0, [&](const auto& t, const auto&) {
            return verb(sl::outside(t, {.high = -0.25}), sl::outside(t, {.low = 0.5}));
        });
    };
    check("unite", [](const auto& a, const auto& b) { return sl::unite(a, b); });
    check("intersect", [](const auto& a, const auto& b) { return sl::intersect(a, b); });
    check("subtract", [](const auto& a, const auto& b) { return sl::subtract(a, b); });
}

TEST_CASE("rows that meet a condition are those that pandas keeps") {
    check_rows("where", 1, [](const auto& t, const auto& item) {
        const auto& first = t.axes()[0];
        const auto& last = t.axes()[t.axes().rank() - 1];
        return sl::collect(sl::where(t, condition(item.words[0], first, last)));
    });
}

TEST_CASE("a join pairs the rows that pandas merges") {
    for_expected("join", [](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name);
        const auto left = sl::outside(table, {.high = 0}), right = sl::outside(table, {.low = 0});
        const auto joined = sl::join(left, right, sl::by(item.words[0]));
        // The axes are the shared one, the left's others, the right's others: all but the first of each.
        const auto rest = table.axes().shape_rows() / table.axes()[0].extent;
        CHECK(joined.size() == item.integers(1)[0]);
        const auto wanted = item.integers(2);
        std::vector<std::uint64_t> pairs;
        for (std::size_t k = 0; k < joined.size() && pairs.size() < wanted.size(); ++k) {
            const auto row = joined.rows()[k];
            const auto shared = row / (rest * rest);
            pairs.push_back(shared * rest + row / rest % rest);
            pairs.push_back(shared * rest + row % rest);
        }
        CHECK(pairs == wanted);
    });
}
