/// @file
/// Rows of tables as lines of a CSV file.
#ifndef SVDLENS_EXPORT_DETAIL_CSV_ROWS_HPP
#define SVDLENS_EXPORT_DETAIL_CSV_ROWS_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "../../core/text.hpp"
#include "../../table/detail/rows/row_columns.hpp"
#include "../../table/score_source.hpp"
#include "../../tensor/axes.hpp"
#include "csv_cells.hpp"

namespace svdlens::inline v0_2::detail {

/// Numbers in as many digits as it takes to read them back, text in quotes where it needs them.
template <class T>
inline constexpr row_style<T> csv_style{"CSV", append_number<T>, append_number<double>, quote_csv_cell};

/// The columns that the options name. @throws as `write_csv`
/// @param table outlives the columns, as the options do
template <std::floating_point T, class Options>
std::vector<row_column<T>> csv_columns(const axes& table, const Options& options) {
    const row_column_maker<T> maker(table, options.derived, options.derived_labels, csv_style<T>);
    return maker.columns(options.columns);
}

/// Appends the first line and the header.
template <std::floating_point T>
void append_csv_head(std::string& out, const std::vector<row_column<T>>& columns,
                     std::string_view provenance) {
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(column.name);
    append_csv_head(out, names, provenance);
}

/// Appends the lines of a run.
template <std::floating_point T>
void append_csv_rows(std::string& out, const score_run<T>& run, const std::vector<row_column<T>>& columns) {
    for (std::size_t j = 0; j < run.scores.size(); ++j) {
        const auto start = out.size();
        for (const auto& column : columns) {
            if (&column != columns.data()) out += ',';
            column.append(out, run.row(j), run.scores[j]);
        }
        end_csv_row(out, start);
    }
}

} // namespace svdlens::inline v0_2::detail

#endif
