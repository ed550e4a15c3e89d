#include "svdlens/table/store.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/selection.hpp"
#include "svdlens/table/where.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// Bands ascend, and all rows of one precede those of the next. How many bands there are.
template <sl::detail::banded_source S>
std::size_t check_bands(const S& source) {
    sl::block_buffer<typename S::value_type> buffer;
    std::size_t bands = 0, last_band = 0;
    sl::row_number highest = 0, below = 0; // of this band, of all bands before
    for (std::size_t i = 0; i < source.blocks(); ++i) {
        const auto band = sl::detail::band_of(source, i);
        REQUIRE(band >= last_band);
        if (i == 0 || band != last_band) {
            ++bands;
            below = highest;
        }
        last_band = band;
        const auto block = source.block(i, buffer);
        for (std::size_t k = 0; k < block.runs; ++k)
            for (std::size_t j = 0; j < block.width; ++j) {
                const auto row = block.run(k).row(j);
                REQUIRE((bands == 1 || row > below));
                highest = (std::max)(highest, row);
            }
    }
    return bands;
}

} // namespace

TEST_CASE("tiles of the same lines are a band") {
    const auto source = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 4));
    CHECK(check_bands(source) == 3 + 5 + 5); // 14, 28 and 28 lines in sixes
    CHECK(check_bands(sl::where(source, sl::column("head") != 2)) > 3);
}

TEST_CASE("every block of a dense table is a band of its own") {
    const auto table = sl::long_table(random_scores<float>(200000, 4), sl::axes({{"row", 200000}}));
    CHECK(check_bands(table) == table.blocks());
    static_assert(!sl::detail::banded_source<sl::selection>);
    static_assert(!sl::detail::banded_source<sl::narrowed<sl::selection>>);
}

namespace sl = svdlens;
using namespace svdlens_tests;

TEMPLATE_TEST_CASE("a stored table holds the present rows in row order for any number of threads", "", float,
                   double) {
    const auto lazy = causal_scores(random_scores<TestType>(3 * 4 * 8 * 50, 12));
    std::vector<TestType> wanted;
    for (std::uint64_t row = 0; row < lazy.axes().shape_rows(); ++row)
        if (lazy.tiles().offset(row)) wanted.push_back(lazy.at(row));
    for (const unsigned threads : {1U, 2U, 5U}) {
        const auto stored = sl::store(lazy, {.threads = threads});
        CHECK(std::vector<TestType>(stored.values().begin(), stored.values().end()) == wanted);
        CHECK(stored.blocks() == lazy.blocks());
        for (std::uint64_t row = 0; row < lazy.axes().shape_rows(); ++row)
            REQUIRE(stored.find(row) ==
                    (lazy.tiles().offset(row) ? std::optional(lazy.at(row)) : std::nullopt));
    }
}

TEST_CASE("stored and lazy blocks have the same runs") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 12));
    const auto stored = sl::store(lazy);
    sl::block_buffer<float> one, other;
    for (std::size_t i = 0; i < lazy.blocks(); ++i) {
        const auto a = lazy.block(i, one);
        const auto b = stored.block(i, other);
        REQUIRE(a.runs == b.runs);
        REQUIRE(a.width == b.width);
        for (std::size_t k = 0; k < a.runs; ++k) {
            REQUIRE(a.run(k).first == b.run(k).first);
            for (std::size_t j = 0; j < a.width; ++j) REQUIRE(a.run(k).scores[j] == b.run(k).scores[j]);
        }
    }
}

TEST_CASE("collect lists every row of any source in row order and keeps NaN") {
    const auto columns = head_axes(2, 3, 100);
    auto scores = random_scores<double>(600, 1);
    scores[17] = NAN;
    for (const unsigned seed : {1U, 2U}) {
        const auto all = sl::collect(cut_source<double>(columns, scores, seed), {.threads = 3});
        REQUIRE(all.size() == 600);
        for (std::size_t row = 0; row < 600; ++row) {
            REQUIRE(all.rows()[row] == row);
            REQUIRE((all.scores()[row] == scores[row] || row == 17));
        }
        CHECK(std::isnan(all.scores()[17]));
    }
}

TEST_CASE("collect sorts a selection by row") {
    const auto sorted = sl::collect(sl::selection(sl::axes({{"row", 10}}), {7, 2, 5}, {0.7F, 0.2F, 0.5F}));
    CHECK(std::vector<sl::row_number>(sorted.rows().begin(), sorted.rows().end()) ==
          std::vector<sl::row_number>{2, 5, 7});
    CHECK(sorted.scores()[0] == 0.2F);
    CHECK(sorted.scores()[2] == 0.7F);
}

TEST_CASE("nothing is stored of nothing") {
    const tiled_scores<float> none(sl::axes({sl::axis("row", 0)}), {}, sl::tiling());
    CHECK(sl::store(none).max_rows() == 0);
    CHECK(sl::collect(none).empty());
}
