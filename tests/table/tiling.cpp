#include "svdlens/table/tiling.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "support/catch.hpp"
#include "support/tiled_source.hpp"

namespace sl = svdlens;

namespace {

/// Lines of 10 rows: in section 0 lines 1 and 2 whole; in section 1 (from row 50) lines 1, 2 and 4, columns
/// 0-3 and 7.
sl::tiling two_sections() {
    return sl::tiling(10, {1, 2, 4}, {{0, {0, 2}, {{0, 10}}}, {50, {0, 3}, {{0, 4}, {7, 8}}}}, {2, 3});
}

std::set<sl::row_number> sample_rows() {
    std::set<sl::row_number> rows;
    for (sl::row_number row = 10; row < 30; ++row) rows.insert(row);
    for (const sl::row_number line : {60U, 70U, 90U})
        for (const sl::row_number column : {0U, 1U, 2U, 3U, 7U}) rows.insert(line + column);
    return rows;
}

} // namespace

TEST_CASE("tiles cover every present row once") {
    const auto tiles = two_sections();
    std::set<sl::row_number> seen;
    for (std::size_t i = 0; i < tiles.blocks(); ++i) {
        const auto t = tiles(i);
        CHECK(t.lines <= 2);
        CHECK(t.columns <= 3);
        for (std::size_t line = t.line; line < t.line + t.lines; ++line)
            for (std::size_t c = t.column; c < t.column + t.columns; ++c)
                REQUIRE(seen.insert(tiles.first_row(t) + tiles.line_number(line) * 10 + c).second);
    }
    CHECK(seen == sample_rows());
    CHECK(tiles.size() == seen.size());
}

TEST_CASE("the offset of a row counts the present rows before it") {
    const auto tiles = two_sections();
    const auto present = sample_rows();
    std::size_t before = 0;
    for (sl::row_number row = 0; row < 120; ++row) {
        INFO(row);
        const bool is_present = present.count(row) != 0;
        REQUIRE(tiles.offset(row) == (is_present ? std::optional(before) : std::nullopt));
        before += is_present ? 1U : 0U;
    }
}

TEST_CASE("the offset of a tile is that of its first row and its pitch leads to the next line") {
    const auto tiles = two_sections();
    for (std::size_t i = 0; i < tiles.blocks(); ++i) {
        const auto t = tiles(i);
        for (std::size_t k = 0; k < t.lines; ++k) {
            const auto row = tiles.first_row(t) + tiles.line_number(t.line + k) * 10 + t.column;
            REQUIRE(tiles.offset(row) == tiles.offset(t) + k * tiles.pitch(t));
        }
    }
}

TEST_CASE("whole neighbouring lines become one run, lines apart do not") {
    const sl::tiling tiles(5, {0, 1, 3}, {{0, {0, 2}, {{0, 5}}}, {100, {1, 3}, {{0, 5}}}}, {2, 8});
    const std::vector<float> memory(20);
    sl::block_buffer<float> buffer;
    REQUIRE(tiles.blocks() == 2);
    const auto joined = tiles.block(tiles(0), memory.data(), 5, buffer);
    CHECK(joined.runs == 1);
    CHECK(joined.width == 10);
    CHECK(joined.run(0).first == 0);
    const auto apart = tiles.block(tiles(1), memory.data(), 5, buffer);
    CHECK(apart.runs == 2);
    CHECK(apart.run(0).first == 105);
    CHECK(apart.run(1).first == 115);
    const auto gaps = tiles.block(tiles(0), memory.data(), 7, buffer);
    CHECK(gaps.runs == 2);
    CHECK(gaps.run(1).first == 5);
}

TEST_CASE("the dense tiling has all rows in runs as long as a block") {
    const auto tiles = sl::tiling::dense(200000);
    CHECK(tiles.size() == 200000);
    CHECK(tiles.blocks() == 4);
    CHECK(tiles.offset(199999) == std::size_t{199999});
    CHECK(sl::tiling::dense(0).blocks() == 0);
    CHECK(sl::tiling::dense(1).blocks() == 1);
}

TEST_CASE("sections without rows have no blocks") {
    const sl::tiling tiles(5, {0, 1},
                           {{0, {0, 0}, {{0, 5}}}, {10, {0, 2}, {}}, {20, {0, 1}, {{2, 2}, {3, 5}}}}, {2, 2});
    CHECK(tiles.blocks() == 1);
    CHECK(tiles.size() == 2);
    CHECK(tiles.offset(23) == std::size_t{0});
    CHECK_FALSE(tiles.offset(10));
    CHECK(sl::tiling().blocks() == 0);
    CHECK_FALSE(sl::tiling().offset(0));
}

TEST_CASE("the row at a position is the one that as many present rows precede") {
    const auto source = svdlens_tests::causal_scores(std::vector<float>(3 * 4 * 8 * 50));
    const auto& tiles = source.tiles();
    std::size_t present = 0;
    for (sl::row_number row = 0; row < source.axes().shape_rows(); ++row) {
        if (!tiles.offset(row)) continue;
        REQUIRE(tiles.row(present) == row);
        ++present;
    }
    CHECK(present == tiles.size());
    CHECK(sl::tiling::dense(70000).row(69999) == 69999);
}
