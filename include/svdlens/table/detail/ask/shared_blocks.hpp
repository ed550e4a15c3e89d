/// @file
/// How the blocks of a table are cut into parts that cost the same, and what is written of a part.
#ifndef SVDLENS_TABLE_DETAIL_ASK_SHARED_BLOCKS_HPP
#define SVDLENS_TABLE_DETAIL_ASK_SHARED_BLOCKS_HPP

#include <algorithm>
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
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Up to that many parts blocks are cut between ranges: each has four of these or more. Beyond it between any two blocks,
/// which costs a state for each block of a range that is cut.
inline constexpr std::size_t most_parts_of_ranges = 64;

/// The blocks of one of `parts` parts. A block costs as many operations as it has rows: what a row takes is the same
/// throughout a table. O(blocks)
inline block_span shared_blocks(const block_ranges& ranges, const tiling* tiles, std::size_t part,
                                std::size_t parts) {
    const std::size_t blocks = ranges.blocks();
    std::vector<std::uint64_t> before(blocks + 1); // rows
    for (std::size_t i = 0; i < blocks; ++i) {
        std::uint64_t rows = 1;
        if (tiles != nullptr && tiles->blocks() == blocks) {
            const auto tile = (*tiles)(i);
            rows = static_cast<std::uint64_t>(tile.lines) * tile.columns;
        }
        before[i + 1] = before[i] + rows;
    }
    const auto cut = [&](std::size_t k) {
        if (k == parts) return blocks;
        const double wanted =
            static_cast<double>(before[blocks]) * static_cast<double>(k) / static_cast<double>(parts);
        const auto rows_before = [&](std::size_t i) { return static_cast<double>(before[i]); };
        const bool by_ranges = parts <= most_parts_of_ranges;
        const std::size_t cuts = by_ranges ? ranges.size() : blocks;
        const auto place = [&](std::size_t c) { return by_ranges ? ranges.begin(c) : c; };
        std::size_t low = 0, high = cuts; // the first place with as many rows before it
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (rows_before(place(middle)) < wanted)
                low = middle + 1;
            else
                high = middle;
        }
        const bool nearer_before =
            low > 0 && wanted - rows_before(place(low - 1)) < rows_before(place(low)) - wanted;
        return place(nearer_before ? low - 1 : low);
    };
    return {cut(part), cut(part + 1)};
}

} // namespace svdlens::inline v0_2::detail

#endif
