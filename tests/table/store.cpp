#include "svdlens/table/store.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/selection.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEMPLATE_TEST_CASE("a stored table holds the present rows in row order for any number of threads", "", float,
                   double) {
    const auto lazy = causal_scores(random_scores<TestType>(3 * 4 * 8 * 50, 12));
    std::vector<TestType> wanted;
    for (std::uint64_t row = 0; row < lazy.axes().rows(); ++row)
        if (lazy.tiles().offset(row)) wanted.push_back(lazy.at(row));
    for (const unsigned threads : {1U, 2U, 5U}) {
        const auto stored = sl::store(lazy, {.threads = threads});
        CHECK(std::vector<TestType>(stored.values().begin(), stored.values().end()) == wanted);
        CHECK(stored.blocks() == lazy.blocks());
        for (std::uint64_t row = 0; row < lazy.axes().rows(); ++row)
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
