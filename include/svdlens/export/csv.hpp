/// @file
/// Tables and selections of any size as CSV files.
#ifndef SVDLENS_EXPORT_CSV_HPP
#define SVDLENS_EXPORT_CSV_HPP

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "../core/file_writer.hpp"
#include "../table/derived_column.hpp"
#include "../table/detail/rows/rows_in_order.hpp"
#include "../table/score_source.hpp"
#include "detail/csv_rows.hpp"

namespace svdlens::inline v0_2 {

/// What stands in a CSV file.
struct csv_options {
    /// Which columns, in which order: label columns, axes, derived columns, `score`, `row` (the row number;
    /// an axis of that name comes first). Empty: all label columns and axes, `score`, all derived columns.
    std::vector<std::string> columns = {};
    /// Columns of numbers to compute.
    std::vector<derived_column> derived = {};
    /// Columns of text to compute.
    std::vector<derived_label> derived_labels = {};
};

/// Writes the rows of a table as CSV (see `csv_writer` for the format): those of a selection in its order, all others
/// ascending by row number, as `write_npy` does. Blocks are formatted by several threads; the bytes do not depend
/// on how many. Time O(rows * columns); memory threads * (the text of a block), and where lines are cut into tiles
/// (a projection on more than 1024 targets) the scores of a band of tiles; what is not in memory and has no bands
/// (a narrowed selection) is held as `collect` holds it. Nothing is left at the path after an exception.
/// @throws lookup_error (unknown_column); argument_error (invalid_argument) for a derived column
/// without function, (invalid_axes) for one of another table's rows;
///         file_error (cannot_write); cancelled_error when `run.stop` becomes true; what a derived column
///         throws
template <std::floating_point T>
void write_csv(const std::filesystem::path& path, score_source_ref<T> table, const csv_options& options = {},
               const execution& run = {}) {
    const auto columns = detail::csv_columns<T>(table.axes(), options);
    file_writer file(path);
    std::string head;
    detail::append_csv_head(head, columns, table.axes().provenance());
    file.write(head);
    detail::for_rows_in_order<std::string>(
        table, run,
        [&](const score_run<T>& rows, std::string& text) { detail::append_csv_rows(text, rows, columns); },
        [&](std::string& text) {
            file.write(text);
            text.clear();
        });
    file.commit();
}

/// The rows of any score source: a long table, a projection, a selection.
template <score_source S>
void write_csv(const std::filesystem::path& path, const S& table, const csv_options& options = {},
               const execution& run = {}) {
    write_csv(path, score_source_ref<typename S::value_type>(table), options, run);
}

/// With the default options.
template <score_source S>
void write_csv(const std::filesystem::path& path, const S& table, const execution& run) {
    write_csv(path, table, csv_options(), run);
}

} // namespace svdlens::inline v0_2

#endif
