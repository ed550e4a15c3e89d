/// @file
/// A source's rows, computed once and held in row order.
#ifndef SVDLENS_TABLE_STORE_HPP
#define SVDLENS_TABLE_STORE_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "../core/execution.hpp"
#include "../tensor/tensor.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/rows/row_list.hpp"
#include "detail/rows/row_question.hpp"
#include "long_table.hpp"
#include "question.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "tiling.hpp"

namespace svdlens::inline v0_2 {

/// A source whose blocks are the tiles of a tiling: a projection, a long table.
template <class S>
concept tiled_source = score_source<S> && requires(const S& s) {
    { s.tiles() } -> std::same_as<const tiling&>;
};

/// The source's scores in memory, with the same tiling and therefore the same bits in every verb.
/// One pass. Memory: sizeof(T) bytes a present row, and a block for each thread.
/// @throws cancelled_error when `run.stop` becomes true
template <tiled_source S>
basic_long_table<typename S::value_type> store(const S& source, const execution& run = {}) {
    using T = typename S::value_type;
    const tiling& tiles = source.tiles();
    const auto size = static_cast<std::size_t>(tiles.size());
    const std::shared_ptr<T[]> values(new T[size]); // first written by the workers, each its part
    for_blocks<block_buffer<T>>(
        tiles.blocks(), tiles.size(), run, [&](std::size_t i, block_buffer<T>& buffer) {
            const auto block = source.block(i, buffer);
            const auto tile = tiles(i);
            T* out =
                values.get() + tiles.offset(tile); // whole neighbouring lines come as one run, and lie as one
            for (std::size_t k = 0; k < block.runs; ++k, out += tiles.pitch(tile)) {
                const auto scores = block.run(k).scores;
                std::copy(scores.begin(), scores.end(), out);
            }
        });
    return basic_long_table<T>(source.axes(), basic_tensor<T>({values.get(), size}, {size}, values), tiles);
}

namespace detail {

/// Appends all rows of a block.
struct all_rows {
    template <std::floating_point T>
    void operator()(const score_block<T>& block, row_list<T>& found) const {
        for (std::size_t k = 0; k < block.runs; ++k) {
            const auto piece = block.run(k);
            for (std::size_t j = 0; j < piece.scores.size(); ++j)
                found.push_back(piece.row(j), piece.scores[j]);
        }
    }
};

/// `collect` without a source.
struct collect_question {
    template <std::floating_point T>
    row_question<T, all_rows> bind(const asked_table<T>& table) const {
        return {table.axes, {}};
    }
};

} // namespace detail

/// All rows of any source, NaN scores included, in ascending row order.
/// One pass. Memory: that of `outside` for as many rows.
/// @throws cancelled_error when `run.stop` becomes true
template <score_source S>
basic_selection<typename S::value_type> collect(const S& source, const execution& run = {}) {
    return detail::ask_one<typename S::value_type>(source, detail::collect_question(), run);
}

} // namespace svdlens::inline v0_2

#endif
