#include "svdlens/table/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/long_table.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// The slot by looking at one bin after the other.
std::size_t plain_slot(const std::vector<double>& edges, double x) {
    const std::size_t bins = edges.size() - 1;
    if (std::isnan(x)) return bins + 2;
    if (x < edges.front()) return 0;
    if (x > edges.back()) return bins + 1;
    for (std::size_t k = 0; k + 1 < bins; ++k)
        if (edges[k] <= x && x < edges[k + 1]) return k + 1;
    return bins;
}

} // namespace

TEMPLATE_TEST_CASE("many scores are counted between edges as each of them is found", "", float, double) {
    using T = TestType;
    auto scores = awkward_scores<T>(70000, 5);
    scores[7] = static_cast<T>(inf);
    scores[8] = static_cast<T>(-inf);
    scores[9] = static_cast<T>(not_a_number);
    scores[10] = T(-0.0);
    std::vector<double> close; // all in one digit
    for (int k = 0; k < 40; ++k) close.push_back(1 + k * 1e-5);
    for (int k = 0; k < 40; ++k) scores[static_cast<std::size_t>(100 + k)] = static_cast<T>(1 + k * 1e-5);
    const std::vector<std::vector<double>> cuts{close,
                                                {0, 0},
                                                {-1, 0, 0, 0.5, 0.5, 1},
                                                {-inf, -1e-40, 0, 1e-40, inf},
                                                {0.25, 0.25000001, 0.3},
                                                {1e300, 1e301}};
    for (const auto& edges : cuts)
        for (const bool sizes : {false, true}) {
            CAPTURE(edges, sizes);
            std::vector<std::uint64_t> expected(edges.size() + 2);
            for (const T score : scores)
                ++expected[plain_slot(edges, static_cast<double>(sizes ? std::abs(score) : score))];
            const auto table = sl::long_table(scores, {{{"row", scores.size()}}});
            const auto found = sizes ? sl::histogram<sl::magnitude>(table, edges, {.threads = 2})
                                     : sl::histogram(table, edges);
            std::vector<std::uint64_t> places{found.below};
            places.insert(places.end(), found.counts.begin(), found.counts.end());
            places.insert(places.end(), {found.above, found.nan_count});
            CHECK(places == expected);
        }
}

TEST_CASE("even edges are guessed and corrected, on the edges and beside them") {
    for (const auto& range : {std::pair{-1.0, 2.0},
                              {0.1, 0.3},
                              {-1e300, 1e300},
                              {1.0, 1.0 + 1e-13},
                              {5.0, 5.0},
                              {-1.7e308, 1.7e308},
                              {0.0, 4e-323}}) {
        for (const std::size_t bins : {1U, 3U, 7U, 50U}) {
            const auto edges = sl::detail::even_edges(range.first, range.second, bins);
            REQUIRE(edges.size() == bins + 1);
            const sl::detail::bin_finder finder(edges, sl::detail::even_bins{});
            std::vector<double> values{inf, -inf, not_a_number, 0, range.first, range.second};
            REQUIRE(std::is_sorted(edges.begin(), edges.end()));
            for (const double edge : edges)
                values.insert(values.end(), {edge, std::nextafter(edge, inf), std::nextafter(edge, -inf)});
            for (const double x : values) {
                INFO(range.first << " to " << range.second << " in " << bins << ": " << x);
                REQUIRE(finder.slot(x) == plain_slot(edges, x));
            }
        }
    }
}

TEST_CASE("explicit edges are searched, repeated ones and infinite ones too") {
    for (const std::vector<double>& edges : {std::vector<double>{0, 1},
                                             {-inf, 0, inf},
                                             {0, 1, 1, 2},
                                             {0, 1, 1},
                                             {0, 0, 1},
                                             {2, 2},
                                             {-3, -1, 0.5, 7}}) {
        const sl::detail::bin_finder finder(edges);
        for (const double x : {-inf, -3.0, -2.0, -1.0, -0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 7.0, 8.0, inf}) {
            std::size_t last = plain_slot(edges, x);
            const bool twice = x == edges.back() && edges.size() > 2 && edges[edges.size() - 2] == x;
            INFO(x << " in " << edges.size() << " edges");
            CHECK(finder.slot(x) == (twice ? edges.size() - 1 : last));
        }
        CHECK(finder.slot(not_a_number) == edges.size() + 1);
    }
}

TEST_CASE("equal ends are moved apart by a half each") {
    CHECK(sl::detail::even_edges(3, 3, 2) == std::vector<double>{2.5, 3, 3.5});
}

TEST_CASE("edges that are too few, descend or are NaN are refused") {
    CHECK(message_of([] { sl::detail::check_edges(std::vector<double>{1}); }) ==
          "histogram: expected at least two edges, found 1");
    CHECK(message_of([] {
              sl::detail::check_edges(std::vector<double>{0, 2, 1});
          }) == "histogram: expected ascending edges, found 1 at position 2");
    REQUIRE_THROWS_AS(sl::detail::check_edges(std::vector<double>{0, not_a_number}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::detail::check_edges(std::vector<double>{not_a_number, 0}), sl::argument_error);
    sl::detail::check_edges(std::vector<double>{1, 1});
}

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

using counts = std::vector<std::uint64_t>;

/// Counts by looking at every bin for every score.
template <class T>
counts plain_counts(const std::vector<T>& scores, const std::vector<double>& edges) {
    counts result(edges.size() - 1);
    for (const T score : scores) {
        const auto x = static_cast<double>(score);
        for (std::size_t k = 0; k < result.size(); ++k) {
            const bool last = k + 1 == result.size();
            if (x >= edges[k] && (x < edges[k + 1] || (last && x == edges[k + 1]))) ++result[k];
        }
    }
    return result;
}

template <class T>
auto row_table(std::vector<T> scores) {
    const auto count = scores.size();
    return sl::long_table(std::move(scores), sl::axes({sl::axis("row", count)}));
}

} // namespace

TEMPLATE_TEST_CASE("histograms count what a plain loop does, for any cut and threads", "", float, double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 500, 51);
    TestType low = 0, high = 0;
    std::uint64_t nan_count = 0, minus = 0, plus = 0;
    for (const auto score : scores) {
        nan_count += std::isnan(score) ? 1 : 0;
        minus += score == -std::numeric_limits<TestType>::infinity() ? 1 : 0;
        plus += score == std::numeric_limits<TestType>::infinity() ? 1 : 0;
        if (std::isfinite(score)) low = (std::min)(low, score), high = (std::max)(high, score);
    }
    REQUIRE(plus > 0);
    const std::vector<double> edges{-1.5, -1, 0, 0.25, 0.25, 2};
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(head_axes(2, 3, 500), scores, threads);
        const auto even = sl::histogram(cut, {.bins = 13}, {.threads = threads});
        REQUIRE(even.edges.size() == 14);
        CHECK(even.edges.front() == static_cast<double>(low));
        CHECK(even.edges.back() == static_cast<double>(high));
        CHECK(even.counts == plain_counts(scores, even.edges));
        CHECK(even.below == minus);
        CHECK(even.above == plus);
        CHECK(even.nan_count == nan_count);
        const auto found = sl::histogram(cut, edges, {.threads = threads});
        CHECK(found.edges == edges);
        CHECK(found.counts == plain_counts(scores, edges));
        CHECK(found.below + found.above + found.nan_count +
                  std::accumulate(found.counts.begin(), found.counts.end(), std::uint64_t{0}) ==
              scores.size());
        CHECK(found.below >= minus);
    }
}

TEST_CASE("histograms of magnitudes count |score|") {
    const auto found = sl::histogram<sl::magnitude>(row_table<float>({-2, -1, 1, 3, -INFINITY}), {.bins = 2});
    CHECK(found.edges == std::vector<double>{1, 2, 3});
    CHECK(found.counts == counts{2, 2});
    CHECK(found.above == 1);
    CHECK(sl::histogram<sl::magnitude>(row_table<float>({-2, -1, 1, 3}), {0.0, 1.0, 2.0}).counts ==
          counts{0, 3});
}

TEST_CASE("equal scores lie in the middle of a bin of one") {
    const auto found = sl::histogram(row_table<double>({4, 4, 4}), {.bins = 1});
    CHECK(found.edges == std::vector<double>{3.5, 4.5});
    CHECK(found.counts == counts{3});
}

TEST_CASE("without finite scores the bins go from 0 to 1") {
    const auto none = sl::histogram(row_table<float>({}), {.bins = 2});
    CHECK(none.edges == std::vector<double>{0, 0.5, 1});
    CHECK(none.counts == counts{0, 0});
    const auto infinite = sl::histogram(row_table<float>({INFINITY, NAN, -INFINITY, NAN}), {.bins = 1});
    CHECK(infinite.counts == counts{0});
    CHECK(infinite.below == 1);
    CHECK(infinite.above == 1);
    CHECK(infinite.nan_count == 2);
}

TEST_CASE("histograms refuse no bins and edges in disorder") {
    const auto table = row_table<float>({1, 2});
    REQUIRE_THROWS_AS(sl::histogram(table, {.bins = 0}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::histogram(table, {1.0, 0.0}), sl::argument_error);
    CHECK(sl::histogram(table).counts.size() == 10);
}

TEST_CASE("a histogram prints its bins and what is in none") {
    const auto table = svdlens::long_table(std::vector<float>{-1, 0.25F, 0.5F, 2, 9, NAN}, {6}, {"row"});
    CHECK(to_string(svdlens::histogram(table, {0.0, 0.5, 4.0})) == "from   to  count\n"
                                                                   "0     0.5      1\n"
                                                                   "0.5     4      2\n"
                                                                   "\n[2 bins; 1 below, 1 above, 1 nan]\n");
}

TEST_CASE("a histogram told how to run and not how to cut has ten bins") {
    const auto table = sl::long_table(random_scores<float>(1000, 3), sl::axes({{"row", 1000}}));
    const auto plain = sl::histogram(table, {.threads = 2});
    CHECK(plain.counts == sl::histogram(table, {.bins = 10}).counts);
    CHECK(sl::histogram<sl::magnitude>(table, {.threads = 1}).counts ==
          sl::histogram<sl::magnitude>(table, {.bins = 10}).counts);
}
