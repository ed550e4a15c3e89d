#include "svdlens/table/detail/ask/shared_blocks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/table/detail/ask/block_ranges.hpp"
#include "svdlens/table/tiling.hpp"

namespace sl = svdlens;
using namespace svdlens::detail;

namespace {

/// Heads' writing directions on neurons of the same layer and later ones, as projections of such models are cut.
struct model_shape {
    const char* name;
    std::size_t layers;
    std::size_t lines; ///< directions of a layer
    std::size_t columns;
    std::size_t d_model;
};

const model_shape shapes[] = {{"GPT-2 small", 12, 12 * 64, 3072, 768},
                              {"8B", 32, 32 * 128, 14336, 4096},
                              {"70B", 80, 64 * 128, 28672, 8192},
                              {"671B mixture, an expert in eight", 61, 128 * 128, 2048 * 33, 7168}};

sl::tiling tiles_of(const model_shape& shape) {
    std::vector<std::uint64_t> lines(shape.layers * shape.lines);
    for (std::size_t k = 0; k < lines.size(); ++k) lines[k] = k;
    std::vector<sl::tiling::section> sections;
    for (std::size_t l = 0; l < shape.layers; ++l)
        sections.push_back({static_cast<sl::row_number>(l) * lines.size() * shape.columns,
                            {0, (l + 1) * shape.lines},
                            {{0, shape.columns}}});
    return {shape.columns, lines, sections, {256, 1024}};
}

struct balance {
    double worst;      ///< the largest part over the mean
    std::size_t cut;   ///< states of single blocks of the part that has most of them
    std::size_t whole; ///< states of ranges
};

balance balance_of(const sl::tiling& tiles, std::size_t parts) {
    const block_ranges ranges(tiles.blocks());
    balance result{0, 0, 0};
    std::size_t at = 0;
    for (std::size_t k = 0; k < parts; ++k) {
        const auto part = shared_blocks(ranges, &tiles, k, parts);
        REQUIRE(part.begin == at);
        at = part.end;
        const double rows =
            rows_before(&tiles, tiles.blocks(), part.end) - rows_before(&tiles, tiles.blocks(), part.begin);
        result.worst =
            (std::max)(result.worst, rows * static_cast<double>(parts) / static_cast<double>(tiles.size()));
        const auto pieces = pieces_of(ranges, part.begin, part.end);
        const auto whole = static_cast<std::size_t>(
            std::count_if(pieces.begin(), pieces.end(), [](const auto& p) { return p.is_range; }));
        result.cut = (std::max)(result.cut, pieces.size() - whole);
        result.whole = (std::max)(result.whole, whole);
    }
    CHECK(at == tiles.blocks());
    return result;
}

} // namespace

TEST_CASE("rows before a block are those of the blocks before it") {
    const sl::tiling tiles(50, {0, 1, 2, 4, 6, 7},
                           {{0, {0, 3}, {{0, 50}}}, {400, {1, 6}, {{0, 7}, {11, 49}}}}, {2, 23});
    double rows = 0;
    for (std::size_t i = 0; i < tiles.blocks(); ++i) {
        CHECK(rows_before(&tiles, tiles.blocks(), i) == rows);
        rows += static_cast<double>(tiles(i).lines * tiles(i).columns);
    }
    CHECK(rows_before(&tiles, tiles.blocks(), tiles.blocks()) == rows);
}

TEST_CASE("a range is that of its blocks") {
    for (const std::size_t blocks : {1U, 255U, 256U, 257U, 1000U}) {
        const block_ranges ranges(blocks);
        for (std::size_t r = 0; r < ranges.size(); ++r)
            for (std::size_t i = ranges.begin(r); i < ranges.end(r); ++i) CHECK(ranges.of(i) == r);
    }
}

// The figures of docs/scale.md are printed with SVDLENS_LARGE.
TEST_CASE("shards of large models cost the same, up to 1,024 of them") {
    for (const auto& shape : shapes) {
        const auto tiles = tiles_of(shape);
        for (const std::size_t parts : {1U, 2U, 7U, 16U, 64U, 256U, 1024U}) {
            const auto found = balance_of(tiles, parts);
            if (std::getenv("SVDLENS_LARGE") != nullptr)
                std::printf("%s: %zu blocks, %zu shards: worst %.3f, %zu ranges, %zu single blocks\n",
                            shape.name, tiles.blocks(), parts, found.worst, found.whole, found.cut);
            // A cut is off by half of what cannot be cut at most, at either end.
            const double blocks_a_part = static_cast<double>(tiles.blocks()) / static_cast<double>(parts);
            const double ranges_a_part = 256.0 / static_cast<double>(parts);
            const double step = parts <= most_parts_of_ranges ? 1 / ranges_a_part : 1 / blocks_a_part;
            CHECK(found.worst <= 1 + 1.5 * step);
            CHECK(found.cut <= 2 * (tiles.blocks() / 256 + 1));
        }
    }
}
