/// @file
/// The sum of the weights of a table's present rows, from its tiles.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_PRESENT_WEIGHTS_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_SEARCH_PRESENT_WEIGHTS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "../../../table/score_source.hpp"
#include "../../../table/tiling.hpp"
#include "../../../tensor/axes.hpp"
#include "../../row_weights.hpp"
#include "../levels/tested_rows.hpp"
#include "family_search.hpp"

namespace svdlens::inline v0_2::detail {

/// Sums of the weights of columns, of which those of neighbouring lines are the same.
class column_sums {
  public:
    explicit column_sums(const row_weights& weights) : weights_(weights) {}

    /// Over `count` rows of a line, from one on.
    double operator()(row_number row, std::uint64_t count) {
        const auto& columns = weights_.columns();
        if (columns.empty()) return static_cast<double>(count);
        const auto line = static_cast<std::size_t>(row / weights_.length());
        const auto first = weights_.first_column(line) + static_cast<std::size_t>(row % weights_.length());
        if (first != first_ || count != count_) {
            const auto from = columns.begin() + static_cast<std::ptrdiff_t>(first);
            sum_ = std::accumulate(from, from + static_cast<std::ptrdiff_t>(count), 0.0);
            first_ = first;
            count_ = count;
        }
        return sum_;
    }

  private:
    const row_weights& weights_;
    std::size_t first_ = 0;
    std::uint64_t count_ = 0;
    double sum_ = 0;
};

/// Of all rows of a tile; no score is computed. O(lines + columns)
class tile_weights {
  public:
    tile_weights(const row_weights& weights, const tiling& tiles) :
        weights_(weights), tiles_(tiles), columns_(weights) {}

    double operator()(std::size_t i) {
        const float* const no_scores = nullptr;
        const auto tile = tiles_(i);
        const auto block = tiles_.block(tile, no_scores, tile.columns, buffer_);
        if (weights_.equal()) return static_cast<double>(block.size());
        double sum = 0;
        for (std::size_t k = 0; k < block.runs; ++k) {
            const row_number end = block.starts[k] + block.width;
            for (row_number row = block.starts[k]; row < end;) {
                const auto line = row / weights_.length();
                const auto next = (std::min)(end, (line + 1) * weights_.length());
                sum += weights_.lines()[static_cast<std::size_t>(line)] * columns_(row, next - row);
                row = next;
            }
        }
        return sum;
    }

  private:
    const row_weights& weights_;
    const tiling& tiles_;
    column_sums columns_;
    block_buffer<float> buffer_;
};

/// Of all rows of all tiles.
inline double sum_of_weights(const row_weights& weights, const tiling& tiles) {
    tile_weights of_tile(weights, tiles);
    double sum = 0;
    for (std::size_t i = 0; i < tiles.blocks(); ++i) sum += of_tile(i);
    return sum;
}

/// A table of a family. Weights of a table without tiles are summed in a pass of their own.
inline family_table to_family_table(const axes& table, std::uint64_t rows, const tiling* tiles,
                                    std::size_t dimension, const row_weights& weights) {
    family_table result{table.title(), tested_rows(table, dimension, weights), rows};
    result.weighed = weights.equal() || tiles != nullptr;
    if (result.weighed)
        result.weights = weights.equal() ? static_cast<double>(rows) : sum_of_weights(weights, *tiles);
    return result;
}

} // namespace svdlens::inline v0_2::detail

#endif
