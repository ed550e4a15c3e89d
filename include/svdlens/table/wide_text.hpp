/// @file
/// Wide tables as text.
#ifndef SVDLENS_TABLE_WIDE_TEXT_HPP
#define SVDLENS_TABLE_WIDE_TEXT_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "../core/text.hpp"
#include "../core/text_table.hpp"
#include "wide_table.hpp"

namespace svdlens::inline v0 {

/// How much of a wide table prints.
struct wide_text_options {
    std::size_t rows = 10;   ///< at most so many, from both ends
    std::size_t columns = 8; ///< likewise
};

namespace detail {

/// A line of a wide table: `first`, then `cell(column)` for at most `most` columns, `...` for those between.
template <class Cell>
std::vector<std::string> wide_line(std::string first, std::size_t columns, std::size_t most, Cell cell) {
    std::vector<std::string> line{std::move(first)};
    const std::size_t head = columns <= most ? columns : most - most / 2;
    for (std::size_t k = 0; k < head; ++k) line.push_back(cell(k));
    if (columns <= most) return line;
    line.emplace_back("...");
    for (std::size_t k = columns - most / 2; k < columns; ++k) line.push_back(cell(k));
    return line;
}

} // namespace detail

/// Aligned columns under their labels, values to six significant digits, `nan` where there is no cell; the
/// first and the last rows and columns where there are many, and how many there are.
template <std::floating_point T>
std::string to_string(const basic_wide_table<T>& wide, const wide_text_options& options = {}) {
    auto header = detail::wide_line(wide.row_name(), wide.columns(), options.columns,
                                    [&](std::size_t column) { return wide.column_label(column); });
    const auto cells = [&](std::size_t row) {
        return detail::wide_line(
            wide.row_label(row), wide.columns(), options.columns,
            [&](std::size_t column) { return to_rounded_text(static_cast<double>(wide(row, column)), 6); });
    };
    return to_string(head_and_tail(std::move(header), wide.rows(), options.rows, cells)) + "\n[" +
           to_text(wide.rows()) + " rows x " + to_text(wide.columns()) + " columns]\n";
}

template <std::floating_point T>
std::ostream& operator<<(std::ostream& out, const basic_wide_table<T>& wide) {
    return out << to_string(wide);
}

} // namespace svdlens::inline v0

#endif
