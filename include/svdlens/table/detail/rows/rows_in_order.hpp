/// @file
/// All rows of a source in the order in which results are handed out, whatever the order of its blocks.
#ifndef SVDLENS_TABLE_DETAIL_ROWS_ROWS_IN_ORDER_HPP
#define SVDLENS_TABLE_DETAIL_ROWS_ROWS_IN_ORDER_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../score_source.hpp"
#include "../../store.hpp"
#include "../../tiling.hpp"
#include "../ask/question_loop.hpp"
#include "row_question.hpp"

namespace svdlens::inline v0_2::detail {

/// Whether the tiles, block after block, are the present rows in row order. O(blocks)
inline bool in_row_order(const tiling& tiles) {
    std::size_t before = 0;
    for (std::size_t i = 0; i < tiles.blocks(); ++i) {
        const auto tile = tiles(i);
        const bool adjoining = tile.lines == 1 || tile.columns == tiles.pitch(tile);
        if (!adjoining || tiles.offset(tile) != before) return false;
        before += tile.lines * tile.columns;
    }
    return true;
}

/// The tiles of one band side by side: whole lines.
template <std::floating_point T>
class band_of_tiles {
  public:
    /// The band that begins with a block. @param tiles must outlive the band
    band_of_tiles(const tiling& tiles, std::size_t first) :
        tiles_(&tiles), first_(first), end_(first + 1), base_(tiles.offset(tiles(first))) {
        while (end_ < tiles.blocks() && tiles.band(end_) == tiles.band(first)) ++end_;
    }

    std::size_t end() const { return end_; }

    /// Computes the tiles. @throws cancelled_error
    void fill(const score_source_ref<T>& source, const execution& run) {
        const auto shape = (*tiles_)(first_);
        const std::size_t pitch = tiles_->pitch(shape);
        scores_.resize(shape.lines * pitch);
        starts_.resize(end_ - first_);
        tiles_in_place_.resize(end_ - first_);
        for_blocks<block_buffer<T>>(
            end_ - first_, scores_.size(), run, [&](std::size_t i, block_buffer<T>& buffer) {
                const auto tile = (*tiles_)(first_ + i);
                const auto block = source.block(first_ + i, buffer);
                T* const place = scores_.data() + (tiles_->offset(tile) - base_);
                for (std::size_t k = 0; k < block.runs; ++k)
                    std::copy_n(block.scores + k * block.pitch, block.width, place + k * pitch);
                tiles_in_place_[i] = tiles_->block(tile, place, pitch, starts_[i]);
            });
    }

    /// Lines, or one run of them all. After `fill`, as what follows.
    std::size_t lines() const { return tiles_in_place_.front().runs; }
    std::size_t size() const { return scores_.size(); }

    /// Calls `use(run)` for the pieces of a line, ascending.
    template <class Use>
    void for_pieces(std::size_t line, Use use) const {
        for (const auto& tile : tiles_in_place_) use(tile.run(line));
    }

  private:
    const tiling* tiles_;
    std::size_t first_;
    std::size_t end_;
    std::size_t base_; ///< present rows before the band
    std::vector<T> scores_;
    std::vector<block_buffer<T>> starts_;
    std::vector<score_block<T>> tiles_in_place_;
};

/// What a worker makes of rows, and what it is lent for them.
template <std::floating_point T, class Made>
struct made_of_rows {
    block_buffer<T> buffer;
    Made made;
};

/// Calls `make(run, made)` for all present rows, by several threads, each with a `Made` of its own, and
/// `take(made)` for one part after the other, which it leaves as a new one. So they come in the source's order: that
/// of a selection is its own, any other ascends by row number.
///
/// One pass. Memory: a block and what is made of it for each thread; where blocks are pieces of lines also
/// the scores of a band of them (256 lines of a projection), and where a source neither lies in memory nor is
/// tiled the rows of a band, or all, as `collect`.
/// @throws cancelled_error when `run.stop` becomes true; what the functions throw
template <class Made, std::floating_point T, class Make, class Take>
void for_rows_in_order(const score_source_ref<T>& source, const execution& run, const Make& make,
                       const Take& take) {
    const tiling* const tiles = source.tiles_or_null();
    if (tiles == nullptr && !source.in_memory()) {
        Made made;
        const auto sink = [&](const score_run<T>& rows) {
            make(rows, made);
            take(made);
        };
        sink_question<T, all_rows, const decltype(sink)> question({}, sink, run);
        return ask_of(source, question, run);
    }
    using slot = made_of_rows<T, Made>;
    if (tiles == nullptr || in_row_order(*tiles))
        return for_blocks_in_order<slot>(
            source.blocks(), source.max_rows(), run,
            [&](std::size_t i, slot& s) {
                const auto block = source.block(i, s.buffer);
                for (std::size_t k = 0; k < block.runs; ++k) make(block.run(k), s.made);
            },
            [&](std::size_t, slot& s) { take(s.made); });
    const auto blocks = static_cast<double>(tiles->blocks());
    for (std::size_t first = 0; first < tiles->blocks();) {
        band_of_tiles<T> band(*tiles, first);
        const auto begin = static_cast<double>(first) / blocks,
                   end = static_cast<double>(band.end()) / blocks;
        band.fill(source, part_of(run, begin, (begin + end) / 2, source.max_rows()));
        const std::size_t together = (std::size_t{1} << 16) * band.lines() / band.size() + 1;
        for_blocks_in_order<Made>((band.lines() + together - 1) / together, band.size(),
                                  part_of(run, (begin + end) / 2, end, source.max_rows()),
                                  [&](std::size_t i, Made& made) {
                                      const std::size_t last = (std::min)(band.lines(), (i + 1) * together);
                                      for (std::size_t k = i * together; k < last; ++k)
                                          band.for_pieces(
                                              k, [&](const score_run<T>& piece) { make(piece, made); });
                                  },
                                  [&](std::size_t, Made& made) { take(made); });
        first = band.end();
    }
}

} // namespace svdlens::inline v0_2::detail

#endif
