// Quantile rules, group quantiles, histograms and ECDFs against the values that numpy and pandas gave.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "expected_tables.hpp"
#include "support/catch.hpp"
#include "svdlens/table/ecdf.hpp"
#include "svdlens/table/group_quantiles.hpp"
#include "svdlens/table/histogram.hpp"
#include "svdlens/table/quantiles.hpp"

using namespace svdlens_tests;
namespace sl = svdlens;

TEST_CASE("quantiles by the nine rules are numpy's") {
    using enum sl::quantile_rule;
    const std::map<std::string, sl::quantile_rule> rules{
        {"inverted_cdf", inverted_cdf},
        {"averaged_inverted_cdf", averaged_inverted_cdf},
        {"closest_observation", closest_observation},
        {"interpolated_inverted_cdf", interpolated_inverted_cdf},
        {"hazen", hazen},
        {"weibull", weibull},
        {"linear", linear},
        {"median_unbiased", median_unbiased},
        {"normal_unbiased", normal_unbiased}};
    const std::vector<double> probabilities{0.0, 0.001, 0.01, 0.05, 0.07,  0.25, 1.0 / 3,
                                            0.5, 0.75,  0.9,  0.95, 0.999, 1.0};
    for_expected("quantile_rule", [&](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name << ": " << item.words[0]);
        check_numbers(sl::quantiles(table, probabilities, rules.at(item.words[0])), item.numbers(1), 1e-15);
    });
}

TEST_CASE("quantiles of groups are pandas'") {
    for_expected("group_quantile", [](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name << " by " << item.words[0]);
        const auto found =
            sl::group_quantiles(table, {std::stod(item.words[1])}, columns_named(item.words[0]));
        check_numbers(found.column(0).scores(), item.numbers(2), 1e-15);
    });
}

TEST_CASE("histograms are numpy's") {
    for_expected("histogram", [](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name);
        const auto found = sl::histogram(table, {.bins = 7});
        const auto heights = item.integers(1);
        CHECK(found.counts == std::vector<std::uint64_t>(heights.begin(), heights.begin() + 7));
        check_numbers(found.edges, item.numbers(8), 1e-14, 1e-15);
    });
    for_expected("histogram_edges", [](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name);
        const auto found = sl::histogram(table, {-1.0, -0.5, 0.0, 0.25, 2.0});
        const auto words = item.integers();
        CHECK(found.below == words[0]);
        CHECK(found.above == words[1]);
        CHECK(found.counts == std::vector<std::uint64_t>(words.begin() + 2, words.end()));
    });
}

TEST_CASE("an ECDF has the steps that numpy counts") {
    for_expected("ecdf", [](const auto& expected, const auto& table, const auto& item) {
        INFO(expected.name);
        std::vector<double> steps;
        const auto found = sl::ecdf(table);
        for (std::size_t k = 0; k < found.values.size(); ++k) {
            steps.push_back(found.values[k]);
            steps.push_back(found.shares[k]);
        }
        check_numbers(steps, item.numbers(), 1e-15);
    });
}
