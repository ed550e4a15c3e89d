#include "svdlens/table/group_ecdf.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/ecdf.hpp"
#include "svdlens/table/long_table.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEMPLATE_TEST_CASE("the distribution of a group is that of its rows alone", "", float, double) {
    const auto scores = awkward_scores<TestType>(3 * 4 * 60, 71);
    const auto columns = head_axes(3, 4, 60);
    for (const auto& names : {sl::by("head"), sl::by("neuron"), sl::by("layer")}) {
        const sl::grouping groups(columns, names);
        for (const std::size_t points : {std::size_t{5}, std::size_t{512}}) {
            const cut_source<TestType> cut(columns, scores, 2);
            const auto found =
                sl::ecdf(cut, names, {.points = points, .memory_budget = 30000}, {.threads = 5});
            REQUIRE(found.rows.size() == groups.groups());
            REQUIRE(found.steps.size() == groups.groups());
            for (std::size_t g = 0; g < found.rows.size(); ++g) {
                std::vector<TestType> kept;
                for (std::size_t row = 0; row < scores.size(); ++row)
                    if (groups.group(row) == g) kept.push_back(scores[row]);
                const auto wanted = sl::ecdf(sl::long_table(kept, sl::axes({{"row", kept.size()}})), points);
                REQUIRE(found.steps[g].values == wanted.values);
                REQUIRE(found.steps[g].shares == wanted.shares);
                REQUIRE(found.steps[g].count == wanted.count);
                REQUIRE(found.steps[g].nan_count == wanted.nan_count);
            }
        }
    }
}

TEST_CASE("distributions of groups carry the axes that name them") {
    const auto table = sl::long_table(std::vector<float>{1, 2, NAN, NAN}, head_axes(1, 2, 2));
    const auto found = sl::ecdf(table, sl::by("head"));
    CHECK(found.axes.label(found.rows[1], "head") == "L0H1");
    CHECK(found.steps[0].values == std::vector<double>{1, 2});
    CHECK(found.steps[1].values.empty());
    CHECK(found.steps[1].nan_count == 2);
    REQUIRE_THROWS_AS(sl::ecdf(table, sl::by("head"), {.points = 1}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::ecdf(table, sl::by("head"), {.memory_budget = 10}), sl::argument_error);
}
