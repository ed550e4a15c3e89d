/// @file
/// Scores as NumPy arrays, with a JSON file of what their axes mean.
#ifndef SVDLENS_EXPORT_NPY_HPP
#define SVDLENS_EXPORT_NPY_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "../core/execution.hpp"
#include "../table/score_source.hpp"
#include "../table/store.hpp"
#include "../table/tiling.hpp"
#include "../tensor/axes.hpp"
#include "detail/npy_files.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What a worker formats a part of the files in.
template <class T>
struct npy_slot {
    block_buffer<T> buffer;
    npy_text text;
};

/// Writes `parts` parts in order; `fill(i, slot)` formats one.
template <std::floating_point T, class Fill>
void write_npy_parts(npy_files<T>& files, std::size_t parts, std::uint64_t rows, const execution& run,
                     Fill fill) {
    for_blocks_in_order<npy_slot<T>>(
        parts, rows, run,
        [&](std::size_t i, npy_slot<T>& slot) {
            slot.text.scores.clear();
            slot.text.rows.clear();
            fill(i, slot);
        },
        [&](std::size_t, npy_slot<T>& slot) { files.write(slot.text); });
    files.commit();
}

/// Rows in memory, in their order.
template <stored_source S>
void write_npy_stored(const std::filesystem::path& path, const S& source, npy_layout layout,
                      const execution& run) {
    using T = typename S::value_type;
    constexpr std::size_t part = std::size_t{1} << 16;
    npy_files<T> files(path, source.axes(), source.size(), layout);
    write_npy_parts(files, (source.size() + part - 1) / part, source.size(), run,
                    [&](std::size_t i, npy_slot<T>& slot) {
                        slot.buffer.scores.clear();
                        slot.buffer.rows.clear();
                        const std::size_t end = (std::min)(source.size(), (i + 1) * part);
                        for (std::size_t k = i * part; k < end; ++k) {
                            slot.buffer.scores.push_back(source.score_at(k));
                            if (files.lists_rows()) slot.buffer.rows.push_back(source.row_at(k));
                        }
                        append_little_endian<T>(slot.text.scores, slot.buffer.scores);
                        append_little_endian<row_number>(slot.text.rows, slot.buffer.rows);
                    });
}

/// Blocks that come in row order, as they are computed.
template <tiled_source S>
void write_npy_streamed(const std::filesystem::path& path, const S& source, npy_layout layout,
                        const execution& run) {
    using T = typename S::value_type;
    npy_files<T> files(path, source.axes(), source.tiles().size(), layout);
    write_npy_parts(files, source.blocks(), source.tiles().size(), run,
                    [&](std::size_t i, npy_slot<T>& slot) {
                        const auto block = source.block(i, slot.buffer);
                        for (std::size_t k = 0; k < block.runs; ++k) {
                            const auto run_of_rows = block.run(k);
                            append_little_endian<T>(slot.text.scores, run_of_rows.scores);
                            for (std::size_t j = 0; files.lists_rows() && j < run_of_rows.scores.size(); ++j)
                                append_bytes(slot.text.rows, run_of_rows.row(j), sizeof(row_number));
                        }
                    });
}

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

} // namespace detail

/// Writes scores as NumPy reads them with `numpy.load(path)`: little-endian float32 or float64, C order.
///
/// A table with all rows of its shape becomes an array of that shape. Any other (a selection, a table with
/// absent rows) becomes a list of its rows in its order, and `stem.rows.npy` lists their row numbers (uint64:
/// `numpy.unravel_index(rows, extents)` is the index). `stem.axes.json` says which files belong together, and
/// what `to_json` says of the axes. The stem of `scores.npy` is `scores`.
///
/// One pass, streamed: memory is a block and its bytes for each thread. A projection whose blocks do not come
/// in row order is `store`d first, what has no tiles is `collect`ed. Files are written under temporary names
/// and renamed together, the scores last; the bytes do not depend on threads.
/// @throws file_error (cannot_write); cancelled_error when `run.stop` becomes true. Nothing is left then.
template <score_source S>
void write_npy(const std::filesystem::path& path, const S& source, const execution& run = {}) {
    const auto layout_of = [&](std::uint64_t rows) {
        return rows == source.axes().shape_rows() ? detail::npy_layout::whole_shape
                                                  : detail::npy_layout::listed_rows;
    };
    if constexpr (tiled_source<S> && !stored_source<S>) {
        const auto layout = layout_of(source.tiles().size());
        if (detail::in_row_order(source.tiles()))
            return detail::write_npy_streamed(path, source, layout, run);
        detail::write_npy_stored(path, store(source, part_of(run, 0, 0.5)), layout, part_of(run, 0.5, 1));
    } else if constexpr (tiled_source<S>) {
        detail::write_npy_stored(path, source, layout_of(source.size()), run);
    } else if constexpr (stored_source<S>) {
        detail::write_npy_stored(path, source, detail::npy_layout::listed_rows, run);
    } else {
        const auto all = collect(source, part_of(run, 0, 0.5));
        detail::write_npy_stored(path, all, layout_of(all.size()), part_of(run, 0.5, 1));
    }
}

} // namespace svdlens::inline v0_2

#endif
