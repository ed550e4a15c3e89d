/// @file
/// A source with holes whose blocks are tiles, computed on demand as a projection's are.
#ifndef SVDLENS_TESTS_SUPPORT_TILED_SOURCE_HPP
#define SVDLENS_TESTS_SUPPORT_TILED_SOURCE_HPP

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "svdlens/table/score_source.hpp"
#include "svdlens/table/tiling.hpp"

namespace svdlens_tests {

/// Hands out the tiles of a tiling, copied out of the scores of the full shape.
template <class T>
class tiled_scores {
  public:
    using value_type = T;

    tiled_scores(svdlens::axes table, std::vector<T> full, svdlens::tiling tiles) :
        axes_(std::move(table)), full_(std::move(full)), tiles_(std::move(tiles)) {}

    const svdlens::axes& axes() const { return axes_; }
    const svdlens::tiling& tiles() const { return tiles_; }
    std::uint64_t max_rows() const { return tiles_.size(); }
    std::size_t blocks() const { return tiles_.blocks(); }

    svdlens::score_block<T> block(std::size_t i, svdlens::block_buffer<T>& buffer) const {
        const auto tile = tiles_(i);
        const auto length = axes_[axes_.rank() - 1].extent;
        buffer.scores.clear();
        for (std::size_t line = tile.line; line < tile.line + tile.lines; ++line)
            for (std::size_t column = tile.column; column < tile.column + tile.columns; ++column)
                buffer.scores.push_back(full_[static_cast<std::size_t>(
                    tiles_.first_row(tile) + tiles_.line_number(line) * length + column)]);
        return tiles_.block(tile, buffer.scores.data(), tile.columns, buffer);
    }

    /// The score of any row of the full shape.
    T at(svdlens::row_number row) const { return full_[static_cast<std::size_t>(row)]; }

  private:
    svdlens::axes axes_;
    std::vector<T> full_;
    svdlens::tiling tiles_;
};

/// Target layer, head, direction, neuron (3 x 4 x 8 x 50) with the heads of layer 0 (two) in every
/// section, those of layer 1 from the second on, a gap among the directions, and in the last section only
/// some neurons.
template <class T>
tiled_scores<T> causal_scores(std::vector<T> full) {
    svdlens::axes table({{"target_layer", 3}, {"head", 4}, {"direction", 8}, {"neuron", 50}});
    std::vector<std::uint64_t> lines;
    for (std::uint64_t line = 0; line < 32; ++line)
        if (line % 8 != 5) lines.push_back(line);
    const svdlens::tiling tiles(50, lines,
                                {{0, {0, 14}, {{0, 50}}},
                                 {32 * 50, {0, 28}, {{0, 50}}},
                                 {64 * 50, {0, 28}, {{0, 7}, {11, 12}, {20, 49}}}},
                                {6, 23});
    return {std::move(table), std::move(full), tiles};
}

} // namespace svdlens_tests

#endif
