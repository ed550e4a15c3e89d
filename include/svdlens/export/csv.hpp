/// @file
/// Tables and selections of any size as CSV files.
#ifndef SVDLENS_EXPORT_CSV_HPP
#define SVDLENS_EXPORT_CSV_HPP

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/file_writer.hpp"
#include "../core/text.hpp"
#include "../table/score_source.hpp"
#include "csv_writer.hpp"

namespace svdlens::inline v0 {

/// A numeric column computed from a row's number and score. Called by several threads at once.
struct derived_column {
    std::string name;
    std::function<double(row_number, double)> value;
};

/// What stands in a CSV file.
struct csv_options {
    /// Which columns, in which order: label columns, axes, derived columns, `score`, `row` (the row number;
    /// an axis of that name comes first). Empty: all label columns and axes, `score`, all derived columns.
    std::vector<std::string> columns = {};
    /// Columns to compute.
    std::vector<derived_column> derived = {};
};

namespace detail {

/// Appends the cell of one row and score to a line.
using cell_writer = std::function<void(std::string&, row_number, double)>;

/// A column of a CSV file that is written, and how.
struct csv_column {
    std::string name;
    cell_writer append;
};

/// The labels of an axis.
inline csv_column csv_axis_column(const svdlens::axes& table, std::size_t k) {
    return {table[k].name, [&table, k](std::string& out, row_number row, double) {
                const auto start = out.size();
                table[k].append_label(out, table.coordinate(row, k));
                quote_csv_cell(out, start);
            }};
}

/// The labels of a label column. Its axes are looked up once here, not at each row.
inline csv_column csv_label_column(const svdlens::axes& table, const label_column& label) {
    std::vector<std::size_t> spanned;
    for (const auto& name : label.pattern.placeholders()) spanned.push_back(*table.find_axis(name));
    return {label.name, [&table, &label, spanned](std::string& out, row_number row, double) {
                const auto start = out.size();
                label.pattern.append(out, [&](std::size_t k, std::string& text) {
                    table[spanned[k]].append_label(text, table.coordinate(row, spanned[k]));
                });
                quote_csv_cell(out, start);
            }};
}

/// The column that the table has by that name, or nothing.
inline std::optional<csv_column> find_csv_column(const svdlens::axes& table, std::string_view name) {
    if (const auto* label = table.find_label_column(name)) return csv_label_column(table, *label);
    if (const auto k = table.find_axis(name)) return csv_axis_column(table, *k);
    return std::nullopt;
}

/// The score, in the type that it was computed in: fewer digits read back as the same float.
template <class T>
csv_column csv_score_column() {
    return {"score",
            [](std::string& out, row_number, double score) { append_number(out, static_cast<T>(score)); }};
}

inline csv_column csv_derived_column(const derived_column& column) {
    return {column.name, [value = column.value](std::string& out, row_number row, double score) {
                append_number(out, value(row, score));
            }};
}

/// The column of that name: derived, of the table, `score` or `row`.
template <class T>
csv_column csv_named_column(const svdlens::axes& table, const csv_options& options, const std::string& name) {
    for (const auto& column : options.derived)
        if (column.name == name) return csv_derived_column(column);
    if (auto column = find_csv_column(table, name)) return *std::move(column);
    if (name == "score") return csv_score_column<T>();
    if (name == "row")
        return {name, [](std::string& out, row_number row, double) { append_number(out, row); }};
    std::string message = "CSV: no column " + quoted(name) + "; there are";
    for (const auto& known : table.column_names()) message += " " + quoted(known);
    for (const auto& column : options.derived) message += " " + quoted(column.name);
    throw lookup_error(errc::unknown_column, message + " \"score\" \"row\"");
}

template <class T>
std::vector<csv_column> csv_columns(const svdlens::axes& table, const csv_options& options) {
    std::vector<csv_column> columns;
    for (const auto& column : options.derived)
        if (!column.value)
            throw argument_error(errc::invalid_argument,
                                 "CSV: derived column " + quoted(column.name) + " has no function");
    for (const auto& name : options.columns) columns.push_back(csv_named_column<T>(table, options, name));
    if (!columns.empty()) return columns;
    for (const auto& name : table.column_names()) columns.push_back(*find_csv_column(table, name));
    columns.push_back(csv_score_column<T>());
    for (const auto& column : options.derived) columns.push_back(csv_derived_column(column));
    return columns;
}

/// Appends the lines of a block.
template <class T>
void append_csv_rows(std::string& out, const score_block<T>& block, const std::vector<csv_column>& columns) {
    for (std::size_t k = 0; k < block.runs; ++k) {
        const auto run = block.run(k);
        for (std::size_t j = 0; j < run.scores.size(); ++j) {
            const auto start = out.size();
            for (const auto& column : columns) {
                if (&column != columns.data()) out += ',';
                column.append(out, run.row(j), static_cast<double>(run.scores[j]));
            }
            end_csv_row(out, start);
        }
    }
}

} // namespace detail

/// Writes the rows of a table, in its order, as CSV (see `csv_writer` for the format). Blocks are formatted
/// by several threads; the bytes do not depend on how many. Time O(rows * columns); memory threads * (the
/// text of a block). Nothing is left at the path after an exception.
/// @throws lookup_error (unknown_column); argument_error (invalid_argument) for a derived column without
/// function;
///         file_error (cannot_write); cancelled_error when `run.stop` becomes true; what a derived column
///         throws
template <std::floating_point T>
void write_csv(const std::filesystem::path& path, score_source_ref<T> table, const csv_options& options = {},
               const execution& run = {}) {
    struct slot {
        block_buffer<T> buffer;
        std::string text;
    };
    const auto columns = detail::csv_columns<T>(table.axes(), options);
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(column.name);
    file_writer file(path);
    std::string head;
    detail::append_csv_head(head, names, table.axes().provenance());
    file.write(head);
    for_blocks_in_order<slot>(
        table.blocks(), table.max_rows(), run,
        [&](std::size_t i, slot& s) {
            s.text.clear();
            detail::append_csv_rows(s.text, table.block(i, s.buffer), columns);
        },
        [&](std::size_t, slot& s) { file.write(s.text); });
    file.commit();
}

/// As above, for any score source: a long table, a projection, a selection.
template <score_source S>
void write_csv(const std::filesystem::path& path, const S& table, const csv_options& options = {},
               const execution& run = {}) {
    write_csv(path, score_source_ref<typename S::value_type>(table), options, run);
}

} // namespace svdlens::inline v0

#endif
