#include "svdlens/table/outside_group_quantiles.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/rows_of.hpp"
#include "svdlens/table/group_quantiles.hpp"
#include "svdlens/table/long_table.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// The rows whose key is beyond the bounds of their group.
template <class Key, class T>
rows plain_tails(const std::vector<T>& scores, const sl::axes& columns, const sl::by_columns& names,
                 double low, double high) {
    const sl::grouping groups(columns, names);
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
            const sl::execution run{.threads = threads};
            CHECK(rows_of(sl::outside_quantiles(cut, 0.1, 0.9, names, run)) == wanted);
            CHECK(rows_of(sl::outside_quantiles(cut, 0.1, 0.9, names, {.memory_budget = 100000}, run)) ==
                  wanted);
            CHECK(rows_of(sl::outside_quantiles<sl::magnitude>(cut, 0, 0.8, names, run)) == strong);
        }
    }
}

TEST_CASE("one tail of each group is that side of both") {
    const auto scores = random_scores<float>(3 * 4 * 80, 29); // no ties: nothing is outside 0 or 1
    const auto columns = head_axes(3, 4, 80);
    const auto table = sl::long_table(scores, columns);
    CHECK(rows_of(sl::above_quantile(table, 0.9, sl::by("head"))) ==
          plain_tails<sl::signed_score>(scores, columns, sl::by("head"), 0, 0.9));
    CHECK(rows_of(sl::below_quantile(table, 0.2, sl::by("head"), {.threads = 2})) ==
          plain_tails<sl::signed_score>(scores, columns, sl::by("head"), 0.2, 1));
    CHECK(sl::above_quantile<sl::magnitude>(table, 1, sl::by("neuron")).empty());
    CHECK(sl::below_quantile(table, 0, sl::by("neuron"), {.memory_budget = 100000}).empty());
}

TEST_CASE("a group without numbers keeps no row, and wrong probabilities are refused") {
    const auto table = sl::long_table(std::vector<float>{NAN, NAN, 1, 2}, head_axes(1, 2, 2));
    CHECK(rows_of(sl::outside_quantiles(table, 0.4, 0.6, sl::by("head"))) == rows{2, 3});
    REQUIRE_THROWS_AS(sl::outside_quantiles(table, 0.9, 0.1, sl::by("head")), sl::argument_error);
    REQUIRE_THROWS_AS(sl::outside_quantiles(table, 0.1, 1.1, sl::by("head")), sl::argument_error);
    REQUIRE_THROWS_AS(sl::above_quantile(table, -1, sl::by("head")), sl::argument_error);
    REQUIRE_THROWS_AS(sl::below_quantile(table, 0.5, sl::by("nothing")), sl::lookup_error);
    REQUIRE_THROWS_AS(sl::below_quantile(table, 0.5, sl::by("head"), {.memory_budget = 89}),
                      sl::argument_error);
}
