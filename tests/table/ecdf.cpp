#include "svdlens/table/ecdf.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

template <class T>
std::vector<double> sorted_doubles(const std::vector<T>& scores) {
    std::vector<double> result;
    for (const T score : scores)
        if (!std::isnan(score)) result.push_back(static_cast<double>(score));
    std::sort(result.begin(), result.end());
    return result;
}

/// Every share by counting, every value one of the scores, both ascending.
void check_steps(const sl::ecdf_steps& steps, const std::vector<double>& sorted) {
    REQUIRE(steps.values.size() == steps.shares.size());
    REQUIRE(steps.count == sorted.size());
    for (std::size_t k = 0; k < steps.values.size(); ++k) {
        const auto at_most = std::upper_bound(sorted.begin(), sorted.end(), steps.values[k]) - sorted.begin();
        REQUIRE(std::binary_search(sorted.begin(), sorted.end(), steps.values[k]));
        REQUIRE(steps.shares[k] == static_cast<double>(at_most) / static_cast<double>(sorted.size()));
        if (k != 0) REQUIRE(steps.values[k - 1] < steps.values[k]);
    }
    if (sorted.empty()) return;
    CHECK(steps.values.front() == sorted.front());
    CHECK(steps.values.back() == sorted.back());
    CHECK(steps.shares.back() == 1);
}

} // namespace

TEMPLATE_TEST_CASE("few values are steps each, for any cut and threads", "", float, double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 500, 61);
    const auto sorted = sorted_doubles(scores);
    const std::set<double> values(sorted.begin(), sorted.end());
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(head_axes(2, 3, 500), scores, threads);
        const auto steps = sl::ecdf(cut, values.size(), {.threads = threads});
        check_steps(steps, sorted);
        CHECK(steps.values == std::vector<double>(values.begin(), values.end()));
        CHECK(steps.nan_count == scores.size() - sorted.size());
        const auto thinned = sl::ecdf(cut, values.size() - 1, {.threads = threads});
        check_steps(thinned, sorted);
        CHECK(thinned.values.size() < values.size());
        check_steps(sl::ecdf(cut, 2), sorted);
    }
}

TEMPLATE_TEST_CASE("many values are thinned at even ranks", "", float, double) {
    const auto scores = random_scores<TestType>(3 * 4 * 1001, 62);
    const auto sorted = sorted_doubles(scores);
    for (const std::size_t points : {std::size_t{2}, std::size_t{3}, std::size_t{100}, std::size_t{512}}) {
        const cut_source<TestType> cut(head_axes(3, 4, 1001), scores, 3);
        const auto steps = sl::ecdf(cut, points, {.threads = 2});
        check_steps(steps, sorted);
        std::set<double> wanted;
        for (std::size_t k = 0; k < points; ++k)
            wanted.insert(sorted[(sorted.size() - 1) * k / (points - 1)]);
        CHECK(steps.values == std::vector<double>(wanted.begin(), wanted.end()));
    }
}

TEST_CASE("a large table is thinned by counts of further digits") {
    // Mostly one value, which many of the ranks share, and too many scores to collect.
    auto scores = random_scores<float>(400000, 63);
    for (std::size_t k = 0; k < scores.size(); ++k)
        if (k % 3 != 0) scores[k] = 0.5F;
    const auto steps = sl::ecdf(sl::long_table(scores, sl::axes({{"row", 400000}})), 300, {.threads = 2});
    check_steps(steps, sorted_doubles(scores));
    CHECK(steps.values.size() > 90);
}

TEST_CASE("the two zeros are one step") {
    const auto steps =
        sl::ecdf(sl::long_table(std::vector<double>{-0.0, 0.0, 1, -0.0, -1}, sl::axes({{"row", 5}})));
    CHECK(steps.values == std::vector<double>{-1, 0, 1});
    CHECK(steps.shares == std::vector<double>{0.2, 0.8, 1});
    std::vector<float> many(1000);
    for (std::size_t k = 0; k < many.size(); ++k)
        many[k] = k < 300 ? -0.0F : k < 600 ? 0.0F : static_cast<float>(k);
    const auto thinned = sl::ecdf(sl::long_table(many, sl::axes({{"row", 1000}})), 5);
    CHECK(thinned.values.front() == 0);
    CHECK(thinned.shares.front() == 0.6);
}

TEST_CASE("ecdf of nothing has no steps, of one score one") {
    const auto none = sl::ecdf(sl::long_table(std::vector<float>{NAN}, sl::axes({{"row", 1}})));
    CHECK(none.values.empty());
    CHECK(none.nan_count == 1);
    CHECK(sl::ecdf(sl::long_table(std::vector<float>{}, sl::axes({sl::axis("row", 0)}))).count == 0);
    const auto one = sl::ecdf(sl::long_table(std::vector<float>{3}, sl::axes({{"row", 1}})), 2);
    CHECK(one.values == std::vector<double>{3});
    CHECK(one.shares == std::vector<double>{1});
    REQUIRE_THROWS_AS(sl::ecdf(sl::long_table(std::vector<float>{3}, sl::axes({{"row", 1}})), 1),
                      sl::argument_error);
}

TEST_CASE("even ranks include both ends and do not overflow") {
    CHECK(sl::detail::even_ranks(5, 3) == std::vector<std::uint64_t>{0, 2, 4});
    CHECK(sl::detail::even_ranks(3, 8) == std::vector<std::uint64_t>{0, 1, 2});
    CHECK(sl::detail::even_ranks(1, 8) == std::vector<std::uint64_t>{0});
    const std::uint64_t most = ~std::uint64_t{0};
    CHECK(sl::detail::even_ranks(most, 3) == std::vector<std::uint64_t>{0, (most - 1) / 2, most - 1});
}

namespace sl = svdlens;
using namespace svdlens_tests;

TEMPLATE_TEST_CASE("the distribution of a group is that of its rows alone", "", float, double) {
    const auto scores = awkward_scores<TestType>(3 * 4 * 60, 71);
    const auto columns = head_axes(3, 4, 60);
    for (const auto& names : {sl::by("head"), sl::by("neuron"), sl::by("layer")}) {
        const sl::detail::grouping groups(columns, names);
        for (const std::size_t points : {std::size_t{5}, std::size_t{512}}) {
            const cut_source<TestType> cut(columns, scores, 2);
            const auto found = sl::ecdf(cut, names, points, {.threads = 5, .memory_budget = 30000});
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
    REQUIRE_THROWS_AS(sl::ecdf(table, sl::by("head"), 1), sl::argument_error);
    REQUIRE_THROWS_AS(sl::ecdf(table, sl::by("head"), {.memory_budget = 10}), sl::argument_error);
}
