/// @file
/// Tables whose values other libraries can look at as an array.
#ifndef SVDLENS_TABLE_DETAIL_ROWS_DENSE_VALUES_HPP
#define SVDLENS_TABLE_DETAIL_ROWS_DENSE_VALUES_HPP

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../long_table.hpp"

namespace svdlens::inline v0_2::detail {

/// Row-major values of a number of rows and columns: a wide table.
template <class W>
concept wide_values = std::floating_point<typename W::value_type> && requires(const W& wide) {
    { wide.values() } -> std::same_as<std::span<const typename W::value_type>>;
    { wide.row_count() } -> std::same_as<std::size_t>;
    { wide.column_count() } -> std::same_as<std::size_t>;
};

/// @throws argument_error (invalid_argument) when rows of the table's shape are absent
template <class T>
void check_dense(const basic_long_table<T>& table, std::string_view what) {
    if (table.size() == table.axes().shape_rows()) return;
    throw argument_error(errc::invalid_argument,
                         std::string(what) + ": expected all " + to_text(table.axes().shape_rows()) +
                             " rows of the shape, found " + to_text(table.size()) +
                             "; pivot the table (absent cells become NaN) or take its columns");
}

} // namespace svdlens::inline v0_2::detail

#endif
