#include "svdlens/table/along_axis.hpp"

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "table/naive_groups.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// The names of all axes that a column does not span, each as an axis.
sl::by_columns others(const sl::axes& table, const std::string& column) {
    sl::by_columns result;
    const auto spanned = table.spanned_axes(column);
    for (std::size_t k = 0; k < table.rank(); ++k)
        if (std::find(spanned.begin(), spanned.end(), k) == spanned.end())
            result.names.push_back(table[k].name);
    return result;
}

double naive_norm(const std::vector<double>& scores) {
    double sum = 0;
    for (const double x : numbers_of(scores)) sum += x * x;
    return std::sqrt(sum);
}

double naive_mean(const std::vector<double>& scores) {
    double sum = 0;
    const auto numbers = numbers_of(scores);
    for (const double x : numbers) sum += x;
    return sum / static_cast<double>(numbers.size());
}

template <class S>
void check_norms(const S& source, const std::string& column) {
    const auto wanted = group_naively(source, others(source.axes(), column));
    const auto found = sl::norms(source, column, {.threads = 2});
    REQUIRE(found.size() == wanted.size());
    for (std::size_t k = 0; k < found.size(); ++k)
        REQUIRE(same_number(found.scores()[k], naive_norm(wanted.at(found.rows()[k]))));
}

/// `found` holds the rows of `source` with `wanted(score, scores of the group)` in place of each score.
template <class S, class R, class F>
void check_changed(const S& source, const R& found, const std::string& column, F wanted) {
    using T = typename S::value_type;
    const auto columns = others(source.axes(), column);
    const auto groups = group_naively(source, columns);
    const auto before = naive_rows(source), after = naive_rows(found);
    REQUIRE(before.size() == after.size());
    for (const auto& [row, score] : before) {
        const double value = wanted(score, groups.at(naive_group(source.axes(), columns, row)));
        const double slack = std::is_same_v<T, float> ? 1e-6 : 1e-12;
        INFO("row " << row << ": " << after.at(row) << " for " << value);
        if (std::isnan(value))
            REQUIRE(std::isnan(after.at(row)));
        else
            REQUIRE(std::abs(after.at(row) - value) <= slack * (1 + std::abs(value)));
    }
}

double centre(double score, const std::vector<double>& scores) { return score - naive_mean(scores); }
double normalise(double score, const std::vector<double>& scores) { return score / naive_norm(scores); }

template <class S>
void check_all(const S& source) {
    for (const auto& name : source.axes().column_names()) {
        check_norms(source, name);
        check_changed(source, sl::centered(source, name, {.threads = 3}), name, centre);
        check_changed(source, sl::normalized(source, name, {.threads = 3}), name, normalise);
    }
}

} // namespace

TEMPLATE_TEST_CASE("norms, centred and normalised scores are those of plain loops", "", float, double) {
    for (const auto& table : small_shapes()) {
        const auto scores = finite_scores<TestType>(table.shape_rows(), 9);
        check_all(sl::long_table(scores, table));
        check_all(cut_source<TestType>(table, scores, 2));
    }
}

TEST_CASE("tables of tiles stay tables of the same tiles") {
    auto scores = random_scores<float>(3 * 4 * 8 * 50, 12);
    scores[3] = NAN;
    const auto lazy = causal_scores(scores);
    check_all(lazy);
    check_all(sl::store(lazy));
    const auto centred = sl::centered(lazy, "neuron");
    STATIC_REQUIRE(std::is_same_v<decltype(centred), const sl::basic_long_table<float>>);
    CHECK(centred.blocks() == lazy.blocks());
    CHECK(centred.max_rows() == lazy.max_rows());
    const auto again = sl::centered(sl::store(lazy), "neuron", {.threads = 5});
    for (std::size_t k = 0; k < centred.size(); ++k)
        REQUIRE((centred.score_at(k) == again.score_at(k) || std::isnan(again.score_at(k))));
}

TEST_CASE("selections keep their order") {
    const sl::selection rows(head_axes(1, 2, 3), {5, 0, 3, 2}, {4, 2, 8, 6});
    const auto centred = sl::centered(rows, "neuron");
    CHECK(std::vector<sl::row_number>(centred.rows().begin(), centred.rows().end()) ==
          std::vector<sl::row_number>{5, 0, 3, 2});
    CHECK(std::vector<float>(centred.scores().begin(), centred.scores().end()) ==
          std::vector<float>{-2, -2, 2, 2});
    const sl::selection unit(head_axes(1, 1, 2), {1, 0}, {4, 3});
    CHECK(sl::normalized(unit, "neuron").scores()[0] == 0.8F);
}

TEST_CASE("a column over several axes is gone over as a whole") {
    const auto table = sl::long_table(std::vector<double>{3, 1, 0, 1, 4, 1, 0, 1}, head_axes(2, 2, 2));
    const auto lengths = sl::norms(table, "head");
    REQUIRE(lengths.size() == 2);
    CHECK(lengths.axes().rank() == 1);
    CHECK(lengths.scores()[0] == 5);
    CHECK(lengths.scores()[1] == 2);
}

TEST_CASE("NaN stays NaN, and a zero norm divides as pandas does") {
    const auto table =
        sl::long_table(std::vector<float>{0, 0, NAN, NAN, NAN, 2}, sl::axes({{"a", 3}, {"b", 2}}));
    const auto found = sl::normalized(table, "b");
    for (std::size_t k = 0; k < 5; ++k) CHECK(std::isnan(found.score_at(k)));
    CHECK(found.score_at(5) == 1);
    CHECK(sl::norms(table, "b").scores()[1] == 0);
    CHECK(sl::centered(table, "b").score_at(5) == 0);
}

TEST_CASE("unknown columns and small budgets are refused") {
    const auto table = sl::long_table(random_scores<float>(24, 6), head_axes(2, 3, 4));
    REQUIRE_THROWS_AS(sl::norms(table, "nueron"), sl::lookup_error);
    REQUIRE_THROWS_AS(sl::centered(table, "nueron"), sl::lookup_error);
    REQUIRE_THROWS_AS(sl::norms(table, "neuron", {.memory_budget = 10}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::normalized(table, "neuron", {.memory_budget = 10}), sl::argument_error);
}

TEST_CASE("norms and normalised scores of doubles of any size are finite") {
    const std::vector<double> scales{1, 1e200, 1e-200, 4e307, 1e-323, 1e154, 1e-162, 0};
    std::vector<double> scores, mixed;
    for (const double scale : scales) {
        scores.insert(scores.end(), {3 * scale, 4 * scale});
        mixed.insert(mixed.end(), {scale, 1});
    }
    const sl::axes shape({{"scale", scales.size()}, {"entry", 2}});
    const auto table = sl::long_table(scores, shape);
    const auto lengths = sl::norms(table, "entry"),
               with_one = sl::norms(sl::long_table(mixed, shape), "entry");
    const auto unit = sl::normalized(table, "entry");
    for (std::size_t k = 0; k < scales.size(); ++k) {
        INFO("scale " << scales[k]);
        CHECK(lengths.scores()[k] == Approx(5 * scales[k]).epsilon(1e-12));
        CHECK(with_one.scores()[k] == Approx(std::hypot(scales[k], 1)).epsilon(1e-12));
        if (scales[k] == 0) continue;
        const double tolerance = scales[k] == 1e-323 ? 0.1 : 1e-12; // of two units of the smallest number
        CHECK(unit.score_at(2 * k) == Approx(0.6).epsilon(tolerance));
    }
    CHECK(sl::norms(sl::long_table(std::vector<double>{1e300, inf}, sl::axes({{"a", 2}})), "a").scores()[0] ==
          inf);
    const auto longest =
        sl::norms(sl::long_table(std::vector<double>(2, 1.7e308), sl::axes({{"a", 2}})), "a");
    CHECK(longest.scores()[0] == inf); // 2.4e308
}
