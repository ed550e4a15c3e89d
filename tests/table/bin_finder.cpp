#include "svdlens/table/bin_finder.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/numbers.hpp"

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
