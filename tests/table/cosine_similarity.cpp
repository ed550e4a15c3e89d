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
        const double expected = s.pairs == 0             ? NAN
                                : s.aa == 0 || s.bb == 0 ? 0
                                                         : s.ab / (std::sqrt(s.aa) * std::sqrt(s.bb));
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

namespace {

/// A table of pairs (3, 4) and (4, 3), both sides scaled group by group.
template <class T>
void check_scaled_pairs(const std::vector<double>& one_scale, const std::vector<double>& other_scale) {
    const std::size_t groups = one_scale.size();
    std::vector<T> one, other;
    for (std::size_t k = 0; k < groups; ++k)
        for (const double x : {3.0, 4.0}) {
            one.push_back(static_cast<T>(x * one_scale[k]));
            other.push_back(static_cast<T>((7 - x) * other_scale[k]));
        }
    const sl::axes shape({{"group", groups}, {"entry", 2}});
    const auto a = sl::long_table(one, shape), b = sl::long_table(other, shape);
    const auto between = sl::cosine_similarity(a, b, "entry"), within = sl::cosine_similarity(a, a, "entry");
    const auto pairs = sl::cosine_similarities(a, "group");
    for (std::size_t k = 0; k < groups; ++k) {
        INFO("scales " << one_scale[k] << " and " << other_scale[k]);
        const bool zero = one_scale[k] == 0 || other_scale[k] == 0;
        CHECK(between.scores()[k] == Approx(zero ? 0 : 0.96).margin(1e-300));
        CHECK(within.scores()[k] == (one_scale[k] == 0 ? 0 : 1));
        for (std::size_t j = 0; j < groups; ++j) {
            const bool any_zero = one_scale[k] == 0 || one_scale[j] == 0;
            CHECK(pairs.score_at(k * groups + j) == Approx(any_zero ? 0 : 1).epsilon(1e-6).margin(1e-300));
        }
    }
}

} // namespace

// torch's floor of 1e-8 had made 0 of the cosines of short vectors, and squares beyond double's range NaN.
TEST_CASE(
    "the cosine of identical vectors is 1 and that of parallel ones is the same, however long they are") {
    check_scaled_pairs<double>({1, 1e-9, 1e-12, 1e-30}, {1, 1e-9, 1e12, 1e-30});
    check_scaled_pairs<double>({1e-200, 1e200, 1e-300, 4e307, 1, 0},
                               {1e-200, 1e200, 1e300, 4e-300, 1, 1e-200});
    check_scaled_pairs<double>({1e-160, 1e-76}, {1e-160, 1e-76});
    check_scaled_pairs<float>({1, 1e-9, 1e-30, 1e37, 0}, {1, 1e-30, 1e-9, 1e37, 1e-30});
    const auto least =
        sl::long_table(std::vector<double>{5e-324, 0, 0, 5e-324}, sl::axes({{"a", 2}, {"b", 2}}));
    for (const double x : sl::cosine_similarity(least, least, "b").scores()) CHECK(x == 1);
    CHECK(sl::cosine_similarities(least, "a").score_at(0) == 1);
    CHECK(sl::cosine_similarities(least, "a").score_at(1) == 0);
}

TEST_CASE("tables of extreme scores with holes and NaN are scaled row by row") {
    const auto shape = sl::axes({{"a", 3}, {"b", 4}});
    const auto one = sl::long_table(
        std::vector<double>{1e-200, 2e-200, NAN, 2e-200, 0, 0, 0, 0, 1e300, 1e300, 0, 0}, shape);
    const sl::basic_long_table<double> other(shape, sl::basic_tensor<double>({1, 2, 2, 7, 3e200, 3e200}, {6}),
                                             sl::tiling(4, {0, 1, 2}, {{0, {0, 3}, {{0, 2}}}}, {1, 8}));
    const auto found = sl::cosine_similarity(one, other, "b");
    CHECK(found.scores()[0] == Approx(5 / (3 * std::sqrt(5.0))));
    CHECK(found.scores()[1] == 0);
    CHECK(found.scores()[2] == Approx(1));
    const auto bits = [&](unsigned threads) {
        const auto all = sl::cosine_similarity(one, other, "b", {.threads = threads});
        return std::vector<double>(all.scores().begin(), all.scores().end());
    };
    CHECK(bits(1) == bits(2));
    CHECK(bits(1) == bits(5));
    CHECK_THROWS_AS(sl::cosine_similarity(one, one, "b", {.memory_budget = 95}), sl::argument_error);
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
            const double norms = std::sqrt(product(i, i)) * std::sqrt(product(j, j));
            const double expected = norms > 0 ? product(i, j) / norms : 0;
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
