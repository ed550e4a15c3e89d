/// @file
/// Scores as NumPy arrays, with a JSON file of what their axes mean.
#ifndef SVDLENS_EXPORT_NPY_HPP
#define SVDLENS_EXPORT_NPY_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "../core/execution.hpp"
#include "../table/detail/rows/rows_in_order.hpp"
#include "../table/score_columns.hpp"
#include "../table/score_source.hpp"
#include "../table/store.hpp"
#include "../table/tiling.hpp"
#include "../tensor/axes.hpp"
#include "detail/npy_files.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Writes the rows of a source in its order.
/// @param rows how many there are
template <std::floating_point T>
void write_npy_rows(const std::filesystem::path& path, const score_source_ref<T>& source, std::uint64_t rows,
                    npy_layout layout, const execution& run) {
    npy_files<T> files(path, source.axes(), rows, layout);
    for_rows_in_order<npy_text>(
        source, run,
        [&](const score_run<T>& part, npy_text& text) {
            append_little_endian<T>(text.scores, part.scores);
            for (std::size_t k = 0; files.lists_rows() && k < part.scores.size(); ++k)
                append_bytes(text.rows, part.row(k), sizeof(row_number));
        },
        [&](npy_text& text) {
            files.write(text);
            text.scores.clear();
            text.rows.clear();
        });
    files.commit();
}

} // namespace detail

/// Writes scores as NumPy reads them with `numpy.load(path)`: little-endian float32 or float64, C order.
///
/// A table with all rows of its shape becomes an array of that shape. Any other (a selection, a table with
/// absent rows) becomes a list of its rows in its order, and `stem.rows.npy` lists their row numbers (uint64:
/// `numpy.unravel_index(rows, extents)` is the index). `stem.axes.json` says which files belong together, and
/// what `to_json` says of the axes. The stem of `scores.npy` is `scores`.
///
/// One pass, streamed: memory is a block and its bytes for each thread, and where lines are cut into tiles (a
/// projection on more than 1024 targets) the scores of a band of tiles. What has no tiles is `collect`ed. Files are written under temporary names
/// and renamed together, the scores last; the bytes do not depend on threads.
/// @throws file_error (cannot_write); cancelled_error when `run.stop` becomes true. Nothing is left then.
template <score_source S>
void write_npy(const std::filesystem::path& path, const S& source, const execution& run = {}) {
    const auto write = [&](const auto& rows, std::uint64_t count, bool may_be_whole, const execution& part) {
        const bool whole = may_be_whole && count == source.axes().shape_rows();
        detail::write_npy_rows<typename S::value_type>(
            path, rows, count, whole ? detail::npy_layout::whole_shape : detail::npy_layout::listed_rows,
            part);
    };
    if constexpr (tiled_source<S>) {
        write(source, source.tiles().size(), true, run);
    } else if constexpr (stored_source<S>) {
        write(source, source.size(), false, run);
    } else {
        const auto all = collect(source, part_of(run, 0, 0.5));
        write(all, all.size(), true, part_of(run, 0.5, 1));
    }
}

/// Writes rows with several columns of numbers, such as `group_by`, `group_quantiles` and `join` make, as an array of
/// rows by columns (float64), their row numbers beside as above, and the columns' names in `stem.axes.json`. A table of one
/// aggregate is a table itself, and written as such. Memory: 8 * columns bytes for each of 65,536 rows.
/// @throws file_error (cannot_write)
inline void write_npy(const std::filesystem::path& path, const score_columns& table) {
    constexpr std::size_t chunk = std::size_t{1} << 16;
    detail::npy_files<double> files(path, table.axes(), table.size(), table.names());
    for (std::size_t first = 0; first < table.size(); first += chunk) {
        const std::size_t count = (std::min)(chunk, table.size() - first);
        std::vector<double> numbers;
        numbers.reserve(count * table.names().size());
        for (std::size_t k = first; k < first + count; ++k)
            for (std::size_t column = 0; column < table.names().size(); ++column)
                numbers.push_back(table.values(column)[k]);
        detail::npy_text text;
        detail::append_little_endian<double>(text.scores, numbers);
        detail::append_little_endian<row_number>(text.rows, table.rows().subspan(first, count));
        files.write(text);
    }
    files.commit();
}

} // namespace svdlens::inline v0_2

#endif
