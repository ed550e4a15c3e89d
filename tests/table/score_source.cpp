#include "svdlens/table/score_source.hpp"

#include <cstddef>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/selection.hpp"
#include "svdlens/table/store.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("an erased reference hands out what its source does") {
    const auto scores = random_scores<float>(600, 1);
    const cut_source<float> cut(head_axes(2, 3, 100), scores, 4);
    const sl::score_source_ref<float> erased(cut);
    static_assert(sl::score_source<sl::score_source_ref<float>>);
    REQUIRE(erased.blocks() == cut.blocks());
    CHECK(erased.max_rows() == 600);
    CHECK(&erased.axes() == &cut.axes());
    std::vector<int> seen(600);
    sl::block_buffer<float> buffer;
    for (std::size_t i = 0; i < erased.blocks(); ++i) {
        const auto block = erased.block(i, buffer);
        for (std::size_t r = 0; r < block.runs; ++r) {
            const auto run = block.run(r);
            for (std::size_t k = 0; k < run.scores.size(); ++k) {
                REQUIRE(run.scores[k] == scores[static_cast<std::size_t>(run.row(k))]);
                ++seen[static_cast<std::size_t>(run.row(k))];
            }
        }
    }
    CHECK(seen == std::vector<int>(600, 1));
}

TEST_CASE("runs of a patch are a pitch apart in memory and have their own first rows") {
    const std::vector<double> memory{1, 2, 0, 3, 4, 0};
    const std::vector<sl::row_number> starts{40, 10};
    const sl::score_block<double> block{memory.data(), 2, 2, 3, starts.data(), nullptr};
    CHECK(block.size() == 4);
    CHECK(block.run(1).scores[0] == 3);
    CHECK(block.run(1).row(1) == 11);
    const sl::score_block<double> listed{memory.data(), 1, 2, 2, nullptr, starts.data()};
    CHECK(listed.run(0).row(1) == 10);
}

TEST_CASE("a block of no rows may come without lists") {
    const sl::score_block<float> none{nullptr, 1, 0, 0, nullptr, nullptr};
    CHECK(none.run(0).scores.empty());
}

using namespace svdlens_tests;
namespace sl = svdlens;

TEST_CASE("tables and selections are stored, sources computed on demand are not") {
    STATIC_REQUIRE(sl::stored_source<sl::basic_long_table<double>>);
    STATIC_REQUIRE(sl::stored_source<sl::selection>);
    STATIC_REQUIRE_FALSE(sl::stored_source<tiled_scores<float>>);
    STATIC_REQUIRE_FALSE(sl::stored_source<cut_source<float>>);
}

TEST_CASE("a table with absent rows gives its rows in ascending order by position") {
    const auto lazy = causal_scores(random_scores<float>(3 * 4 * 8 * 50, 3));
    const auto table = sl::store(lazy);
    REQUIRE(table.size() == lazy.max_rows());
    for (std::size_t k = 0; k < table.size(); ++k) {
        if (k != 0) REQUIRE(table.row_at(k - 1) < table.row_at(k));
        REQUIRE(table.score_at(k) == lazy.at(table.row_at(k)));
    }
}

TEST_CASE("a selection gives its rows in its own order by position") {
    const sl::selection some(head_axes(1, 2, 3), {5, 0, 3}, {0.5F, 1.5F, -2.0F});
    REQUIRE(some.size() == 3);
    CHECK(some.row_at(0) == 5);
    CHECK(some.score_at(0) == 0.5F);
    CHECK(some.row_at(2) == 3);
    CHECK(some.score_at(2) == -2.0F);
}

TEST_CASE("an erased reference knows the tiling of its source and whether the scores are in memory") {
    const auto scores = random_scores<float>(600, 1);
    const auto table = sl::long_table(scores, head_axes(2, 3, 100));
    const sl::score_source_ref<float> stored(table);
    CHECK(stored.tiles_or_null() == &table.tiles());
    CHECK(stored.in_memory());

    const auto picked = sl::collect(table);
    const sl::score_source_ref<float> selected(picked);
    CHECK(selected.tiles_or_null() == nullptr);
    CHECK(selected.in_memory());

    const cut_source<float> cut(head_axes(2, 3, 100), scores, 4);
    const sl::score_source_ref<float> lazy(cut);
    CHECK(lazy.tiles_or_null() == nullptr);
    CHECK_FALSE(lazy.in_memory());
    const sl::score_source_ref<float> copy = stored;
    CHECK(copy.tiles_or_null() == &table.tiles());
}

TEST_CASE("an erased reference of no rows has a tiling without blocks") {
    const std::vector<float> none;
    const auto table = sl::long_table(none, head_axes(0, 3, 100));
    const sl::score_source_ref<float> erased(table);
    CHECK(erased.in_memory());
    REQUIRE(erased.tiles_or_null() != nullptr);
    CHECK(erased.blocks() == 0);
}

TEST_CASE("an erased reference of a temporary does not compile") {
    using ref = sl::score_source_ref<float>;
    STATIC_REQUIRE(std::is_constructible_v<ref, const sl::selection&>);
    STATIC_REQUIRE(std::is_constructible_v<ref, sl::selection&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<ref, sl::selection>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<ref, const sl::selection>);
    STATIC_REQUIRE(std::is_constructible_v<ref, ref>); // a copy refers to the same source
}
