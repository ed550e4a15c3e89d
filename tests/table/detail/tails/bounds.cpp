#include "svdlens/table/detail/tails/bounds.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "support/rows_of.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/selection.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

template <class T>
rows outside_of(const std::vector<T>& scores, double low, double high) {
    return rows_of(sl::outside(sl::long_table(scores, sl::axes({{"row", scores.size()}})), low, high));
}

/// The rows for which `kept(score as double)`.
template <class T, class Kept>
rows plain_rows(const std::vector<T>& scores, Kept kept) {
    rows result;
    for (std::size_t row = 0; row < scores.size(); ++row)
        if (kept(static_cast<double>(scores[row]))) result.push_back(row);
    return result;
}

} // namespace

TEMPLATE_TEST_CASE("rows beyond bounds are those of a plain loop, for any cut and any threads", "", float,
                   double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 531, 16);
    const auto columns = head_axes(2, 3, 531);
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(columns, scores, threads);
        const sl::execution run{.threads = threads};
        CHECK(rows_of(sl::outside(cut, -1.5, 0.75, run)) ==
              plain_rows(scores, [](double x) { return x < -1.5 || x > 0.75; }));
        CHECK(rows_of(sl::above(cut, 0.5, run)) == plain_rows(scores, [](double x) { return x > 0.5; }));
        CHECK(rows_of(sl::below(cut, 0.5, run)) == plain_rows(scores, [](double x) { return x < 0.5; }));
        CHECK(rows_of(sl::outside<sl::magnitude>(cut, 0.25, 1.5, run)) ==
              plain_rows(scores, [](double x) { return std::abs(x) < 0.25 || std::abs(x) > 1.5; }));
        CHECK(rows_of(sl::above<sl::magnitude>(cut, 1, run)) ==
              plain_rows(scores, [](double x) { return std::abs(x) > 1; }));
        CHECK(rows_of(sl::below<sl::magnitude>(cut, 1, run)) ==
              plain_rows(scores, [](double x) { return std::abs(x) < 1; }));
    }
}

TEST_CASE("rows picked by magnitude keep their signed scores") {
    const std::vector<float> scores{-3, 1, NAN, 2, -0.5F};
    const auto found = sl::above<sl::magnitude>(sl::long_table(scores, sl::axes({{"row", 5}})), 1.5);
    CHECK(rows_of(found) == rows{0, 3});
    CHECK(found.score_at(0) == -3);
    CHECK(found.score_at(1) == 2);
}

TEST_CASE("tails of a table with holes hold present rows only and come in row order") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 4));
    rows present;
    for (std::uint64_t row = 0; row < lazy.axes().shape_rows(); ++row)
        if (lazy.tiles().offset(row) && std::abs(lazy.at(row)) > 0.9F) present.push_back(row);
    const auto found = sl::outside(lazy, -0.9F, 0.9F, {.threads = 3});
    CHECK(rows_of(found) == present);
    CHECK(rows_of(sl::above<sl::magnitude>(lazy, 0.9F)) == present);
    CHECK(found.axes()[0].name == "target_layer");
}

TEST_CASE("bounds are strict and compared in double") {
    const double between = (static_cast<double>(0.1F) + static_cast<double>(std::nextafter(0.1F, 1.0F))) / 2;
    const std::vector<float> scores{0.1F, std::nextafter(0.1F, 1.0F)};
    CHECK(outside_of(scores, between, inf) == rows{0});
    CHECK(outside_of(scores, -inf, between) == rows{1});
    CHECK(outside_of(scores, 0.1F, 0.1F) == rows{1});
    CHECK(outside_of(scores, 0.0, 0.5) == rows{});
    CHECK(outside_of(std::vector<float>{-0.0F, 0.0F}, 0.0, -0.0) == rows{});
}

TEST_CASE("bounds beyond the range of float and infinite or missing bounds mean what they say") {
    const std::vector<float> scores{-INFINITY, -1, NAN, 1, INFINITY};
    CHECK(outside_of(scores, -1e300, 1e300) == rows{0, 4});
    CHECK(outside_of(scores, 1e300, inf) == rows{0, 1, 3});
    CHECK(outside_of(scores, -inf, -1e300) == rows{1, 3, 4});
    CHECK(outside_of(scores, -inf, inf) == rows{});
    CHECK(outside_of(scores, inf, inf) == rows{0, 1, 3});
    CHECK(outside_of(scores, not_a_number, 0) == rows{3, 4});
    CHECK(outside_of(scores, 0, not_a_number) == rows{0, 1});
    const auto table = sl::long_table(scores, sl::axes({{"row", 5}}));
    CHECK(sl::above(table, not_a_number).empty());
    CHECK(sl::below(table, not_a_number).empty());
    CHECK(rows_of(sl::above(table, -inf)) == rows{1, 3, 4});
}

TEST_CASE("crossed bounds keep each row once and an empty table keeps none") {
    CHECK(outside_of(std::vector<double>{1, 2, 3}, 2.5, 1.5) == rows{0, 1, 2});
    CHECK(outside_of(std::vector<double>{}, 0, 0) == rows{});
    CHECK(outside_of(std::vector<double>{not_a_number, not_a_number}, 0, 0) == rows{});
}
