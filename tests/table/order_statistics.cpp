#include "svdlens/table/order_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("order statistics are found among neighbours that differ in the last bit") {
    std::vector<double> scores;
    for (int k = 0; k < 1000; ++k)
        scores.push_back(std::nextafter(scores.empty() ? 1.0 : scores.back(), 2.0));
    const std::vector<double> sorted = scores;
    std::reverse(scores.begin(), scores.end());
    const auto table = sl::long_table(scores, sl::axes({{"row", 1000}}));
    const auto found = sl::order_statistics(table, {999, 0, 500, 500});
    CHECK(found == std::vector<double>{sorted[999], sorted[0], sorted[500], sorted[500]});
}

TEST_CASE("order statistics put -0 before +0 and denormals around them") {
    constexpr float tiny = std::numeric_limits<float>::denorm_min();
    const std::vector<float> scores{0.0F, tiny, -0.0F, -tiny, 0.0F, -0.0F};
    const auto table = sl::long_table(scores, sl::axes({{"row", 6}}));
    const auto found = sl::order_statistics(table, {0, 1, 2, 3, 4, 5});
    CHECK(found == std::vector<float>{-tiny, 0, 0, 0, 0, tiny});
    CHECK(std::signbit(found[2]));
    CHECK_FALSE(std::signbit(found[3]));
}

TEST_CASE("hundreds of order statistics are found in several rounds of prefixes") {
    const auto scores = random_scores<float>(20000, 11);
    const auto sorted = sorted_numbers(scores);
    std::vector<std::uint64_t> ranks;
    for (std::uint64_t rank = 0; rank < 20000; rank += 41) ranks.push_back(rank);
    const auto found = sl::order_statistics(sl::long_table(scores, sl::axes({{"row", 20000}})), ranks);
    for (std::size_t k = 0; k < ranks.size(); ++k) REQUIRE(found[k] == sorted[ranks[k]]);
}

TEMPLATE_TEST_CASE("order statistics depend neither on the cut nor on threads", "", float, double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 211, 31);
    const auto sorted = sorted_numbers(scores);
    const std::vector<std::uint64_t> ranks{7, 0, sorted.size() - 1, 300, 301, 7};
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(head_axes(2, 3, 211), scores, threads);
        const auto found = sl::order_statistics(cut, ranks, {.threads = threads});
        for (std::size_t k = 0; k < ranks.size(); ++k)
            CHECK(found[k] == sorted[static_cast<std::size_t>(ranks[k])]);
    }
}

TEST_CASE("order statistics of a large table go through counts of further digits") {
    // More scores in the first digit's neighbourhood than are collected at once.
    auto scores = random_scores<double>(400000, 41);
    for (auto& score : scores) score = 1 + score * 1e-9;
    const auto sorted = sorted_numbers(scores);
    const auto found =
        sl::order_statistics(sl::long_table(scores, sl::axes({{"row", 400000}})), {0, 1000, 200000, 399999});
    CHECK(found == std::vector<double>{sorted[0], sorted[1000], sorted[200000], sorted[399999]});
}

TEST_CASE("one value that all scores have is at every rank") {
    const auto table = sl::long_table(std::vector<float>(300000, -0.25F), sl::axes({{"row", 300000}}));
    CHECK(sl::order_statistics(table, {0, 150000, 299999}) == std::vector<float>{-0.25F, -0.25F, -0.25F});
}

TEST_CASE("order statistics of magnitudes are those of a sort by magnitude") {
    const auto table = sl::long_table(std::vector<float>{-3, 1, NAN, -0.0F, 2}, sl::axes({{"row", 5}}));
    CHECK(sl::order_statistics<sl::magnitude>(table, {3, 2, 1, 0}) == std::vector<float>{3, 2, 1, 0});
}

TEST_CASE("order statistics refuse ranks that there are not") {
    const auto table = sl::long_table(std::vector<float>{1, 2, NAN}, sl::axes({{"row", 3}}));
    REQUIRE_THROWS_AS(sl::order_statistics(table, {2}), sl::argument_error);
    CHECK(message_of([&] {
              sl::order_statistics(table, {0, 7});
          }) == "order statistics: expected ranks below the 2 scores, found 7");
    CHECK(sl::order_statistics(table, {1})[0] == 2);
    CHECK(sl::order_statistics(table, {}).empty());
}
