// Discoveries against all rows, sorted.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <svdlens/significance/discoveries.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/long_table.hpp>
#include <svdlens/table/predicate.hpp>
#include <svdlens/table/selection.hpp>
#include <svdlens/table/where.hpp>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/sample_size.hpp"
#include "support/tiled_source.hpp"

namespace sl = svdlens;

using svdlens_tests::cut_source;
using svdlens_tests::message_of;

namespace {

sl::axes one_axis(std::uint64_t rows) { return {{{"row", rows}}}; }

struct sorted_row {
    double log_ratio;
    sl::row_number row;
    double score;

    friend bool operator<(const sorted_row& a, const sorted_row& b) {
        return std::tie(a.log_ratio, a.row) < std::tie(b.log_ratio, b.row);
    }
};

/// The step-up rule as it is written down, on all rows.
struct sorted_family {
    std::vector<sorted_row> rows;
    std::vector<double> q;
    std::uint64_t tested = 0;
    std::uint64_t nans = 0;
};

template <class S>
sorted_family sort_family(const S& source, const sl::discovery_test& test, double mean_weight) {
    sorted_family result;
    sl::block_buffer<typename S::value_type> buffer;
    for (std::size_t i = 0; i < source.blocks(); ++i) {
        const auto block = source.block(i, buffer);
        for (std::size_t k = 0; k < block.runs; ++k) {
            const auto run = block.run(k);
            for (std::size_t j = 0; j < run.scores.size(); ++j) {
                const auto score = static_cast<double>(run.scores[j]);
                ++result.tested;
                result.nans += std::isnan(score) ? 1 : 0;
                const double weight = test.weights(run.row(j));
                if (std::isnan(score) || weight == 0) continue;
                const double ratio =
                    sl::log_p(score, test.dimension) - (std::log(weight) - std::log(mean_weight));
                result.rows.push_back({ratio, run.row(j), score});
            }
        }
    }
    std::sort(result.rows.begin(), result.rows.end());
    const auto rank = [&](std::size_t k) {
        return static_cast<double>(k + 1) / static_cast<double>(result.tested);
    };
    std::size_t found = result.rows.size();
    while (found > 0 && !(result.rows[found - 1].log_ratio <=
                          std::log(test.q * static_cast<double>(found) / static_cast<double>(result.tested))))
        --found;
    result.rows.resize(found);
    result.q.resize(found);
    double least = test.q; // of this rank and all below
    for (std::size_t k = found; k-- > 0;) {
        least = std::min(least, std::exp(result.rows[k].log_ratio - std::log(rank(k))));
        result.q[k] = least;
    }
    return result;
}

template <class S>
double mean_weight_of(const S& source, const sl::row_weights& weights) {
    sl::block_buffer<typename S::value_type> buffer;
    double sum = 0, rows = 0;
    for (std::size_t i = 0; i < source.blocks(); ++i) {
        const auto block = source.block(i, buffer);
        for (std::size_t k = 0; k < block.runs; ++k)
            for (std::size_t j = 0; j < block.width; ++j, ++rows) sum += weights(block.run(k).row(j));
    }
    return sum / rows;
}

/// What is found and handed on is what sorting finds, to the bit.
template <class S>
void check_family(const S& source, const sl::discovery_test& test, const sl::execution& run) {
    const auto found = sl::discoveries(source, test, run);
    if (source.max_rows() != 0)
        CHECK(found.mean_weight == Approx(mean_weight_of(source, test.weights)).epsilon(1e-12));
    const auto expected = sort_family(source, test, found.mean_weight);
    CHECK(found.tested == expected.tested);
    CHECK(found.family_rows == expected.tested);
    CHECK(found.nans == expected.nans);
    REQUIRE(found.size() == expected.rows.size());
    const auto log10_p = found.rows.values("log10_p"), q = found.rows.values("q"),
               score = found.rows.values("score");
    for (std::size_t k = 0; k < found.size(); ++k) {
        REQUIRE(found.rows.rows()[k] == expected.rows[k].row);
        REQUIRE(score[k] == expected.rows[k].score);
        REQUIRE(log10_p[k] == sl::log_p(score[k], test.dimension) / std::numbers::ln10);
        REQUIRE(q[k] == expected.q[k]);
    }
    if (found.empty())
        CHECK(found.log10_threshold == -std::numeric_limits<double>::infinity());
    else
        CHECK(found.log10_threshold == expected.rows.back().log_ratio / std::numbers::ln10);
}

/// The same with a budget so small that nothing is held.
template <class S>
void check_streamed(const S& source, const sl::discovery_test& test, const sl::execution& run) {
    using T = typename S::value_type;
    const auto expected = sort_family(source, test, mean_weight_of(source, test.weights));
    std::vector<sl::row_number> rows, sorted;
    for (const auto& row : expected.rows) sorted.push_back(row.row);
    std::sort(sorted.begin(), sorted.end());
    bool all_right = true;
    const auto count = sl::for_each_discovery(
        source, test,
        [&](const sl::discovered_rows<T>& found) {
            rows.insert(rows.end(), found.rows.begin(), found.rows.end());
            for (std::size_t k = 0; k < found.rows.size(); ++k)
                all_right = all_right && found.log10_p[k] ==
                                             sl::log_p(static_cast<double>(found.scores[k]), test.dimension) /
                                                 std::numbers::ln10;
            CHECK(found.q.empty());
        },
        run);
    CHECK(all_right);
    CHECK(count.found == sorted.size());
    if (!sorted.empty()) {
        CHECK_FALSE(count.with_q);
        // The mean weight is summed in another order here.
        CHECK(count.log10_threshold ==
              Approx(expected.rows.back().log_ratio / std::numbers::ln10).epsilon(1e-12));
    }
    CHECK(rows == sorted);
}

/// A family of random scores, some of them of a size that chance does not have; with ties, NaN and weights.
template <class T>
struct random_family {
    explicit random_family(unsigned seed) : random(seed) {
        lines = 1 + random() % 12;
        columns = 1 + random() % 120;
        test.dimension = std::vector<std::size_t>{2, 9, 48, 127, 768}[random() % 5];
        test.q = random() % 3 == 0 ? 0.2 : 0.05;
        fill_scores();
        fill_weights();
    }

    void fill_scores() {
        std::normal_distribution<double> normal(0, 1 / std::sqrt(static_cast<double>(test.dimension)));
        const double signals = random() % 3 == 0 ? 0 : unit(random) * unit(random);
        const double grid = random() % 2 == 0 ? 0 : 0.02 + 0.1 * unit(random);
        const bool nans = random() % 4 == 0, ones = random() % 5 == 0;
        for (std::uint64_t k = 0; k < lines * columns; ++k) {
            double score = normal(random);
            if (unit(random) < signals) score = std::copysign(0.2 + 0.7 * unit(random), score);
            if (grid != 0) score = std::round(score / grid) * grid;
            if (ones && unit(random) < 0.01) score = 1.00000001;
            score = std::clamp(score, -1.0, 1.00000001);
            if (nans && unit(random) < 0.1) score = std::nan("");
            scores.push_back(static_cast<T>(score));
        }
    }

    void fill_weights() {
        const auto some = [&](std::uint64_t size) {
            std::vector<double> list(static_cast<std::size_t>(size));
            for (auto& w : list) w = random() % 9 == 0 ? 0 : std::exp(2 * unit(random) * unit(random) * 4);
            list[0] = 1;
            return list;
        };
        switch (random() % 4) {
        case 0:
            break;
        case 1:
            test.weights = {columns, some(lines)};
            break;
        case 2:
            test.weights = {columns, some(lines), some(columns)};
            break;
        default:
            test.weights = sl::row_weights::by_row(some(lines * columns));
        }
    }

    sl::axes axes() const { return {{{"line", lines}, {"column", columns}}}; }

    std::mt19937 random;
    std::uniform_real_distribution<double> unit{0, 1};
    std::uint64_t lines, columns;
    std::vector<T> scores;
    sl::discovery_test test;
};

template <class T>
void check_random_family(unsigned seed) {
    const random_family<T> family(seed);
    INFO("family " << seed << ": " << family.lines << " x " << family.columns << ", D "
                   << family.test.dimension);
    const unsigned threads = std::vector<unsigned>{1, 2, 5}[seed % 3];
    const auto table = sl::long_table(family.scores, family.axes());
    const cut_source<T> cut(family.axes(), family.scores, seed);
    check_family(table, family.test, {.threads = threads});
    check_family(cut, family.test, {.threads = threads});
    check_family(table, family.test,
                 {.threads = threads, .memory_budget = 200'000}); // levels are left out of the first pass
    check_streamed(cut, family.test, {.threads = threads, .memory_budget = 1});
}

/// Passes over a source are counted by its first block.
template <class S>
struct counted_source {
    using value_type = typename S::value_type;
    const S* source;
    std::atomic<int>* passes;

    const sl::axes& axes() const { return source->axes(); }
    std::uint64_t max_rows() const { return source->max_rows(); }
    std::size_t blocks() const { return source->blocks(); }
    sl::score_block<value_type> block(std::size_t i, sl::block_buffer<value_type>& buffer) const {
        if (i == 0) ++*passes;
        return source->block(i, buffer);
    }
};

/// So many rows of chance in 127 dimensions, and so many of one size.
std::vector<float> chance_and_signals(std::size_t rows, std::size_t signals, float size) {
    std::mt19937 random(5);
    std::normal_distribution<float> normal(0, 1 / std::sqrt(127.0F));
    std::vector<float> scores(rows);
    for (auto& score : scores) score = normal(random);
    for (std::size_t k = 0; k < signals; ++k)
        scores[k * (rows / signals)] = size + 1e-4F * static_cast<float>(k % 89);
    return scores;
}

template <class S>
int passes_over(const S& table, std::uint64_t budget, double q = 0.05) {
    std::atomic<int> passes = 0;
    const counted_source<S> counted{&table, &passes};
    check_family(counted, {.q = q, .dimension = 127}, {.threads = 2, .memory_budget = budget});
    return passes - 2; // those of the reference
}

} // namespace

TEST_CASE("discoveries are those of all rows, sorted, to the bit") {
    const auto families = svdlens_tests::sample_size("SVDLENS_DISCOVERY_FAMILIES", 80);
    for (unsigned seed = 0; seed < families; ++seed) {
        check_random_family<float>(seed);
        if (seed % 10 == 0) check_random_family<double>(seed);
    }
}

TEST_CASE("one pass is enough where the counts say so, else there are two") {
    const auto few = sl::long_table(chance_and_signals(20000, 40, 0.6F), one_axis(20000));
    const auto many = sl::long_table(chance_and_signals(20000, 9000, 0.6F), one_axis(20000));
    CHECK(passes_over(few, 1 << 30) == 1);
    CHECK(passes_over(few, 100'000) == 1); // levels from the third on are kept
    CHECK(passes_over(many, 1 << 30) == 1);
    CHECK(passes_over(many, 2'000'000) == 1); // all levels are kept
    // Level 3 on is kept, and more is found than that holds.
    CHECK(passes_over(many, 2'000'000, 0.5) == 2);
}

TEST_CASE("discoveries of tables without anything to find") {
    const sl::discovery_test test{.dimension = 127};
    const auto none = sl::long_table(std::vector<float>(), one_axis(0));
    check_family(none, test, {});
    check_family(sl::long_table(std::vector<float>{0.9F}, one_axis(1)), test, {});
    check_family(sl::long_table(std::vector<float>{0.001F}, one_axis(1)), test, {});
    for (const float same : {0.0F, 0.1F, 0.5F, 1.0F}) {
        const auto table = sl::long_table(std::vector<float>(5000, same), one_axis(5000));
        check_family(table, test, {});
        check_streamed(table, test, {.memory_budget = 1});
        CHECK(sl::discoveries(table, test).size() == (same < 0.3F ? 0 : 5000));
    }
    const auto unknown = sl::long_table(std::vector<float>(50, std::nanf("")), one_axis(50));
    check_family(unknown, test, {});
    CHECK(sl::discoveries(unknown, test).nans == 50);
    CHECK(sl::summary_text(sl::discoveries(unknown, test)) ==
          "0 of 50 rows found at q = 0.05; 50 rows without a number\n");
}

TEST_CASE("rows of one value stand or fall together") {
    // Ten rows at p = 0.004 among a hundred: p_(10) = 0.05 * 8 / 100 fits neither 8 of them nor 7, but all ten.
    const double score = sl::critical_score(std::log(0.004), 127) + 1e-9;
    std::vector<double> scores(100, 0.0);
    for (std::size_t k = 0; k < 10; ++k) scores[7 * k] = k % 2 == 0 ? score : -score;
    const auto found = sl::discoveries(sl::long_table(scores, one_axis(100)), {.dimension = 127});
    CHECK(found.size() == 10);
    for (const double q : found.rows.values("q")) CHECK(q == Approx(0.04));
    scores[0] = scores[7] = scores[14] = 0; // seven: 0.004 > 0.05 * 7 / 100
    CHECK(sl::discoveries(sl::long_table(scores, one_axis(100)), {.dimension = 127}).empty());
}

TEST_CASE("present rows are the family, whichever are kept") {
    std::vector<float> full = chance_and_signals(3 * 32 * 50, 300, 0.5F);
    const auto tiled = svdlens_tests::causal_scores(full);
    check_family(tiled, {.dimension = 127}, {.threads = 2});
    std::vector<double> lines(96), columns(150);
    for (std::size_t k = 0; k < lines.size(); ++k) lines[k] = 1 + static_cast<double>(k % 7);
    for (std::size_t k = 0; k < columns.size(); ++k) columns[k] = 1 + static_cast<double>(k % 11);
    check_family(tiled, {.dimension = 127, .weights = {50, lines, columns}}, {.threads = 2});
    check_streamed(tiled, {.dimension = 127, .weights = {50, lines, columns}}, {.memory_budget = 1});
    // A condition on labels makes a family, one on scores does not.
    const auto some = sl::where(tiled, sl::column("head") == 2);
    check_family(some, {.dimension = 127, .weights = {50, lines}}, {});
    CHECK(sl::discoveries(some, {.dimension = 127}).tested < tiled.max_rows() / 2);
    const auto chosen = sl::where(tiled, sl::score() > 0.1);
    CHECK(message_of([&] {
              sl::discoveries(chosen, {.dimension = 127});
          }).find("a family that is fixed before") != std::string::npos);
}

TEST_CASE("discoveries are a question among others") {
    const auto table = sl::long_table(chance_and_signals(5000, 50, 0.6F), one_axis(5000));
    const sl::discovery_test test{.dimension = 127};
    const auto [summary, found] = sl::ask(table, sl::describe(), sl::discoveries(test));
    const auto alone = sl::discoveries(table, test);
    CHECK(summary.count == 5000);
    REQUIRE(found.size() == alone.size());
    CHECK(std::equal(found.rows.rows().begin(), found.rows.rows().end(), alone.rows.rows().begin()));
}

TEST_CASE("discoveries refuse what is no test") {
    const auto table = sl::long_table(std::vector<float>(100, 0.1F), one_axis(100));
    CHECK(message_of([&] { sl::discoveries(table, {.q = 0, .dimension = 127}); }) ==
          "discoveries: expected q between 0 and 1, found 0");
    CHECK_THROWS(sl::discoveries(table, {.q = 1, .dimension = 127}));
    CHECK_THROWS(sl::discoveries(table, {.q = std::nan(""), .dimension = 127}));
    CHECK(message_of([&] { sl::discoveries(table, {}); }) ==
          "log_p: expected a dimension of at least 1, found 0");
    CHECK(message_of([&] {
              sl::discoveries(table, {.dimension = 127, .weights = sl::row_weights::by_row({1, 2})});
          }).find("expected weights of 100 rows, found 2") != std::string::npos);
    CHECK(message_of([&] {
              sl::discoveries(table, {.dimension = 127, .weights = {10, std::vector<double>(10)}});
          }).find("whose sum is positive") != std::string::npos);
    const auto large = sl::long_table(std::vector<float>{0.1F, 3.5F}, one_axis(2));
    CHECK(message_of([&] {
              sl::discoveries(large, {.dimension = 127});
          }).find("at most 1 in size, found 3.5; project with") != std::string::npos);
    const auto many = sl::long_table(std::vector<float>(5000, 0.9F), one_axis(5000));
    CHECK(message_of([&] { sl::discoveries(many, {.dimension = 127}, {.memory_budget = 1000}); }) ==
          "discoveries: 5000 of 5000 rows are found and need 360000 bytes, expected at most 1000; raise "
          "execution::memory_budget, or stream them (for_each_discovery)");
    CHECK_THROWS(sl::for_each_discovery(many, {.dimension = 127}, [](const auto&) { throw 1; }));
}

TEST_CASE("discoveries that are held are handed on with their q") {
    const auto table = sl::long_table(chance_and_signals(5000, 50, 0.6F), one_axis(5000));
    const auto found = sl::discoveries(table, {.dimension = 127});
    int calls = 0;
    const auto count =
        sl::for_each_discovery(table, {.dimension = 127}, [&](const sl::discovered_rows<float>& rows) {
            ++calls;
            CHECK(rows.rows.size() == found.size());
            CHECK(rows.q.size() == found.size());
            CHECK(std::is_sorted(rows.rows.begin(), rows.rows.end()));
            const auto best =
                std::min_element(rows.log10_p.begin(), rows.log10_p.end()) - rows.log10_p.begin();
            CHECK(rows.rows[static_cast<std::size_t>(best)] == found.rows.rows()[0]);
            CHECK(rows.q[static_cast<std::size_t>(best)] == found.rows.values("q")[0]);
        });
    CHECK(calls == 1);
    CHECK(count.with_q);
    CHECK(count.tested == 5000);
    CHECK(count.log10_threshold == found.log10_threshold);
}
