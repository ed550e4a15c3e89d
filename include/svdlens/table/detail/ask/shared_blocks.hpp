/// @file
/// How the blocks of a table are cut into parts that cost the same, and what is written of a part.
#ifndef SVDLENS_TABLE_DETAIL_ASK_SHARED_BLOCKS_HPP
#define SVDLENS_TABLE_DETAIL_ASK_SHARED_BLOCKS_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../../../core/detail/requirements.hpp"
#include "../../tiling.hpp"
#include "block_ranges.hpp"

namespace svdlens::inline v0_2::detail {

/// What stands before a state in a file.
struct state_entry {
    enum class kind : std::uint8_t {
        end,          ///< no state follows
        all,          ///< of all blocks of the part, in any order
        range,        ///< of one of the fixed ranges of blocks
        block,        ///< of one block of a range that is cut
        part_of_band, ///< of blocks whose band goes on
        band,         ///< of the last blocks of a band
    };
    kind of = kind::end;
    std::uint32_t question = 0; ///< which of those asked together
    std::uint64_t end = 0;      ///< the block behind the last that was looked at

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(of, question, end);
    }
    bool is_known() const { return of >= kind::end && of <= kind::band; }
};

/// Blocks whose state is merged as one.
struct block_piece {
    std::size_t begin;
    std::size_t end;
    std::size_t range;
    bool is_range; ///< a whole one; else a block of one that is cut
};

/// The ranges between two blocks, and the blocks of those that reach beyond.
inline std::vector<block_piece> pieces_of(const block_ranges& ranges, std::size_t begin, std::size_t end) {
    std::vector<block_piece> pieces;
    for (std::size_t i = begin; i < end;) {
        const std::size_t range = ranges.of(i);
        const bool is_whole = ranges.begin(range) == i && ranges.end(range) <= end;
        const std::size_t next = is_whole ? ranges.end(range) : i + 1;
        pieces.push_back({i, next, range, is_whole});
        i = next;
    }
    return pieces;
}

/// Some blocks of a source.
struct block_span {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(begin, end);
    }
};

/// Up to that many parts blocks are cut between ranges: each has four of these or more. Beyond it between any two blocks,
/// which costs a state for each block of a range that is cut.
inline constexpr std::size_t most_parts_of_ranges = 64;

/// How many rows the blocks before the i-th have; where there is no tiling all blocks count alike. O(log sections)
inline double rows_before(const tiling* tiles, std::size_t blocks, std::size_t i) {
    if (tiles == nullptr || tiles->blocks() != blocks) return static_cast<double>(i);
    if (i == blocks) return static_cast<double>(tiles->size());
    const auto tile = (*tiles)(i);
    return static_cast<double>(tiles->offset(tile) + (tile.lines - 1) * tile.columns_before);
}

/// The blocks of one of `parts` parts. A block costs as many operations as it has rows: what a row takes is the same
/// throughout a table.
inline block_span shared_blocks(const block_ranges& ranges, const tiling* tiles, std::size_t part,
                                std::size_t parts) {
    const std::size_t blocks = ranges.blocks();
    const double rows = rows_before(tiles, blocks, blocks);
    const bool by_ranges = parts <= most_parts_of_ranges;
    const std::size_t places = by_ranges ? ranges.size() : blocks;
    const auto place = [&](std::size_t k) { return by_ranges ? ranges.begin(k) : k; };
    const auto before = [&](std::size_t k) { return rows_before(tiles, blocks, place(k)); };
    const auto cut = [&](std::size_t k) { // where rows are nearest to k / parts of all
        if (k == parts) return blocks;
        const double wanted = rows * static_cast<double>(k) / static_cast<double>(parts);
        std::size_t low = 0, high = places; // the first place with as many rows before it
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (before(middle) < wanted)
                low = middle + 1;
            else
                high = middle;
        }
        const bool nearer_before = low > 0 && wanted - before(low - 1) < before(low) - wanted;
        return place(nearer_before ? low - 1 : low);
    };
    return {cut(part), cut(part + 1)};
}

} // namespace svdlens::inline v0_2::detail

#endif
