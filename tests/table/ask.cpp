#include "svdlens/table/ask.hpp"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/describe.hpp"
#include "svdlens/table/ecdf.hpp"
#include "svdlens/table/group_by.hpp"
#include "svdlens/table/group_quantiles.hpp"
#include "svdlens/table/histogram.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/outside.hpp"
#include "svdlens/table/pivot.hpp"
#include "svdlens/table/quantiles.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/tails.hpp"
#include "svdlens/table/top_k.hpp"
#include "svdlens/table/value_counts.hpp"
#include "svdlens/table/where.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

namespace ag = sl::aggregates;

/// What an answer says, as bits.
using answer_bits = std::vector<std::uint64_t>;

void put(answer_bits& bits, double x) { bits.push_back(std::isnan(x) ? 1 : std::bit_cast<std::uint64_t>(x)); }
void put(answer_bits& bits, std::uint64_t x) { bits.push_back(x); }

template <class List>
void put_all(answer_bits& bits, const List& list) {
    bits.push_back(list.size());
    for (const auto& each : list) {
        if constexpr (std::floating_point<std::remove_cvref_t<decltype(each)>>)
            put(bits, static_cast<double>(each));
        else
            put(bits, static_cast<std::uint64_t>(each));
    }
}

template <class T>
answer_bits bits_of(const sl::basic_selection<T>& rows) {
    answer_bits bits;
    put_all(bits, rows.rows());
    put_all(bits, rows.scores());
    return bits;
}
template <class T>
answer_bits bits_of(const sl::basic_tails<T>& tails) {
    auto bits = bits_of(tails.rows);
    for (const auto& side : {bits_of(tails.bounds.low), bits_of(tails.bounds.high)})
        bits.insert(bits.end(), side.begin(), side.end());
    return bits;
}
answer_bits bits_of(const sl::description& d) {
    answer_bits bits{d.count, d.nan_count};
    for (const auto& [name, value] : sl::statistics(d)) put(bits, value);
    return bits;
}
answer_bits bits_of(const sl::score_histogram& h) {
    answer_bits bits{h.below, h.above, h.nan_count};
    put_all(bits, h.edges);
    put_all(bits, h.counts);
    return bits;
}
answer_bits bits_of(const std::vector<sl::value_count>& counts) {
    answer_bits bits;
    for (const auto& entry : counts) {
        put(bits, entry.group);
        put(bits, entry.count);
    }
    return bits;
}
answer_bits bits_of(const sl::score_columns& table) {
    answer_bits bits;
    put_all(bits, table.rows());
    for (std::size_t k = 0; k < table.names().size(); ++k) put_all(bits, table.values(k));
    return bits;
}
answer_bits bits_of(const sl::ecdf_steps& steps) {
    answer_bits bits{steps.count, steps.nan_count};
    put_all(bits, steps.values);
    put_all(bits, steps.shares);
    return bits;
}
template <class T>
answer_bits bits_of(const std::vector<T>& values) {
    answer_bits bits;
    put_all(bits, values);
    return bits;
}
answer_bits bits_of(std::uint64_t count) { return {count}; }

/// A list of rows that a sink was given.
struct taken_rows {
    std::vector<sl::row_number> rows;
    template <class T>
    void operator()(const sl::score_run<T>& run) {
        for (std::size_t k = 0; k < run.scores.size(); ++k) rows.push_back(run.row(k));
    }
};

/// What one is asked alone, and all together, of a source.
template <class S, class... Questions>
void check_together(const S& source, const std::vector<answer_bits>& wanted, const sl::execution& run,
                    const Questions&... questions) {
    std::size_t k = 0;
    (
        [&](const auto& question) {
            INFO("alone " << k << ", threads " << run.threads);
            CHECK(bits_of(std::get<0>(sl::ask(source, question, run))) == wanted[k++]);
        }(questions),
        ...);
    const auto together = sl::ask(source, questions..., run);
    k = 0;
    std::apply(
        [&](const auto&... answers) {
            (
                [&](const auto& answer) {
                    INFO("together " << k << ", threads " << run.threads);
                    CHECK(bits_of(answer) == wanted[k++]);
                }(answers),
                ...);
        },
        together);
}

template <class S>
std::vector<answer_bits> answers_of_verbs(const S& source) {
    return {bits_of(sl::describe(source, {0.01, 0.9})),
            bits_of(sl::find_tails(source, {.low = 0.03, .high = 0.98})),
            bits_of(sl::find_tails<sl::magnitude>(source, {.high = 0.9, .by = sl::by("head")})),
            bits_of(sl::top_k(source, 3, sl::by("head"))),
            bits_of(sl::bottom_k<sl::magnitude>(source, 7)),
            bits_of(sl::histogram(source, {.bins = 13})),
            bits_of(sl::value_counts(source, "neuron")),
            bits_of(sl::group_by(source, sl::by("head"), ag::mean{}, ag::std_dev{}, ag::abs_max{}).columns()),
            bits_of(sl::quantiles<sl::magnitude>(source, {0.2, 0.7})),
            bits_of(sl::ecdf(source, 40)),
            bits_of(sl::outside(source, {.high = 0.5})),
            bits_of(sl::group_quantiles(source, {0.25}, sl::by("neuron"))),
            bits_of(sl::count_rows(source))};
}

template <class S>
void check_questions(const S& source, const std::vector<answer_bits>& wanted, const sl::execution& run) {
    check_together(
        source, wanted, run, sl::describe({0.01, 0.9}), sl::find_tails({.low = 0.03, .high = 0.98}),
        sl::find_tails<sl::magnitude>({.high = 0.9, .by = sl::by("head")}), sl::top_k(3, sl::by("head")),
        sl::bottom_k<sl::magnitude>(7), sl::histogram({.bins = 13}), sl::value_counts("neuron"),
        sl::group_by(sl::by("head"), ag::mean{}, ag::std_dev{}, ag::abs_max{}),
        sl::quantiles<sl::magnitude>({0.2, 0.7}), sl::ecdf(40), sl::outside({.high = 0.5}),
        sl::group_quantiles({0.25}, sl::by("neuron")), sl::count_rows());
}

/// A question of one's own: which share of the scores is above a bound.
struct share_above {
    double bound;

    struct state {
        std::uint64_t above = 0, numbers = 0;
    };
    struct plan {};
    static constexpr auto order = sl::merge_order::any;
    state all = {};
    bool is_done = false;

    template <class T>
    share_above bind(const sl::asked_table<T>&) const {
        return {bound};
    }
    unsigned passes_left() const { return is_done ? 0 : 1; }
    plan begin_pass() const { return {}; }
    template <class T>
    void look(const plan&, const sl::score_block<T>& block, state& mine) const {
        for (std::size_t r = 0; r < block.runs; ++r)
            for (const T score : block.run(r).scores) {
                mine.above += static_cast<double>(score) > bound ? 1 : 0;
                mine.numbers += score == score ? 1 : 0;
            }
    }
    void merge(state& into, state& later) const {
        into.above += later.above;
        into.numbers += later.numbers;
        later = {};
    }
    void end_pass(const state& found) {
        all = found;
        is_done = true;
    }
    double result() const { return static_cast<double>(all.above) / static_cast<double>(all.numbers); }
};

/// One whose answer is a pair.
struct bound_and_share : share_above {
    template <class T>
    bound_and_share bind(const sl::asked_table<T>&) const {
        return {{bound}};
    }
    std::pair<double, double> result() const { return {bound, share_above::result()}; }
};

/// How often each block is computed.
template <class S>
class counted_source {
  public:
    using value_type = typename S::value_type;
    explicit counted_source(const S& source) : source_(source) {}
    const sl::axes& axes() const { return source_.axes(); }
    std::uint64_t max_rows() const { return source_.max_rows(); }
    std::size_t blocks() const { return source_.blocks(); }
    sl::score_block<value_type> block(std::size_t i, sl::block_buffer<value_type>& buffer) const {
        ++computed;
        return source_.block(i, buffer);
    }
    std::size_t passes() const { return computed / blocks(); }
    mutable std::atomic<std::size_t> computed{0};

  private:
    const S& source_;
};

/// The same of a source of tiles, whose scores may be kept.
template <class S>
class counted_tiles : public counted_source<S> {
  public:
    explicit counted_tiles(const S& source) : counted_source<S>(source), tiles_(source.tiles()) {}
    const sl::tiling& tiles() const { return tiles_; }

  private:
    sl::tiling tiles_;
};

} // namespace

TEMPLATE_TEST_CASE("questions asked together say what the verbs say alone", "", float, double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 611, 5);
    const auto columns = head_axes(2, 3, 611);
    for (const unsigned seed : {1U, 2U}) {
        const cut_source<TestType> cut(columns, scores, seed);
        const auto wanted = answers_of_verbs(cut);
        for (const unsigned threads : {1U, 2U, 5U}) check_questions(cut, wanted, {.threads = threads});
    }
}

TEST_CASE("lazy and stored tables with holes answer alike, to the bit, together") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 12));
    const auto stored = sl::store(lazy);
    const auto wanted = answers_of_verbs(lazy);
    for (const unsigned threads : {1U, 2U, 5U}) {
        check_questions(lazy, wanted, {.threads = threads});
        check_questions(stored, wanted, {.threads = threads});
        check_questions(sl::score_source_ref(lazy), wanted, {.threads = threads});
    }
}

TEST_CASE(
    "sums are folded in ranges: more blocks than ranges, any number of threads, with a sink or without") {
    const auto scores = awkward_scores<float>(40'000, 3);
    const cut_source<float> cut(head_axes(2, 4, 5000), scores, 9);
    REQUIRE(cut.blocks() > 2 * sl::detail::block_ranges::most);
    const auto wanted = bits_of(sl::group_by(cut, sl::by("head"), ag::sum{}, ag::std_dev{}).columns());
    const auto summary = bits_of(sl::describe(cut, {}, {.threads = 1}));
    for (const unsigned threads : {1U, 2U, 5U}) {
        const sl::execution run{.threads = threads};
        CHECK(
            bits_of(sl::group_by(cut, sl::by("head"), std::tuple{ag::sum{}, ag::std_dev{}}, run).columns()) ==
            wanted);
        taken_rows sink;
        const auto [sums, nothing, described] =
            sl::ask(cut, sl::group_by(sl::by("head"), ag::sum{}, ag::std_dev{}),
                    sl::for_each_tail({.low = 0.01}, sink), sl::describe(std::vector<double>{}), run);
        CHECK(bits_of(sums.columns()) == wanted);
        CHECK(bits_of(described) == summary);
        const auto rows = sl::find_tails(cut, {.low = 0.01}).rows;
        CHECK(sink.rows == std::vector<sl::row_number>(rows.rows().begin(), rows.rows().end()));
    }
}

TEST_CASE("an only answer that is a pair is not taken apart") {
    const auto table = sl::long_table(std::vector<float>{1, 2, 3, 4}, sl::axes({{"row", 4}}));
    const auto answers = sl::ask(table, bound_and_share{{2.5}});
    STATIC_REQUIRE(std::tuple_size_v<std::remove_const_t<decltype(answers)>> == 1);
    CHECK(std::get<0>(answers) == std::pair(2.5, 0.5));
}

TEST_CASE("blocks are cut into ranges by their number alone") {
    for (const std::size_t blocks : {0U, 1U, 7U, 255U, 256U, 257U, 511U, 1000U, 100'003U}) {
        const sl::detail::block_ranges ranges(blocks);
        CHECK(ranges.size() == std::min<std::size_t>(blocks, 256));
        CHECK(ranges.begin(0) == 0);
        CHECK(ranges.begin(ranges.size()) == blocks);
        for (std::size_t r = 0; r < ranges.size(); ++r) REQUIRE(ranges.begin(r) < ranges.end(r));
    }
}

TEST_CASE("together takes the passes of the one that needs most, and who is done no longer looks") {
    const auto table = sl::long_table(random_scores<float>(300'000, 2), head_axes(3, 10, 10'000));
    const counted_source counted(table);
    const sl::execution run{.threads = 2};
    (void)sl::ask(counted, sl::describe({0.01, 0.99}), sl::find_tails({.low = 0.001, .high = 0.999}),
                  sl::histogram({.bins = 20}), sl::top_k(5, sl::by("head")), sl::value_counts("head"), run);
    CHECK(counted.passes() == 2);
    counted.computed = 0;
    (void)sl::ask(counted, sl::top_k(5), sl::count_rows(), run);
    CHECK(counted.passes() == 1);
    counted.computed = 0;
    (void)sl::ask(counted, sl::top_k(0), run);
    CHECK(counted.passes() == 0);
}

TEST_CASE("computed scores are kept for later passes as far as the budget holds them, and say the same") {
    const auto cut = causal_scores(awkward_scores<float>(3 * 4 * 8 * 50, 21));
    const counted_tiles counted(cut);
    const std::uint64_t bytes = cut.max_rows() * sizeof(float);
    const auto wanted = answers_of_verbs(sl::store(cut));
    const auto asks = [&](std::uint64_t budget, unsigned threads) {
        counted.computed = 0;
        check_questions(counted, wanted, {.threads = threads, .memory_budget = budget});
        counted.computed = 0;
        const auto summary =
            sl::describe(counted, {0.01, 0.9}, {.threads = threads, .memory_budget = budget});
        CHECK(bits_of(summary) == wanted[0]);
        return counted.computed.load();
    };
    for (const unsigned threads : {1U, 2U, 5U}) {
        CHECK(asks(std::uint64_t{1} << 22, threads) == counted.blocks());
        CHECK(asks(bytes, threads) == counted.blocks());
        CHECK(asks(bytes - 1, threads) == counted.blocks() + 1);
        const auto of_half = asks(bytes / 2, threads);
        CHECK(of_half > counted.blocks() * 5 / 4);
        CHECK(of_half < counted.blocks() * 7 / 4);
        counted.computed = 0; // too little of them is not worth its memory
        (void)sl::describe(counted, {.threads = threads, .memory_budget = bytes / 8 - 1});
        CHECK(counted.passes() == 2);
    }
    // What groups need comes first.
    const auto groups = sl::by("target_layer", "head", "direction", "neuron");
    counted.computed = 0;
    const sl::execution run{.threads = 2, .memory_budget = bytes + 25 * cut.max_rows() - 1};
    const auto [a, b] = sl::ask(counted, sl::group_by(groups, ag::sum{}), sl::describe({0.01, 0.9}), run);
    CHECK(bits_of(b) == wanted[0]);
    CHECK(a.size() == cut.max_rows());
    CHECK(counted.computed == counted.blocks() + 1);
}

TEST_CASE("a question of one's own is asked beside the library's") {
    const auto scores = awkward_scores<float>(2 * 3 * 400, 8);
    std::uint64_t above = 0, numbers = 0;
    for (const float score : scores) {
        above += score > 0.25F ? 1 : 0;
        numbers += std::isnan(score) ? 0 : 1;
    }
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<float> cut(head_axes(2, 3, 400), scores, threads);
        const auto [share, summary] =
            sl::ask(cut, share_above{0.25}, sl::describe({0.5}), sl::execution{.threads = threads});
        CHECK(share == static_cast<double>(above) / static_cast<double>(numbers));
        CHECK(summary.count == numbers);
    }
}

TEST_CASE("what the budget does not hold together is asked one after the other, never refused") {
    const auto table = sl::long_table(random_scores<float>(2000, 2), head_axes(2, 10, 100));
    const counted_source counted(table);
    const auto groups = sl::by("head", "neuron");
    const auto alone = bits_of(sl::group_by(table, groups, ag::sum{}).columns());
    const std::uint64_t enough = 2000 * 25;
    const sl::execution run{.threads = 2, .memory_budget = enough};
    const auto [a, b, c] = sl::ask(counted, sl::group_by(groups, ag::sum{}), sl::group_by(groups, ag::sum{}),
                                   sl::count_rows(), run);
    CHECK(bits_of(a.columns()) == alone);
    CHECK(bits_of(b.columns()) == alone);
    CHECK(c == 2000);
    CHECK(counted.passes() == 2);
    REQUIRE_THROWS_AS(sl::ask(table, sl::count_rows(), sl::group_by(groups, ag::sum{}),
                              sl::execution{.memory_budget = enough - 1}),
                      sl::argument_error);
}

TEST_CASE("progress runs once through all passes, and a stop is answered within a block") {
    const auto table = sl::long_table(random_scores<float>(300'000, 2), head_axes(3, 10, 10'000));
    std::vector<std::uint64_t> done;
    std::atomic<bool> stop{false};
    sl::execution run{.threads = 2, .progress = [&](const sl::progress_report& report) {
                          CHECK(report.total == 300'000);
                          done.push_back(report.done);
                      }};
    (void)sl::ask(table, sl::describe({0.01}), sl::find_tails({.low = 0.4}), sl::top_k(3), run);
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(done.back() == 300'000);
    std::size_t reports = 0;
    run.stop = &stop;
    run.progress = [&](const sl::progress_report&) {
        ++reports;
        stop = true;
    };
    REQUIRE_THROWS_AS(sl::ask(table, sl::describe({0.01}), sl::top_k(3), run), sl::cancelled_error);
    CHECK(reports <= 2);
}

TEST_CASE("memory goes with the groups that occur, not with those that could") {
    const std::uint64_t wide = 70'000;
    const sl::axes table({{"a", wide}, {"b", wide}});
    const sl::selection rows(table, {5, wide * 69'999 + 3, wide * 2 + 69'999}, {1.5F, -2, 4});
    const auto lazy = sl::where(sl::score_source_ref(rows), sl::score() > -9.0);
    const sl::execution run{.threads = 2, .memory_budget = 1 << 20};
    const auto check = [&](const auto& source) {
        const auto sums = sl::group_by(source, sl::by("a", "b"), ag::sum{}, run);
        REQUIRE(sums.size() == 3);
        CHECK(sums.rows()[1] == wide * 2 + 69'999);
        CHECK(sums.columns().values(0)[2] == -2);
        const auto cells = sl::pivot(source, sl::by("a"), sl::by("b"), ag::single{}, run);
        CHECK(cells.row_count() == 3);
        CHECK(cells.column_count() == 3);
        CHECK(cells(0, 1) == 1.5);
        CHECK(cells(1, 2) == 4);
        CHECK(cells.has(2, 0));
        CHECK_FALSE(cells.has(0, 0));
        const auto best = sl::top_k(source, 2, sl::by("a", "b"), run);
        CHECK(best.size() == 3);
        CHECK(sl::value_counts(source, sl::by("a", "b"), run).size() == 3);
    };
    check(rows);
    check(lazy);
    REQUIRE_THROWS_AS(sl::group_by(rows, sl::by("a", "b"), ag::sum{}, {.memory_budget = 60}),
                      sl::argument_error);
    REQUIRE_THROWS_AS(sl::group_by(lazy, sl::by("a", "b"), ag::sum{}, {.memory_budget = 60}),
                      sl::argument_error);
}
