#include "svdlens/table/map_scores.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/describe.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/score_key.hpp"
#include "svdlens/table/selection.hpp"
#include "svdlens/table/top_k.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

struct twice_as_double {
    double operator()(float score) const { return 2.0 * score; }
};
struct row_plus_score {
    double operator()(sl::row_number row, double score) const { return static_cast<double>(row) + score; }
};
struct is_odd {
    bool operator()(sl::row_number row, double) const { return row % 2 == 1; }
};

/// Whether two scores are the same bits, or both NaN.
template <class T>
bool same_bits(T a, T b) {
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

/// Whether a mapped source has the source's blocks, rows and cuts, with `f(row, score)` as scores.
template <class S, class M, class F>
bool maps(const S& source, const M& mapped, F f) {
    using R = typename M::value_type;
    sl::block_buffer<typename S::value_type> before;
    sl::block_buffer<R> after;
    if (source.blocks() != mapped.blocks() || source.max_rows() != mapped.max_rows()) return false;
    for (const std::size_t turn :
         {std::size_t{0}, std::size_t{1}}) // also with buffers that were used for other blocks
        for (std::size_t i = 0; i < source.blocks(); ++i) {
            const std::size_t at = turn == 0 ? i : source.blocks() - 1 - i;
            const auto a = source.block(at, before);
            const auto b = mapped.block(at, after);
            if (a.runs != b.runs || a.width != b.width) return false;
            for (std::size_t r = 0; r < a.runs; ++r)
                for (std::size_t k = 0; k < a.width; ++k) {
                    const auto row = a.run(r).row(k);
                    if (b.run(r).row(k) != row) return false;
                    if (!same_bits(b.run(r).scores[k], static_cast<R>(f(row, a.run(r).scores[k]))))
                        return false;
                }
        }
    return true;
}

} // namespace

TEMPLATE_TEST_CASE("mapped scores have the source's blocks and rows", "", float, double) {
    const auto scores = awkward_scores<TestType>(3 * 4 * 8 * 50, 4);
    const auto absolute = [](auto, auto score) { return std::abs(score); };
    const auto negative = [](auto, auto score) { return -score; };
    const auto shifted = [](auto row, auto score) { return static_cast<double>(row) + score; };
    const auto check = [&](const auto& source) {
        CHECK(maps(source, sl::map_scores(source, sl::magnitude{}), absolute));
        CHECK(maps(source, sl::map_scores(source, [](TestType x) { return -x; }), negative));
        CHECK(maps(source, sl::map_scores(source, row_plus_score{}), shifted));
        CHECK(maps(source, sl::map_scores(sl::map_scores(source, row_plus_score{}), sl::magnitude{}),
                   [&](auto row, auto score) { return std::abs(shifted(row, score)); }));
    };
    const auto lazy = causal_scores(scores);
    check(lazy);
    check(sl::store(lazy));
    check(sl::collect(lazy));
    check(sl::bottom_k(lazy, 90));
    check(cut_source<TestType>(sl::axes({{"row", scores.size()}}), scores, 3));
    check(sl::long_table(std::vector<TestType>{}, sl::axes({sl::axis("row", 0)})));
    check(sl::long_table(std::vector<TestType>{-2}, sl::axes({{"row", 1}})));
}

TEST_CASE("what the function returns is the type of the scores, flags and counts become the source's") {
    const auto table = sl::long_table(std::vector<float>{1, -2, 3}, sl::axes({{"row", 3}}));
    const auto twice = sl::map_scores(table, twice_as_double{});
    const auto odd = sl::map_scores(table, is_odd{});
    const auto count = sl::map_scores(table, [](float x) { return static_cast<int>(x); });
    static_assert(std::is_same_v<decltype(twice)::value_type, double>);
    static_assert(std::is_same_v<decltype(odd)::value_type, float>);
    static_assert(std::is_same_v<decltype(count)::value_type, float>);
    CHECK(twice.score_at(1) == -4);
    CHECK(odd.score_at(1) == 1);
    CHECK(odd.score_at(2) == 0);
    CHECK(count.score_at(1) == -2);
}

TEST_CASE("a function that fits no score is no score function") {
    static_assert(sl::detail::score_function<sl::magnitude, float>);
    static_assert(sl::detail::score_function<is_odd, double>);
    static_assert(!sl::detail::score_function<int, float>);
    const auto text = [](float) { return "text"; };
    static_assert(!sl::detail::score_function<decltype(text), float>);
    SUCCEED();
}

TEST_CASE("mapped tables and selections are stored and tiled as their sources are") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 9));
    const auto mapped = sl::map_scores(lazy, twice_as_double{});
    static_assert(sl::tiled_source<decltype(mapped)>);
    static_assert(!sl::stored_source<decltype(mapped)>);
    const auto table = sl::store(mapped, {.threads = 3});
    const auto stored = sl::map_scores(sl::store(lazy), twice_as_double{});
    static_assert(sl::stored_source<decltype(stored)> && sl::tiled_source<decltype(stored)>);
    static_assert(!sl::tiled_source<sl::mapped_scores<sl::selection, sl::magnitude>>);
    REQUIRE(table.size() == stored.size());
    CHECK_FALSE(stored.empty());
    for (std::size_t k = 0; k < table.size(); ++k) {
        REQUIRE(table.row_at(k) == stored.row_at(k));
        REQUIRE(table.score_at(k) == stored.score_at(k));
        REQUIRE(table.score_at(k) == 2.0 * lazy.at(table.row_at(k)));
    }
}

TEST_CASE("verbs on mapped scores agree with verbs on scores mapped beforehand") {
    const auto scores = awkward_scores<float>(70001, 12);
    std::vector<float> absolute;
    for (const auto score : scores) absolute.push_back(std::abs(score));
    const sl::axes columns({{"row", scores.size()}});
    const auto mapped = sl::map_scores(sl::long_table(scores, columns), sl::magnitude{});
    const auto eager = sl::long_table(absolute, columns);
    for (const unsigned threads : {1U, 2U, 5U}) {
        const auto a = sl::top_k(mapped, 200, {.threads = threads});
        const auto b = sl::top_k(eager, 200);
        CHECK(std::vector(a.rows().begin(), a.rows().end()) == std::vector(b.rows().begin(), b.rows().end()));
        CHECK(sl::describe(mapped, {0.1}, {.threads = threads}).percentiles[0].value ==
              sl::describe(eager, {0.1}).percentiles[0].value);
    }
}
