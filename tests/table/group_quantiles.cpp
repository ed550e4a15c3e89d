#include "svdlens/table/group_quantiles.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/quantiles.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// The quantiles of a table of the scores of one group.
template <class Key, class T>
std::vector<double> quantiles_of_group(const std::vector<T>& scores, const sl::detail::grouping& groups,
                                       std::uint64_t group, const std::vector<double>& probabilities,
                                       sl::quantile_rule rule) {
    std::vector<T> kept;
    for (std::size_t row = 0; row < scores.size(); ++row)
        if (groups.group(row) == group) kept.push_back(scores[row]);
    const auto count = kept.size();
    return sl::quantiles<Key>(sl::long_table(std::move(kept), sl::axes({{"row", count}})), probabilities,
                              rule);
}

} // namespace

TEMPLATE_TEST_CASE("group quantiles are the quantiles of each group alone", "", float, double) {
    const auto scores = awkward_scores<TestType>(3 * 4 * 50, 18);
    const auto columns = head_axes(3, 4, 50);
    const std::vector<double> probabilities{0.5, 0, 0.01, 0.9, 1, 0.5};
    for (const auto& names : {sl::by("head"), sl::by("neuron"), sl::by("neuron", "layer"), sl::by()}) {
        const sl::detail::grouping groups(columns, names);
        for (const unsigned threads : {1U, 2U, 5U}) {
            const cut_source<TestType> cut(columns, scores, threads);
            const auto rule = threads == 5 ? sl::quantile_rule::hazen : sl::quantile_rule::linear;
            const auto found = sl::group_quantiles(cut, probabilities, names, rule,
                                                   {.threads = threads, .memory_budget = 100000});
            REQUIRE(found.size() == groups.groups());
            for (std::size_t g = 0; g < found.size(); ++g) {
                REQUIRE(found.rows()[g] == g);
                const auto wanted =
                    quantiles_of_group<sl::signed_score>(scores, groups, g, probabilities, rule);
                for (std::size_t k = 0; k < wanted.size(); ++k) REQUIRE(same(found.values(k)[g], wanted[k]));
            }
        }
    }
}

TEST_CASE("group quantiles of magnitudes are those of |score|") {
    const auto scores = awkward_scores<float>(3 * 4 * 50, 19);
    const auto columns = head_axes(3, 4, 50);
    const sl::detail::grouping groups(columns, sl::by("layer"));
    const auto found =
        sl::group_quantiles<sl::magnitude>(sl::long_table(scores, columns), {0.9}, sl::by("layer"));
    for (std::size_t g = 0; g < 3; ++g)
        CHECK(found.values(0)[g] ==
              quantiles_of_group<sl::magnitude>(scores, groups, g, {0.9}, sl::quantile_rule::linear)[0]);
}

TEST_CASE("a group without rows is absent and one of NaN only is NaN") {
    std::vector<float> full(3 * 4 * 8 * 50, 1.0F);
    for (std::size_t k = 0; k < full.size(); ++k)
        if (k / 400 % 4 == 2) full[k] = NAN; // head 2
    const auto lazy = causal_scores(full);
    const auto found = sl::group_quantiles(lazy, {0.5}, sl::by("target_layer", "head"));
    // Heads 2 and 3 are not in the first section.
    CHECK(std::vector<sl::row_number>(found.rows().begin(), found.rows().end()) ==
          std::vector<sl::row_number>{0, 1, 4, 5, 6, 7, 8, 9, 10, 11});
    for (std::size_t k = 0; k < found.size(); ++k)
        CHECK(std::isnan(found.values(0)[k]) == (found.rows()[k] % 4 == 2));
}

TEST_CASE("the quantiles at one probability are a table over the grouped axes") {
    const auto table = sl::long_table(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}, head_axes(2, 2, 2));
    const auto found = sl::group_quantiles(table, {0, 1}, sl::by("head"));
    const auto column = found.column(1);
    CHECK(column.axes().rank() == 2);
    CHECK(column.axes().label(2, "head") == "L1H0");
    CHECK(std::vector<double>(column.scores().begin(), column.scores().end()) ==
          std::vector<double>{2, 4, 6, 8});
    CHECK(found.names() == std::vector<std::string>{"0%", "100%"});
    CHECK(found.column("100%").scores()[2] == 6);
}

TEST_CASE("empty tables, no probabilities, and what is refused") {
    const auto none =
        sl::long_table(std::vector<float>{}, sl::axes({sl::axis("row", 0), sl::axis("column", 3)}));
    CHECK(sl::group_quantiles(none, {0.5}, sl::by("row")).empty());
    CHECK(sl::group_quantiles(none, {0.5}, sl::by("column")).empty());
    const auto table = sl::long_table(std::vector<float>(1000, 1.0F), head_axes(1, 2, 500));
    CHECK(sl::group_quantiles(table, {}, sl::by("head")).size() == 2);
    REQUIRE_THROWS_AS(sl::group_quantiles(table, {1.5}, sl::by("head")), sl::argument_error);
    REQUIRE_THROWS_AS(sl::group_quantiles(table, {0.5}, sl::by("where")), sl::lookup_error);
    // Two groups need 2 * 41 bytes; then 2000 for the 500 scores of one.
    CHECK(sl::group_quantiles(table, {0.5}, sl::by("head"), {.memory_budget = 2082}).size() == 2);
    CHECK(message_of([&] {
              sl::group_quantiles(table, {0.5}, sl::by("head"), {.memory_budget = 2081});
          }).find("group_quantiles: the 500 scores of one group") == 0);
    CHECK(message_of([&] {
              sl::group_quantiles(table, {0.5}, sl::by("neuron"), {.memory_budget = 1000});
          }).find("group_quantiles: 500 groups of 41 bytes") == 0);
}

TEST_CASE("progress of group quantiles ascends to the number of rows, also over several batches") {
    const auto scores = random_scores<float>(4 * 5 * 1000, 1);
    std::vector<std::uint64_t> done;
    const auto note = [&](const sl::progress_report& report) { done.push_back(report.done); };
    sl::group_quantiles(cut_source<float>(head_axes(4, 5, 1000), scores, 2), {0.5}, sl::by("head"),
                        {.threads = 2, .memory_budget = 30000, .progress = note});
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(done.back() == 20000);
}
