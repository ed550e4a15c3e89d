#include "svdlens/table/slice_similarity.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "naive_groups.hpp"
#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// Slices as maps from the rest of the index to the score.
template <class S>
void check_slices(const S& source, const std::string& column) {
    const auto& table = source.axes();
    sl::by_columns rest;
    const auto spanned = table.spanned_axes(column);
    for (std::size_t k = 0; k < table.rank(); ++k)
        if (std::find(spanned.begin(), spanned.end(), k) == spanned.end())
            rest.names.push_back(table[k].name);
    std::map<std::uint64_t, std::map<std::uint64_t, double>> slices;
    for (const auto& [row, score] : naive_rows(source))
        slices[naive_group(table, sl::by(column), row)][naive_group(table, rest, row)] =
            std::isnan(score) ? 0 : score;
    const auto product = [&](std::uint64_t i, std::uint64_t j) {
        double sum = 0;
        for (const auto& [at, x] : slices[i])
            if (slices[j].count(at) != 0) sum += x * slices[j][at];
        return sum;
    };
    const auto found = sl::cosine_similarities(source, column, {}, {.threads = 3});
    const std::uint64_t count = sl::group_axes(table, sl::by(column)).rows();
    REQUIRE(found.size() == count * count);
    for (std::uint64_t i = 0; i < count; ++i)
        for (std::uint64_t j = 0; j < count; ++j) {
            const double expected = product(i, j) / ((std::max)(std::sqrt(product(i, i)), 1e-8) *
                                                     (std::max)(std::sqrt(product(j, j)), 1e-8));
            REQUIRE(same_number(found.score_at(i * count + j), expected, 1));
        }
}

} // namespace

TEST_CASE("cosines of slices are those of plain loops") {
    for (const auto& table : small_shapes()) {
        if (table.rows() > 900) continue;
        auto scores = random_scores<float>(table.rows(), 1);
        for (std::size_t k = 0; k < scores.size(); k += 6) scores[k] = NAN;
        for (const auto& name : table.column_names()) {
            check_slices(sl::long_table(scores, table), name);
            check_slices(cut_source<float>(table, scores, 6), name);
        }
    }
}

TEST_CASE("rows that are not there count as 0") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 12));
    for (const auto* name : {"target_layer", "head", "direction"}) check_slices(lazy, name);
}

TEST_CASE("pairs have the column's axes twice") {
    const auto table = sl::long_table(random_scores<double>(2 * 3 * 40, 5), head_axes(2, 3, 40));
    const auto found = sl::cosine_similarities(table, "head");
    REQUIRE(found.axes().rank() == 4);
    CHECK(found.axes()[2].name == "target_layer");
    CHECK(found.axes()[3].name == "target_head");
    CHECK(found.axes().label(1 * 6 + 5, "head") == "L0H1");
    CHECK(found.axes().label(1 * 6 + 5, "target_head") == "L1H2");
    CHECK(found.axes().find_label_column("target_head")->entity == "head");
    for (std::uint64_t k = 0; k < 6; ++k) CHECK(found.score_at(k * 6 + k) == Approx(1));
    CHECK(found.score_at(1 * 6 + 5) == found.score_at(5 * 6 + 1));
    CHECK(found.score_at(3) != Approx(1));
}

TEST_CASE("a slice of nothing has cosine 0, and no slices give no pairs") {
    const auto zero = sl::long_table(std::vector<float>{0, 0, 1, 2}, sl::axes({{"a", 2}, {"b", 2}}));
    CHECK(sl::cosine_similarities(zero, "a").score_at(0) == 0);
    CHECK(sl::cosine_similarities(zero, "a").score_at(3) == Approx(1));
    const auto none = sl::long_table(std::vector<float>{}, sl::axes({sl::axis("a", 0), {"b", 2}}));
    CHECK(sl::cosine_similarities(none, "a").empty());
    CHECK(sl::cosine_similarities(none, "b").score_at(1) == 0);
}

TEST_CASE("the same cosines of slices come out for any number of threads") {
    const auto table = sl::long_table(random_scores<float>(2 * 3 * 4000, 5), head_axes(2, 3, 4000));
    const auto bits = [&](unsigned threads) {
        std::vector<std::uint64_t> result;
        for (const double x : sl::cosine_similarities(table, "head", {}, {.threads = threads}).values())
            result.push_back(std::bit_cast<std::uint64_t>(x));
        return result;
    };
    CHECK(bits(1) == bits(2));
    CHECK(bits(1) == bits(5));
}

TEST_CASE("too large a matrix and too many pairs are refused") {
    const auto table = sl::long_table(random_scores<float>(24, 6), head_axes(2, 3, 4));
    CHECK(message_of([&] { sl::cosine_similarities(table, "head", {.memory_budget = 95}); }) ==
          "cosine_similarities: 24 scores of 4 bytes each are over the memory budget of 95 bytes; group by "
          "fewer columns or raise group_options::memory_budget");
    REQUIRE_THROWS_AS(sl::cosine_similarities(table, "head", {.memory_budget = 100}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::cosine_similarities(table, "haed"), sl::lookup_error);
}
