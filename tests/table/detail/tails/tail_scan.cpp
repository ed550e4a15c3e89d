#include "svdlens/table/detail/tails/tail_scan.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "support/rows_of.hpp"
#include "svdlens/table/detail/ask/question_loop.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/where.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// By sorting everything: pandas' linear quantile and the rows strictly beyond.
template <class T, class Key>
struct by_sorting {
    double low = not_a_number;
    double high = not_a_number;
    rows beyond;

    by_sorting(const std::vector<T>& scores, const sl::tail_options& wanted) {
        std::vector<T> sorted;
        for (const T x : scores)
            if (x == x) sorted.push_back(Key{}(x));
        std::sort(sorted.begin(), sorted.end());
        if (sorted.empty()) return;
        if (wanted.low) low = quantile(sorted, *wanted.low);
        if (wanted.high) high = quantile(sorted, *wanted.high);
        for (std::size_t row = 0; row < scores.size(); ++row) {
            const auto key = static_cast<double>(Key{}(scores[row]));
            if (key < low || key > high) beyond.push_back(row);
        }
    }

    static double quantile(const std::vector<T>& sorted, double p) {
        const double h = static_cast<double>(sorted.size() - 1) * p;
        const auto rank = static_cast<std::size_t>(h);
        if (rank + 1 >= sorted.size()) return static_cast<double>(sorted.back());
        const double a = static_cast<double>(sorted[rank]), b = static_cast<double>(sorted[rank + 1]);
        const double share = h - static_cast<double>(rank);
        if (share == 0 || a == b) return a;
        if (std::isinf(a) || std::isinf(b)) return a + b;
        return share >= 0.5 ? b - (b - a) * (1 - share) : a + (b - a) * share;
    }
};

bool nearly_same(double a, double b) {
    return (std::isnan(a) && std::isnan(b)) || a == b ||
           std::abs(a - b) <= 4 * std::numeric_limits<double>::epsilon() * std::abs(b);
}

const std::vector<sl::tail_options>& options() {
    static const std::vector<sl::tail_options> list{{.low = 0.03, .high = 0.96},
                                                    {.low = 0.0, .high = 1.0},
                                                    {.low = 1.0, .high = 1.0},
                                                    {.low = 0.0, .high = 0.0},
                                                    {.low = 0.5, .high = 0.5},
                                                    {.low = 0.6, .high = 0.7},
                                                    {.low = 0.4},
                                                    {.high = 0.4},
                                                    {.high = 0.99},
                                                    {.low = 0.01},
                                                    {},
                                                    {.low = 0.3333333, .high = 0.77777}};
    return list;
}

/// The tails in one pass, whatever the source and the tails are.
template <class T, class Key>
struct scan_question {
    using state = sl::detail::tail_candidates<T>;
    struct plan {};
    static constexpr auto order = sl::merge_order::any;

    sl::tail_options wanted;
    std::unique_ptr<sl::detail::tail_scan<T, Key>> tails;
    bool is_done = false;

    unsigned passes_left() const { return is_done ? 0 : 1; }
    plan begin_pass() const { return {}; }
    void look(const plan&, const sl::score_block<T>& block, state& mine) const { tails->scan(block, mine); }
    void merge(state&, state& later) const { tails->hand_over(later); }
    void end_pass(state&) { is_done = true; }
    auto result() { return tails->take(wanted); }
};

template <class Key, class S>
auto scan_tails(const S& source, const sl::tail_options& wanted, const sl::execution& run) {
    using T = typename S::value_type;
    const sl::detail::tail_sizes sizes(source.max_rows(), wanted);
    scan_question<T, Key> question{wanted, std::make_unique<sl::detail::tail_scan<T, Key>>(sizes)};
    return sl::detail::answer(sl::score_source_ref<T>(source), question, run);
}

template <class Key, class S, class T>
void check_scan(const S& source, const std::vector<T>& scores, const sl::execution& run) {
    for (const auto& wanted : options()) {
        INFO(wanted.low.value_or(-1) << " " << wanted.high.value_or(-1) << " threads " << run.threads);
        const by_sorting<T, Key> expected(scores, wanted);
        auto found = scan_tails<Key>(source, wanted, run);
        sl::detail::sort_rows(found.rows);
        CHECK(nearly_same(found.bounds.low, expected.low));
        CHECK(nearly_same(found.bounds.high, expected.high));
        REQUIRE(found.rows.rows == expected.beyond);
        bool scores_are_theirs = true;
        for (std::size_t k = 0; k < found.rows.size(); ++k)
            scores_are_theirs &= found.rows.scores[k] == scores[static_cast<std::size_t>(found.rows.rows[k])];
        CHECK(scores_are_theirs);
    }
}

} // namespace

TEMPLATE_TEST_CASE("one pass finds what sorting finds, for any cut and number of threads", "", float,
                   double) {
    const auto scores = awkward_scores<TestType>(2 * 3 * 977, 15);
    const auto columns = head_axes(2, 3, 977);
    for (const unsigned threads : {1U, 2U, 5U}) {
        const cut_source<TestType> cut(columns, scores, threads);
        check_scan<sl::signed_score>(cut, scores, {.threads = threads});
        check_scan<sl::magnitude>(cut, scores, {.threads = threads});
    }
}

TEST_CASE("one pass finds the tails of a handful of scores, and of none") {
    constexpr float infinite = std::numeric_limits<float>::infinity(),
                    nan = std::numeric_limits<float>::quiet_NaN();
    for (const std::vector<float>& scores : {std::vector<float>{},
                                             {1},
                                             {nan},
                                             {nan, nan, nan},
                                             {2, 1},
                                             {1, 1, 1},
                                             {-infinite, 1, 2, nan, infinite, -infinite},
                                             {infinite, infinite},
                                             {-infinite, -infinite, infinite},
                                             {0.0F, -0.0F, 0.0F, -0.0F},
                                             {nan, 3, nan, 4, nan}}) {
        const auto table = sl::long_table(scores, sl::axes({sl::axis("row", scores.size())}));
        check_scan<sl::signed_score>(table, scores, {.threads = 1});
        check_scan<sl::magnitude>(table, scores, {.threads = 2});
    }
}

TEST_CASE("one pass over fewer rows than the source promises") {
    auto scores = awkward_scores<float>(2 * 3 * 1700, 16);
    const auto columns = head_axes(2, 3, 1700);
    const auto table = sl::long_table(scores, columns);
    for (const double least : {-9.0, -1.0, 0.0, 1.5, 9.0}) {
        const auto some = sl::where(sl::score_source_ref(table), sl::score() > least);
        auto left = scores; // of the rows that are left out nothing but NaN remains
        for (auto& x : left)
            if (!(static_cast<double>(x) > least)) x = std::numeric_limits<float>::quiet_NaN();
        check_scan<sl::signed_score>(some, left, {.threads = 2});
    }
}

TEMPLATE_TEST_CASE("the order in which scores go by does not matter to one pass", "", float, double) {
    const std::size_t count = 120000;
    auto scores = random_scores<TestType>(count, 27);
    const auto shape = GENERATE(0, 1, 2, 3, 4, 5, 6);
    if (shape == 1) std::sort(scores.begin(), scores.end());
    if (shape == 2) std::sort(scores.rbegin(), scores.rend());
    if (shape == 3)
        std::sort(scores.begin(), scores.end(), [](auto a, auto b) { return std::abs(a) < std::abs(b); });
    for (std::size_t k = 0; k < count; ++k) {
        if (shape == 4) scores[k] = TestType(0.125);
        if (shape == 5) scores[k] = static_cast<TestType>(k * 7919 % 5);
        if (shape == 6) scores[k] = 1 + scores[k] / 100000;
    }
    INFO(shape);
    const auto table = sl::long_table(scores, sl::axes({{"row", count}}));
    check_scan<sl::signed_score>(table, scores, {.threads = 2});
}

TEST_CASE("the rows that decide the tails of most scores are enough for fewer") {
    for (std::uint64_t most = 1; most < 90; ++most)
        for (const double p : {0.0, 0.001, 0.1, 1 / 3.0, 0.5, 0.7, 0.9, 0.999, 1 - 0x1p-53, 1.0}) {
            const sl::detail::tail_sizes sizes(most, {.low = p, .high = p});
            bool enough = true;
            for (std::uint64_t n = 1; n <= most; ++n) {
                const auto place = sl::detail::find_place(n, p, sl::quantile_rule::linear);
                enough &= place.high < sizes.low && n - 1 - place.low < sizes.high;
            }
            CHECK(enough);
        }
    const sl::detail::tail_sizes both(184'025'088, {.low = 0.001, .high = 0.999});
    CHECK(both.low == 184'027);
    CHECK(both.high == 184'028);
    CHECK(sl::detail::tail_sizes(100, {}).high == 0);
}

TEST_CASE("a zero bound is +0 whichever zero came first") {
    const std::vector<float> scores{-0.0F, 0.0F, -0.0F, 1};
    for (const float first : {-0.0F, 0.0F}) {
        auto turned = scores;
        turned[0] = first;
        const auto table = sl::long_table(turned, sl::axes({{"row", 4}}));
        const sl::tail_options wanted{.low = 0.0, .high = 0.1};
        const auto found = scan_tails<sl::signed_score>(table, wanted, {});
        CHECK_FALSE(std::signbit(found.bounds.low));
        CHECK_FALSE(std::signbit(found.bounds.high));
    }
}
