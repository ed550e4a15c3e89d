/// @file
/// What tables become, as CSV files: groups with a column an aggregate, wide tables, summaries.
#ifndef SVDLENS_EXPORT_CSV_TABLES_HPP
#define SVDLENS_EXPORT_CSV_TABLES_HPP

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "../table/describe.hpp"
#include "../table/score_columns.hpp"
#include "../table/wide_table.hpp"
#include "csv_writer.hpp"

namespace svdlens::inline v0_2 {

/// Writes rows with their columns of numbers as CSV (see `csv_writer` for the format): those that `group_by`, `group_quantiles`
/// and `join` make. First all label columns and axes, then the numbers under their names. O(rows * columns);
/// nothing is left at the path after an exception.
/// @throws file_error (cannot_write)
inline void write_csv(const std::filesystem::path& path, const score_columns& table) {
    const auto labels = table.axes().column_names();
    auto names = labels;
    names.insert(names.end(), table.names().begin(), table.names().end());
    csv_writer csv(path, names, table.axes().provenance());
    for (std::size_t k = 0; k < table.size(); ++k) {
        for (const auto& name : labels) csv.cell(table.axes().label(table.rows()[k], name));
        for (std::size_t column = 0; column < table.names().size(); ++column)
            csv.cell(table.values(column)[k]);
        csv.end_row();
    }
    csv.commit();
}

/// Writes a wide table as CSV: a line a row, under the labels of the columns; `nan` where there is no cell.
/// O(rows * columns). @throws file_error (cannot_write)
template <std::floating_point T>
void write_csv(const std::filesystem::path& path, const basic_wide_table<T>& wide) {
    std::vector<std::string> names{wide.row_name()};
    for (std::size_t k = 0; k < wide.column_count(); ++k) names.push_back(wide.column_label(k));
    csv_writer csv(path, names, wide.axes().provenance());
    for (std::size_t row = 0; row < wide.row_count(); ++row) {
        csv.cell(wide.row_label(row));
        for (std::size_t column = 0; column < wide.column_count(); ++column) csv.cell(wide(row, column));
        csv.end_row();
    }
    csv.commit();
}

/// Writes a summary as CSV: a line a statistic, as it prints. @throws file_error (cannot_write)
inline void write_csv(const std::filesystem::path& path, const description& summary) {
    csv_writer csv(path, {"statistic", "value"});
    for (const auto& [name, value] : statistics(summary)) {
        csv.row(name, value);
        if (name == "count" && summary.nan_count != 0) csv.row("nan", summary.nan_count);
    }
    csv.commit();
}

} // namespace svdlens::inline v0_2

#endif
