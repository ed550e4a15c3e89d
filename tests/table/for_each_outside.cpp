#include "svdlens/table/for_each_outside.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/outside_quantiles.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/top_k.hpp"
#include "svdlens/table/where.hpp"

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
        sl::for_each_outside(source, -0.6, 0.9, found, {.threads = threads});
        CHECK(found.has(sl::outside(source, -0.6, 0.9)));
        sl::for_each_outside<sl::magnitude>(source, 0.1, 0.9, strong, {.threads = threads});
        CHECK(strong.has(sl::outside<sl::magnitude>(source, 0.1, 0.9)));
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
    sl::for_each_outside(tiles, 0, 0, all);
    CHECK(all.rows.size() > 3000);
    CHECK(all.longest <= 6 * 50);
    CHECK(all.calls == 13);
    gathering none;
    sl::for_each_outside(tiles, -100, 100, none);
    CHECK(none.calls == 0);
}

TEST_CASE("tails are streamed with the bounds that find_tails finds, within the budget and beyond it") {
    const auto tiles = causal_scores(awkward_scores<float>(3 * 4 * 8 * 50, 7));
    for (const double p : {0.0, 0.01, 0.2, 0.5}) {
        const auto expected = sl::find_tails(tiles, {.low = p, .high = 1 - p});
        for (const std::uint64_t budget : {std::uint64_t{0}, std::uint64_t{1} << 30}) {
            gathering found;
            const auto bounds = sl::for_each_outside_quantiles(
                tiles, {.low = p, .high = 1 - p, .memory_budget = budget}, found, {.threads = 2});
            CHECK(found.has(expected.rows));
            CHECK(bounds.low == expected.low);
            CHECK(bounds.high == expected.high);
        }
    }
    gathering strong;
    const auto bounds = sl::for_each_outside_quantiles<sl::magnitude>(tiles, {.high = 0.9}, strong);
    CHECK(strong.has(sl::above_quantile<sl::magnitude>(tiles, 0.9)));
    CHECK(bounds.low != bounds.low);
}

TEST_CASE("what a sink throws reaches the caller once") {
    const auto tiles = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 4));
    for (const unsigned threads : {1U, 2U, 5U}) {
        int calls = 0;
        const auto sink = [&](const sl::score_run<float>&) {
            if (++calls == 3) throw std::runtime_error("full");
        };
        CHECK_THROWS_AS(sl::for_each_outside(tiles, 0, 0, sink, {.threads = threads}), std::runtime_error);
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
        CHECK_THROWS_AS(sl::for_each_outside(tiles, 0, 0, sink, {.threads = threads, .stop = &stop}),
                        sl::cancelled_error);
        CHECK(calls < 13);
    }
}
