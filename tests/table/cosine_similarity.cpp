#include "svdlens/table/cosine_similarity.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/store.hpp"
#include "table/naive_groups.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

struct sums {
    double ab = 0, aa = 0, bb = 0;
    int pairs = 0, rows = 0;
};

/// Row by row, as the formula has it.
template <class A, class B>
void check_cosines(const A& a, const B& b, const std::string& column) {
    const auto one = naive_rows(a), other = naive_rows(b);
    sl::by_columns others;
    const auto spanned = a.axes().spanned_axes(column);
    for (std::size_t k = 0; k < a.axes().rank(); ++k)
        if (std::find(spanned.begin(), spanned.end(), k) == spanned.end())
            others.names.push_back(a.axes()[k].name);
    std::map<std::uint64_t, sums> wanted;
    for (const auto& [row, x] : one) {
        auto& s = wanted[naive_group(a.axes(), others, row)];
        const auto found = other.find(row);
        ++s.rows;
        if (!std::isnan(x)) s.aa += x * x;
        if (std::isnan(x) || found == other.end() || std::isnan(found->second)) continue;
        s.ab += x * found->second;
        ++s.pairs;
    }
    for (const auto& [row, y] : other)
        if (!std::isnan(y)) wanted[naive_group(a.axes(), others, row)].bb += y * y;
    std::erase_if(wanted, [](const auto& entry) { return entry.second.rows == 0; });
    const auto found = sl::cosine_similarity(a, b, column, {.threads = 2});
    REQUIRE(found.size() == wanted.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
        const auto& s = wanted.at(found.rows()[k]);
        const double expected =
            s.pairs == 0 ? NAN
                         : s.ab / ((std::max)(std::sqrt(s.aa), 1e-8) * (std::max)(std::sqrt(s.bb), 1e-8));
        INFO("group " << found.rows()[k] << ": " << found.scores()[k] << " for " << expected);
        REQUIRE(same_number(found.scores()[k], expected, 1));
    }
}

} // namespace

TEST_CASE("cosines along an axis are those of plain loops") {
    for (const auto& table : small_shapes()) {
        auto a = random_scores<float>(table.shape_rows(), 1);
        auto b = random_scores<double>(table.shape_rows(), 2);
        for (std::size_t k = 0; k < a.size(); k += 6) a[k] = NAN;
        for (std::size_t k = 1; k < a.size(); k += 9) b[k] = NAN;
        for (const auto& name : table.column_names())
            check_cosines(sl::long_table(a, table), sl::long_table(b, table), name);
    }
}

TEST_CASE("rows that one table lacks count as 0") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 12));
    const auto holes = sl::store(lazy);
    const auto whole = sl::long_table(random_scores<float>(3 * 4 * 8 * 50, 13), lazy.axes());
    for (const auto& name : lazy.axes().column_names()) {
        check_cosines(holes, whole, name);
        check_cosines(whole, holes, name);
        check_cosines(holes, holes, name);
    }
    const sl::axes line({{"a", 5}});
    const sl::basic_long_table<float> ends(line, sl::tensor({2, 3, 4}, {3}),
                                           sl::tiling(5, {0}, {{0, {0, 1}, {{0, 1}, {3, 5}}}}, {1, 8}));
    check_cosines(sl::long_table(std::vector<float>{1, 2, 3, 4, -5}, line), ends, "a");
    check_cosines(ends, sl::long_table(std::vector<float>{1, 2, 3, 4, -5}, line), "a");
}

TEST_CASE("a zero vector has cosine 0, one of NaN has none") {
    const sl::axes shape({{"a", 3}, {"b", 2}});
    const auto one = sl::long_table(std::vector<float>{0, 0, NAN, NAN, 3, 4}, shape);
    const auto other = sl::long_table(std::vector<float>{1, 2, 1, 2, 4, -3}, shape);
    const auto found = sl::cosine_similarity(one, other, "b");
    REQUIRE(found.size() == 3);
    CHECK(found.scores()[0] == 0);
    CHECK(std::isnan(found.scores()[1]));
    CHECK(found.scores()[2] == 0);
    CHECK(sl::cosine_similarity(other, other, "b").scores()[2] == Approx(1));
}

TEST_CASE("the same cosines come out for any number of threads") {
    const sl::axes shape({{"a", 30}, {"b", 5000}});
    const auto a = random_scores<float>(150000, 1), b = random_scores<float>(150000, 2);
    const auto bits = [&](unsigned threads) {
        std::vector<std::uint64_t> result;
        const auto one = sl::long_table(a, shape), other = sl::long_table(b, shape);
        for (const double x : sl::cosine_similarity(one, other, "a", {.threads = threads}).scores())
            result.push_back(std::bit_cast<std::uint64_t>(x));
        return result;
    };
    CHECK(bits(1) == bits(2));
    CHECK(bits(1) == bits(5));
}

TEST_CASE("tables of other axes are refused") {
    const auto one = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"a", 2}, {"b", 1}}));
    const auto other = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"a", 1}, {"b", 2}}));
    CHECK(message_of([&] { sl::cosine_similarity(one, other, "a"); }) ==
          "cosine_similarity: expected rows of one table, found axis \"a\" of extent 2 and 1");
    REQUIRE_THROWS_AS(sl::cosine_similarity(one, one, "c"), sl::lookup_error);
    REQUIRE_THROWS_AS(sl::cosine_similarity(one, one, "a", {.memory_budget = 5}), sl::argument_error);
}

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
    const auto found = sl::cosine_similarities(source, column, {.threads = 3});
    const std::uint64_t count = sl::group_axes(table, sl::by(column)).shape_rows();
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
        if (table.shape_rows() > 900) continue;
        auto scores = random_scores<float>(table.shape_rows(), 1);
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
        for (const double x : sl::cosine_similarities(table, "head", {.threads = threads}).values())
            result.push_back(std::bit_cast<std::uint64_t>(x));
        return result;
    };
    CHECK(bits(1) == bits(2));
    CHECK(bits(1) == bits(5));
}

TEST_CASE("too large a matrix and too many pairs are refused") {
    const auto table = sl::long_table(random_scores<float>(24, 6), head_axes(2, 3, 4));
    CHECK(message_of([&] { sl::cosine_similarities(table, "head", {.memory_budget = 95}); }) ==
          "cosine_similarities: 24 scores of 4 bytes each are over the memory budget of 95 bytes; raise "
          "execution::memory_budget");
    REQUIRE_THROWS_AS(sl::cosine_similarities(table, "head", {.memory_budget = 100}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::cosine_similarities(table, "haed"), sl::lookup_error);
}
