#include "svdlens/table/tails.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/group_quantiles.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/outside.hpp"
#include "svdlens/table/quantiles.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/top_k.hpp"
#include "svdlens/table/where.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

bool same_table(const sl::basic_selection<double>& a, const sl::basic_selection<double>& b) {
    return std::equal(a.rows().begin(), a.rows().end(), b.rows().begin(), b.rows().end()) &&
           std::equal(a.scores().begin(), a.scores().end(), b.scores().begin(), b.scores().end(),
                      same<double>);
}

bool same_bounds(const sl::tail_bounds& a, const sl::tail_bounds& b) {
    return same_table(a.low, b.low) && same_table(a.high, b.high);
}

template <class T>
bool same_tails(const sl::basic_tails<T>& a, const sl::basic_tails<T>& b) {
    return same_bounds(a.bounds, b.bounds) &&
           std::equal(a.rows.rows().begin(), a.rows.rows().end(), b.rows.rows().begin(),
                      b.rows.rows().end()) &&
           std::equal(a.rows.scores().begin(), a.rows.scores().end(), b.rows.scores().begin(),
                      b.rows.scores().end());
}

/// Counts the blocks that are asked for, and does something at one of them.
template <class S, class At>
class watched_source {
  public:
    using value_type = typename S::value_type;

    watched_source(const S& source, At at) : source_(source), at_(at) {}

    const svdlens::axes& axes() const { return source_.axes(); }
    std::uint64_t max_rows() const { return source_.max_rows(); }
    std::size_t blocks() const { return source_.blocks(); }
    sl::score_block<value_type> block(std::size_t i, sl::block_buffer<value_type>& buffer) const {
        at_(calls_++);
        return source_.block(i, buffer);
    }
    std::size_t calls() const { return calls_; }

  private:
    const S& source_;
    At at_;
    mutable std::atomic<std::size_t> calls_{0};
};

} // namespace

TEST_CASE("thresholds are the quantiles and rows those outside them, stored or computed") {
    const auto lazy = causal_scores(awkward_scores<float>(3 * 4 * 8 * 50, 4));
    const auto stored = sl::store(lazy);
    for (const auto& wanted : {sl::tail_options{.low = 0.04, .high = 0.97},
                               {.low = 0.3},
                               {.high = 0.9},
                               {.low = 0.5, .high = 0.5}}) {
        const auto expected = sl::find_tails(stored, wanted, {.threads = 1});
        const auto bounds = expected.bounds.whole();
        if (wanted.low) CHECK(bounds.low == sl::quantiles(stored, {*wanted.low})[0] + 0.0);
        if (wanted.high) CHECK(bounds.high == sl::quantiles(stored, {*wanted.high})[0] + 0.0);
        CHECK(std::isnan(bounds.low) == !wanted.low.has_value());
        const auto outside = sl::outside(stored, bounds);
        CHECK(std::equal(outside.rows().begin(), outside.rows().end(), expected.rows.rows().begin(),
                         expected.rows.rows().end()));
        for (const unsigned threads : {1U, 2U, 5U}) {
            CHECK(same_tails(sl::find_tails(lazy, wanted, {.threads = threads}), expected));
            CHECK(same_tails(sl::find_tails(stored, wanted, {.threads = threads}), expected));
        }
        CHECK(same_tails(sl::find_tails<sl::magnitude>(lazy, wanted),
                         sl::find_tails<sl::magnitude>(stored, wanted)));
    }
}

TEST_CASE("narrow tails of computed scores take one pass, wide ones two") {
    const cut_source<float> cut(head_axes(2, 10, 3000), random_scores<float>(60000, 8), 3);
    const auto passes = [&](const sl::tail_options& wanted) {
        const watched_source watched(cut, [](std::size_t) {});
        const auto found = sl::find_tails(watched, wanted, {.threads = 2});
        CHECK(same_tails(found, sl::find_tails(sl::collect(cut), wanted)));
        CHECK(watched.calls() % cut.blocks() == 0);
        return watched.calls() / cut.blocks();
    };
    CHECK(passes({.low = 0.01, .high = 0.99}) == 1);
    CHECK(passes({.high = 0.9}) == 1);
    CHECK(passes({.low = 0.2, .high = 0.8}) == 2);
}

TEST_CASE("tails over the budget are refused, and the message names the bytes") {
    const cut_source<float> cut(head_axes(2, 10, 3000), random_scores<float>(60000, 8), 3);
    const auto message = message_of(
        [&] { (void)sl::find_tails(cut, {.low = 0.01, .high = 0.99}, {.memory_budget = 20'000}); });
    CHECK(message.find("1200 rows need 57600 bytes") != std::string::npos);
    CHECK(message.find("20000") != std::string::npos);
    // Where all scores are equal nothing is beyond them, and nothing is refused.
    const cut_source<float> equal(head_axes(2, 10, 3000), std::vector<float>(60000, 2.0F), 3);
    const auto none = sl::find_tails(equal, {.low = 0.01, .high = 0.99}, {.memory_budget = 0});
    CHECK(none.rows.empty());
    CHECK(none.bounds.whole().low == 2);
    CHECK(none.bounds.whole().high == 2);
}

TEST_CASE("probabilities are checked") {
    const auto table = sl::long_table(std::vector<float>{1, 2}, sl::axes({{"row", 2}}));
    CHECK_THROWS_AS(sl::find_tails(table, {.low = -0.1}), sl::argument_error);
    CHECK_THROWS_AS(sl::find_tails(table, {.high = 1.1}), sl::argument_error);
    CHECK_THROWS_AS(sl::find_tails(table, {.low = 0.6, .high = 0.4}), sl::argument_error);
    CHECK(sl::find_tails(table, {}).rows.empty());
}

TEST_CASE("what a source throws reaches the caller once, and work ends") {
    const cut_source<float> cut(head_axes(2, 10, 3000), random_scores<float>(60000, 9), 5);
    for (const unsigned threads : {1U, 2U, 5U}) {
        const watched_source failing(cut, [](std::size_t call) {
            if (call == 7) throw std::runtime_error("no more");
        });
        CHECK_THROWS_AS(sl::find_tails(failing, {.low = 0.01}, {.threads = threads}), std::runtime_error);
        CHECK(failing.calls() < 100);
        const watched_source greedy(cut, [](std::size_t call) {
            if (call == 7) throw std::bad_alloc();
        });
        CHECK_THROWS_AS(sl::find_tails(greedy, {.high = 0.9}, {.threads = threads}), std::bad_alloc);
    }
}

TEST_CASE("a stop ends the search for tails within a block") {
    const cut_source<float> cut(head_axes(2, 10, 3000), random_scores<float>(60000, 9), 5);
    for (const unsigned threads : {1U, 2U, 5U}) {
        std::atomic<bool> stop{false};
        const watched_source watched(cut, [&](std::size_t call) {
            if (call == 20) stop = true;
        });
        CHECK_THROWS_AS(sl::find_tails(watched, {.low = 0.01}, {.threads = threads, .stop = &stop}),
                        sl::cancelled_error);
        CHECK(watched.calls() <= 21 + threads);
    }
}

TEST_CASE("tails of ten million rows are those of sorting them") {
    const std::size_t count = 10'000'019;
    std::vector<float> scores(count);
    std::uint64_t state = 1;
    for (auto& score : scores) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const auto bits = static_cast<std::uint32_t>(state >> 32);
        score = static_cast<float>(static_cast<double>(bits % 4'000'037) / 1e6 - 2); // many ties
        if (bits % 1009 == 0) score = std::numeric_limits<float>::quiet_NaN();
        if (bits % 50021 == 0)
            score = (bits % 2 == 0 ? 1.0F : -1.0F) * std::numeric_limits<float>::infinity();
    }
    std::vector<float> sorted;
    for (const float x : scores)
        if (x == x) sorted.push_back(x);
    std::sort(sorted.begin(), sorted.end());
    const auto quantile = [&](double p) {
        const double h = static_cast<double>(sorted.size() - 1) * p;
        const auto rank = static_cast<std::size_t>(h);
        const double a = static_cast<double>(sorted[rank]), b = static_cast<double>(sorted[rank + 1]);
        return sl::detail::interpolate(a, b, h - static_cast<double>(rank));
    };
    const auto table = sl::long_table(scores, sl::axes({{"row", count}}));
    const auto found = sl::find_tails(sl::score_source_ref(table), {.low = 0.001, .high = 0.999});
    const auto bounds = found.bounds.whole();
    CHECK(bounds.low == quantile(0.001));
    CHECK(bounds.high == quantile(0.999));
    std::vector<sl::row_number> expected;
    for (std::size_t row = 0; row < count; ++row)
        if (static_cast<double>(scores[row]) < bounds.low || static_cast<double>(scores[row]) > bounds.high)
            expected.push_back(row);
    CHECK(std::equal(found.rows.rows().begin(), found.rows.rows().end(), expected.begin(), expected.end()));
    CHECK(same_tails(found, sl::find_tails(table, {.low = 0.001, .high = 0.999})));
    const std::vector<double> shares{0.01, 0.25, 0.5, 0.9, 0.9999};
    const auto quantiles = sl::quantiles(table, shares);
    for (std::size_t k = 0; k < shares.size(); ++k) CHECK(quantiles[k] == quantile(shares[k]));
}

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// Gathers what it is handed, and the longest run.
struct gathering {
    std::vector<sl::row_number> rows;
    std::vector<float> scores;
    std::size_t longest = 0;
    std::size_t calls = 0;

    void operator()(const sl::score_run<float>& run) {
        for (std::size_t k = 0; k < run.scores.size(); ++k) rows.push_back(run.row(k));
        scores.insert(scores.end(), run.scores.begin(), run.scores.end());
        longest = (std::max)(longest, run.scores.size());
        ++calls;
    }
    bool has(const sl::selection& expected) const {
        return std::equal(rows.begin(), rows.end(), expected.rows().begin(), expected.rows().end()) &&
               std::equal(scores.begin(), scores.end(), expected.scores().begin(), expected.scores().end());
    }
};

template <class S>
void check_stream(const S& source) {
    for (const unsigned threads : {1U, 2U, 5U}) {
        gathering found, strong;
        sl::for_each_outside(source, {.low = -0.6, .high = 0.9}, found, {.threads = threads});
        CHECK(found.has(sl::outside(source, {.low = -0.6, .high = 0.9})));
        sl::for_each_outside<sl::magnitude>(source, {.low = 0.1, .high = 0.9}, strong, {.threads = threads});
        CHECK(strong.has(sl::outside<sl::magnitude>(source, {.low = 0.1, .high = 0.9})));
        CHECK(!found.rows.empty());
    }
}

} // namespace

TEST_CASE("rows are handed on in row order whatever the source") {
    const auto tiles = causal_scores(awkward_scores<float>(3 * 4 * 8 * 50, 4));
    check_stream(tiles);
    check_stream(sl::store(tiles));
    check_stream(sl::where(tiles, sl::column("head") != 1 && sl::column("neuron") > 10));
    const auto scores = awkward_scores<float>(150000, 5);
    check_stream(sl::long_table(scores, sl::axes({{"row", 150000}})));
    check_stream(cut_source<float>(head_axes(1, 1, 150000), scores, 3)); // without bands
    check_stream(sl::top_k(tiles, 200));
}

TEST_CASE("no more than a band of rows is held") {
    const auto tiles = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 4));
    gathering all;
    sl::for_each_outside(tiles, {.low = 0, .high = 0}, all);
    CHECK(all.rows.size() > 3000);
    CHECK(all.longest <= 6 * 50);
    CHECK(all.calls == 13);
    gathering none;
    sl::for_each_outside(tiles, {.low = -100, .high = 100}, none);
    CHECK(none.calls == 0);
}

TEST_CASE("tails are streamed with the bounds that find_tails finds, within the budget and beyond it") {
    const auto tiles = causal_scores(awkward_scores<float>(3 * 4 * 8 * 50, 7));
    for (const double p : {0.0, 0.01, 0.2, 0.5}) {
        const auto expected = sl::find_tails(tiles, {.low = p, .high = 1 - p});
        for (const std::uint64_t budget : {std::uint64_t{0}, std::uint64_t{1} << 30}) {
            gathering found;
            const auto bounds = sl::for_each_tail(tiles, {.low = p, .high = 1 - p}, found,
                                                  {.threads = 2, .memory_budget = budget});
            CHECK(found.has(expected.rows));
            CHECK(same_bounds(bounds, expected.bounds));
        }
    }
    gathering strong;
    const auto bounds = sl::for_each_tail<sl::magnitude>(tiles, {.high = 0.9}, strong).whole();
    CHECK(strong.has(sl::find_tails<sl::magnitude>(tiles, {.high = 0.9}).rows));
    CHECK(std::isnan(bounds.low));
    CHECK(!std::isnan(bounds.high));
}

TEST_CASE("what a sink throws reaches the caller once") {
    const auto tiles = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 4));
    for (const unsigned threads : {1U, 2U, 5U}) {
        int calls = 0;
        const auto sink = [&](const sl::score_run<float>&) {
            if (++calls == 3) throw std::runtime_error("full");
        };
        CHECK_THROWS_AS(sl::for_each_outside(tiles, {.low = 0, .high = 0}, sink, {.threads = threads}),
                        std::runtime_error);
        CHECK(calls == 3);
    }
}

TEST_CASE("a sink that asks for a stop is called no more") {
    const auto tiles = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 4));
    for (const unsigned threads : {1U, 2U}) {
        std::atomic<bool> stop{false};
        int calls = 0;
        const auto sink = [&](const sl::score_run<float>&) {
            ++calls;
            stop = true;
        };
        CHECK_THROWS_AS(
            sl::for_each_outside(tiles, {.low = 0, .high = 0}, sink, {.threads = threads, .stop = &stop}),
            sl::cancelled_error);
        CHECK(calls < 13);
    }
}

TEST_CASE("a progress that counts rows ascends through a stream of wide tails") {
    const auto tiles = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 4));
    std::vector<std::uint64_t> done;
    gathering found;
    sl::for_each_tail(tiles, {.low = 0.3, .high = 0.7}, found,
                      {.threads = 2, .memory_budget = 0, .progress = [&](const sl::progress_report& report) {
                           done.push_back(report.done);
                       }});
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(done.back() == tiles.max_rows());
}

TEMPLATE_TEST_CASE("tails of groups are beyond the quantiles of their group, in memory and streamed", "",
                   sl::signed_score, sl::magnitude) {
    const auto scores = awkward_scores<float>(3 * 4 * 80, 28);
    const auto columns = head_axes(3, 4, 80);
    const auto table = sl::long_table(scores, columns);
    for (const auto& names : {sl::by("head"), sl::by("neuron"), sl::by("layer", "neuron")}) {
        const sl::tail_options wanted{.low = 0.1, .high = 0.9, .by = names};
        const auto expected = sl::find_tails<TestType>(table, wanted, {.threads = 1});
        const auto low = sl::group_quantiles<TestType>(table, {0.1, 0.9}, names);
        CHECK(expected.bounds.low.axes().rank() == low.axes().rank());
        CHECK(std::equal(low.rows().begin(), low.rows().end(), expected.bounds.low.rows().begin(),
                         expected.bounds.low.rows().end()));
        const sl::detail::grouping groups(columns, names);
        std::vector<sl::row_number> beyond;
        for (std::size_t row = 0; row < scores.size(); ++row) {
            const auto group = static_cast<std::size_t>(groups.group(row));
            const auto key = static_cast<double>(TestType{}(scores[row]));
            if (key < low.values(0)[group] || key > low.values(1)[group]) beyond.push_back(row);
        }
        CHECK(std::equal(beyond.begin(), beyond.end(), expected.rows.rows().begin(),
                         expected.rows.rows().end()));
        for (const unsigned threads : {1U, 2U, 5U}) {
            const sl::execution run{.threads = threads, .memory_budget = 100'000};
            const cut_source<float> cut(columns, scores, threads);
            CHECK(same_tails(sl::find_tails<TestType>(cut, wanted, run), expected));
            gathering of_table, of_cut;
            CHECK(same_bounds(sl::for_each_tail<TestType>(table, wanted, of_table, run), expected.bounds));
            CHECK(same_bounds(sl::for_each_tail<TestType>(cut, wanted, of_cut, run), expected.bounds));
            CHECK(of_table.has(expected.rows));
            CHECK(of_cut.has(expected.rows));
        }
    }
}

TEST_CASE("bounds of groups: those with rows, NaN without a number or a side, one zero") {
    const auto table = sl::long_table(std::vector<float>{NAN, NAN, -0.0F, -0.0F, 1, 3}, head_axes(1, 3, 2));
    const auto found = sl::find_tails(table, {.high = 0.5, .by = sl::by("head")});
    CHECK(found.bounds.low.size() == 3);
    CHECK(std::isnan(found.bounds.low.score_at(1)));
    CHECK(std::isnan(found.bounds.high.score_at(0)));
    CHECK_FALSE(std::signbit(found.bounds.high.score_at(1)));
    CHECK(found.bounds.high.score_at(2) == 2);
    CHECK(found.bounds.high.axes().label(2, "head") == table.axes().label(4, "head"));
    CHECK(found.rows.size() == 1);
    CHECK_THROWS_AS(found.bounds.whole(), sl::argument_error);
    const auto some =
        sl::find_tails(sl::where(table, sl::axis_index("head") == 2), {.low = 0.5, .by = sl::by("head")});
    REQUIRE(some.bounds.low.size() == 1);
    CHECK(some.bounds.low.row_at(0) == 2);
    CHECK(some.rows.row_at(0) == 4);
    const auto none = sl::find_tails(table, {.by = sl::by("head")});
    CHECK(none.rows.empty());
    CHECK(std::isnan(none.bounds.high.score_at(2)));
}

TEST_CASE("the whole table is one group, of no column") {
    const auto table = sl::long_table(awkward_scores<float>(3 * 4 * 80, 28), head_axes(3, 4, 80));
    const auto whole = sl::find_tails(table, {.low = 0.1, .high = 0.9});
    CHECK(same_tails(sl::find_tails(table, {.low = 0.1, .high = 0.9, .by = sl::by()}), whole));
    CHECK(whole.bounds.low.size() == 1);
    CHECK(whole.bounds.low.axes().rank() == 0);
    const auto nothing =
        sl::find_tails(sl::long_table(std::vector<float>{}, sl::axes({sl::axis("row", 0)})), {.low = 0.1});
    CHECK(std::isnan(nothing.bounds.whole().low));
}

TEST_CASE("tails of groups are refused as group quantiles are") {
    const auto table = sl::long_table(std::vector<float>(1000, 1.0F), head_axes(1, 2, 500));
    gathering found;
    const auto message = message_of(
        [&] { (void)sl::find_tails(table, {.low = 0.5, .by = sl::by("head")}, {.memory_budget = 2081}); });
    CHECK(message.find("tails: the 500 scores of one group") == 0);
    CHECK(message.find("raise execution::memory_budget") != std::string::npos);
    CHECK_THROWS_AS(
        sl::for_each_tail(table, {.low = 0.5, .by = sl::by("head")}, found, {.memory_budget = 2081}),
        sl::argument_error);
    CHECK_THROWS_AS(sl::for_each_tail(table, {.low = 0.5, .by = sl::by("nothing")}, found), sl::lookup_error);
    CHECK_THROWS_AS(sl::for_each_tail(table, {.low = 0.6, .high = 0.4, .by = sl::by("head")}, found),
                    sl::argument_error);
    CHECK(found.calls == 0);
}
