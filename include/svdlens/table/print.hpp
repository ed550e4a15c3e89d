/// @file
/// Tables and selections as a person reads a data frame.
#ifndef SVDLENS_TABLE_PRINT_HPP
#define SVDLENS_TABLE_PRINT_HPP

#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "../core/detail/text_table.hpp"
#include "../core/text.hpp"
#include "derived_column.hpp"
#include "detail/rows/row_columns.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// What a printed table shows.
struct print_options {
    /// At most so many rows: the first and the last ones, `...` between.
    std::size_t rows = 10;
    /// Which columns, in which order: as `csv_options::columns`.
    std::vector<std::string> columns = {};
    /// Columns of numbers to compute.
    std::vector<derived_column> derived = {};
    /// Columns of text to compute.
    std::vector<derived_label> derived_labels = {};
};

namespace detail {

template <class T>
void append_six_digits(std::string& out, T value) {
    out += to_rounded_text(static_cast<double>(value), 6);
}

template <class T>
inline constexpr row_style<T> print_style{"print", append_six_digits<T>, append_six_digits<double>,
                                          [](std::string&, std::size_t) {}};

/// What stands for a table without rows.
template <class T>
std::string empty_table_text(const std::vector<row_column<T>>& columns) {
    std::string out = "Empty table\nColumns: [";
    for (const auto& column : columns) {
        if (&column != columns.data()) out += ", ";
        out += one_line(column.name);
    }
    return out += "]\n";
}

template <stored_source S>
std::string stored_rows_text(const S& source, const print_options& options) {
    using T = typename S::value_type;
    const row_column_maker<T> maker(source.axes(), options.derived, options.derived_labels, print_style<T>);
    const auto columns = maker.columns(options.columns);
    if (source.size() == 0) return empty_table_text(columns);
    std::vector<std::string> header{""};
    for (const auto& column : columns) header.push_back(column.name);
    const auto cells = [&](std::size_t k) {
        const row_number number = source.row_at(k);
        const T score = source.score_at(k);
        std::vector<std::string> row{to_text(number)};
        for (const auto& column : columns) column.append(row.emplace_back(), number, score);
        return row;
    };
    return to_string(head_and_tail(std::move(header), source.size(), options.rows, cells)) + "\n[" +
           to_text(source.size()) + " rows x " + to_text(columns.size()) + " columns]\n";
}

template <class S>
inline constexpr bool in_memory_to_print =
    stored_source<S>; // a failed concept would explain itself in a second error

} // namespace detail

/// The rows of a table or selection in its order, as pandas prints a data frame: the row number at the left,
/// a column for each axis and label column, and the score; six significant digits; a last line with the
/// number of rows and columns. Only the rows shown are touched. What is computed as it is read does
/// not print: `collect` or `store` it first.
/// O(rows shown * columns)
/// @throws lookup_error (unknown_column); argument_error (invalid_argument) for a derived column without
/// function, (invalid_axes) for one of another table's rows; what a derived column throws
template <score_source S>
std::string to_string(const S& source, const print_options& options = {}) {
    static_assert(detail::in_memory_to_print<S>, "svdlens: only rows in memory print: collect(source) makes "
                                                 "a selection of them, store(source) a table");
    if constexpr (detail::in_memory_to_print<S>) return detail::stored_rows_text(source, options);
    return {};
}

/// Prints ten rows: `std::cout << table`.
template <score_source S>
std::ostream& operator<<(std::ostream& out, const S& source) {
    return out << to_string(source);
}

} // namespace svdlens::inline v0_2

#endif
