/// @file
/// A wide table: rows and columns as in a spreadsheet, its way back to a long one, and its print.
#ifndef SVDLENS_TABLE_WIDE_TABLE_HPP
#define SVDLENS_TABLE_WIDE_TABLE_HPP

#include <concepts>
#include <cstddef>
#include <limits>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../core/detail/text_table.hpp"
#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "by.hpp"
#include "detail/groups/wide_side.hpp"
#include "detail/rows/row_list.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

/// Values by row and column, row-major; NaN where no cell is. As pandas' pivot, only rows and columns with a
/// cell are there, in row-major order of the axes that each side spans. Memory: sizeof(T) + 1 bytes a cell of
/// the rectangle, 16 a line of either side, and while it is made 16 bytes a cell.
template <std::floating_point T>
class basic_wide_table {
  public:
    using value_type = T;

    /// Spreads the rows of a table, whose axes `rows` and `columns` share out between them.
    /// @throws lookup_error (unknown_column)
    /// @throws argument_error (invalid_argument) when an axis is in both of them or in none
    basic_wide_table(const basic_selection<T>& cells, const by_columns& rows, const by_columns& columns) :
        axes_(cells.axes()), down_(axes_, rows, run_of(cells)), across_(axes_, columns, run_of(cells)) {
        detail::check_apart(axes_, rows, columns);
        if (down_.axes().rank() + across_.axes().rank() != axes_.rank())
            throw argument_error(errc::invalid_argument,
                                 "wide table: an axis is neither in rows nor in columns");
        const std::size_t size = down_.present().size() * across_.present().size();
        values_.assign(size, std::numeric_limits<T>::quiet_NaN());
        present_.assign(size, 0);
        const auto down = down_.lines(run_of(cells)), across = across_.lines(run_of(cells));
        for (std::size_t k = 0; k < cells.size(); ++k) {
            const auto at = place(down[k], across[k]);
            values_[at] = cells.score_at(k);
            present_[at] = 1;
        }
    }

    /// The axes of the long form.
    const svdlens::axes& axes() const { return axes_; }

    /// How many rows and columns there are. @{
    std::size_t row_count() const { return down_.present().size(); }
    std::size_t column_count() const { return across_.present().size(); }
    /// @}

    /// What names the rows.
    const svdlens::axes& row_axes() const { return down_.axes(); }
    /// The number that each row has in it.
    std::span<const row_number> rows() const { return down_.present(); }
    /// What names the columns.
    const svdlens::axes& column_axes() const { return across_.axes(); }
    /// The number that each column has in it.
    std::span<const row_number> columns() const { return across_.present(); }

    /// The labels of a row, ", " between those of several columns.
    std::string row_label(std::size_t row) const { return down_.label(row); }
    /// The labels of a column.
    std::string column_label(std::size_t column) const { return across_.label(column); }
    /// The names of the columns of the long form whose labels these are. @{
    std::string row_name() const { return down_.name(); }
    std::string column_name() const { return across_.name(); }
    /// @}

    /// All values, row by row.
    std::span<const T> values() const& { return values_; }
    std::vector<T> values() && { return std::move(values_); }

    /// A cell's value; NaN where there is none.
    T operator()(std::size_t row, std::size_t column) const { return values_[place(row, column)]; }
    /// Whether there is a cell, NaN or not.
    bool has(std::size_t row, std::size_t column) const { return present_[place(row, column)] != 0; }
    /// The number of a cell in the long form, there or not.
    row_number cell(std::size_t row, std::size_t column) const {
        return down_.offset(row) + across_.offset(column);
    }

  private:
    static score_run<T> run_of(const basic_selection<T>& cells) {
        return {cells.scores(), 0, cells.rows().data()};
    }

    std::size_t place(std::size_t row, std::size_t column) const { return row * column_count() + column; }

    svdlens::axes axes_;
    detail::wide_side down_;
    detail::wide_side across_;
    std::vector<T> values_;
    std::vector<unsigned char> present_;
};

using wide_table = basic_wide_table<double>;

/// The cells of a wide table as rows again, NaN ones included, in ascending row order of the axes that it was
/// made from. O(rows * columns + cells log cells). Memory: 16 bytes a cell, 16 more to sort.
template <std::floating_point T>
basic_selection<T> melt(const basic_wide_table<T>& wide) {
    detail::row_list<T> cells;
    for (std::size_t row = 0; row < wide.row_count(); ++row)
        for (std::size_t column = 0; column < wide.column_count(); ++column)
            if (wide.has(row, column)) cells.push_back(wide.cell(row, column), wide(row, column));
    return detail::to_selection(wide.axes(), std::move(cells));
}

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
    auto header = detail::wide_line(wide.row_name(), wide.column_count(), options.columns,
                                    [&](std::size_t column) { return wide.column_label(column); });
    const auto cells = [&](std::size_t row) {
        return detail::wide_line(
            wide.row_label(row), wide.column_count(), options.columns,
            [&](std::size_t column) { return to_rounded_text(static_cast<double>(wide(row, column)), 6); });
    };
    return to_string(detail::head_and_tail(std::move(header), wide.row_count(), options.rows, cells)) +
           "\n[" + to_text(wide.row_count()) + " rows x " + to_text(wide.column_count()) + " columns]\n";
}

template <std::floating_point T>
std::ostream& operator<<(std::ostream& out, const basic_wide_table<T>& wide) {
    return out << to_string(wide);
}

} // namespace svdlens::inline v0_2

#endif
