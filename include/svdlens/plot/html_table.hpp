/// @file
/// Tables as plain HTML, no script: numbers and labels, and wide tables on a ground of colour.
#ifndef SVDLENS_PLOT_HTML_TABLE_HPP
#define SVDLENS_PLOT_HTML_TABLE_HPP

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/detail/read_double.hpp"
#include "../core/text.hpp"
#include "../table/derived_column.hpp"
#include "../table/describe.hpp"
#include "../table/detail/rows/row_columns.hpp"
#include "../table/score_source.hpp"
#include "../table/wide_table.hpp"
#include "detail/categories.hpp"
#include "detail/color_scale.hpp"
#include "detail/thinning.hpp"
#include "panel.hpp"
#include "row_options.hpp"

namespace svdlens::inline v0_2::plot {

/// A cell; `ground` and `ink` are CSS colours, or empty.
struct table_cell {
    std::string text;
    std::string ground = {};
    std::string ink = {};
};

/// A table whose first column names its rows. A value.
struct html_table {
    std::string title;
    std::string provenance = {};
    std::vector<std::string> notes = {};
    std::vector<std::string> header = {};
    std::vector<std::vector<table_cell>> rows = {};
};

struct heat_table_options {
    std::string title = {};
    std::size_t max_rows = 200; ///< the first; a note says how many are left out
    int digits = 3;             ///< of the largest number
};

struct row_table_options {
    std::string title = {};
    std::vector<std::string> columns = {}; ///< none: all; also computed ones, `score` and `row`
    computed_columns computed = {};
    std::size_t max_rows = 1000; ///< the first; a note says how many are left out
};

namespace detail {

/// How many decimals give the largest number of a scale `digits` significant digits; numbers that are large
/// or small as a whole have none: see `fixed_text`.
int decimals_of(const color_scale& scale, int digits);

/// A number with that many decimals, so that the numbers of a table stand below each other, and what is next
/// to nothing beside the others is seen to be; in its own digits where that would be an odd number of them.
std::string fixed_text(double value, int decimals, int digits);

table_cell heat_cell(double value, const color_scale& scale, int digits);

/// How many characters of a cell are shown.
inline constexpr std::size_t longest_cell = 500;

/// Whether a cell is a number, or empty.
bool is_number(const std::string& text);

/// Which columns hold words: numbers stand at the right, below each other, words at the left.
std::vector<char> columns_of_words(const html_table& table);

/// Appends a cell, `th` or `td` with its attributes.
void append_cell(std::string& out, std::string tag, bool of_words, const table_cell& cell);

void note_hidden_rows(std::vector<std::string>& notes, std::size_t shown, std::size_t all);

} // namespace detail

/// The table as HTML. O(cells)
panel to_panel(const html_table& table);

/// A wide table, each cell on a ground of colour: white for 0, the strongest colour for the largest |value|
/// in the table. Text is black or white, whichever can be read. NaN cells are empty. O(cells)
template <std::floating_point T>
html_table heat_table(const basic_wide_table<T>& wide, const heat_table_options& options = {}) {
    const auto scale = detail::scale_of(wide.values());
    html_table table{.title = options.title.empty() ? wide.axes().title() : options.title,
                     .provenance = wide.axes().provenance()};
    table.header.push_back(wide.row_name());
    for (std::size_t column = 0; column < wide.column_count(); ++column)
        table.header.push_back(wide.column_label(column));
    const auto shown = (std::min)(wide.row_count(), options.max_rows);
    for (std::size_t row = 0; row < shown; ++row) {
        auto& cells = table.rows.emplace_back();
        cells.push_back({wide.row_label(row)});
        for (std::size_t column = 0; column < wide.column_count(); ++column)
            cells.push_back(detail::heat_cell(static_cast<double>(wide(row, column)), scale, options.digits));
    }
    detail::note_hidden_rows(table.notes, shown, wide.row_count());
    return table;
}

/// The rows of a table or selection in its order. O(rows shown)
/// @throws lookup_error (unknown_column); argument_error (invalid_axes) for a computed column of another
/// table's rows
template <stored_source S>
html_table row_table(const S& rows, const row_table_options& options = {}) {
    using T = typename S::value_type;
    const auto style =
        svdlens::detail::row_style<T>{"row_table", detail::append_shown_score<T>, detail::append_shown_number,
                                      [](std::string&, std::size_t) {}};
    const svdlens::detail::row_column_maker<T> maker(rows.axes(), options.computed.numbers,
                                                     options.computed.labels, style);
    const auto columns = maker.columns(options.columns);
    html_table table{.title = options.title.empty() ? rows.axes().title() : options.title,
                     .provenance = rows.axes().provenance()};
    for (const auto& column : columns) table.header.push_back(column.name);
    const auto shown = (std::min)(rows.size(), options.max_rows);
    for (std::size_t k = 0; k < shown; ++k) {
        auto& cells = table.rows.emplace_back();
        for (const auto& column : columns)
            column.append(cells.emplace_back().text, rows.row_at(k), rows.score_at(k));
    }
    detail::note_hidden_rows(table.notes, shown, rows.size());
    return table;
}

/// Descriptions side by side, a row each. All have the same percentiles. O(descriptions)
html_table description_table(std::span<const description> described, std::string title);

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/html_table.hpp"
#endif

#endif
