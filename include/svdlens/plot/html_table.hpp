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

/// The luminance of a colour by WCAG 2.
inline double luminance(const rgb& color) {
    const auto linear = [](double share) {
        return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2]);
}

/// Black or white, whichever stands out more: at least 4.58 to 1 on any ground.
inline std::string ink_on(const rgb& ground) { return luminance(ground) > 0.179 ? "#000000" : "#ffffff"; }

/// How many decimals give the largest number of a scale `digits` significant digits; numbers that are large
/// or small as a whole have none: see `fixed_text`.
inline int decimals_of(const color_scale& scale, int digits) {
    return digits - 1 - static_cast<int>(std::floor(std::log10(scale.high)));
}

/// A number with that many decimals, so that the numbers of a table stand below each other, and what is next
/// to nothing beside the others is seen to be; in its own digits where that would be an odd number of them.
inline std::string fixed_text(double value, int decimals, int digits) {
    constexpr int most = 8;
    if (!std::isfinite(value) || decimals < 0 || decimals > most) return to_rounded_text(value, digits);
    std::array<char, 64> buffer;
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals)
            .ptr;
    const std::string text(buffer.data(), end);
    return text.find_first_not_of("-0.") == std::string::npos && text.front() == '-' ? text.substr(1) : text;
}

inline table_cell heat_cell(double value, const color_scale& scale, int digits) {
    if (std::isnan(value)) return {"", {}, {}};
    const rgb ground = scale(value);
    return {fixed_text(value, decimals_of(scale, digits), digits), css(ground), ink_on(ground)};
}

/// How many characters of a cell are shown.
inline constexpr std::size_t longest_cell = 500;

/// Whether a cell is a number, or empty.
inline bool is_number(const std::string& text) {
    return text.empty() || svdlens::detail::read_double(text).has_value();
}

/// Which columns hold words: numbers stand at the right, below each other, words at the left.
inline std::vector<char> columns_of_words(const html_table& table) {
    std::vector<char> words(table.header.size());
    for (const auto& row : table.rows) {
        words.resize((std::max)(words.size(), row.size()));
        for (std::size_t k = 0; k < row.size(); ++k)
            if (!is_number(row[k].text)) words[k] = 1;
    }
    return words;
}

/// Appends a cell, `th` or `td` with its attributes.
inline void append_cell(std::string& out, std::string tag, bool of_words, const table_cell& cell) {
    out += "<" + tag;
    if (of_words) out += " class=\"words\" dir=\"auto\"";
    if (!cell.ground.empty()) out += " style=\"background:" + cell.ground + ";color:" + cell.ink + "\"";
    out += '>';
    append_escaped(out, shortened(cell.text, longest_cell));
    tag.resize(2);
    out += "</" + tag + ">";
}

inline void note_hidden_rows(std::vector<std::string>& notes, std::size_t shown, std::size_t all) {
    if (shown < all)
        notes.push_back("The first " + to_text(shown) + " of " + count_text(all, "row", "rows") + ".");
}

} // namespace detail

/// The table as HTML. O(cells)
inline panel to_panel(const html_table& table) {
    const auto words = detail::columns_of_words(table);
    std::string html = "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"" +
                       detail::escaped(table.title.empty() ? "table" : table.title) +
                       "\"><table>\n<thead><tr>";
    for (std::size_t k = 0; k < table.header.size(); ++k)
        detail::append_cell(html, "th scope=\"col\"", words[k] != 0, {table.header[k]});
    html += "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
        html += "<tr>";
        for (std::size_t k = 0; k < row.size(); ++k)
            detail::append_cell(html, k == 0 ? "th scope=\"row\"" : "td", words[k] != 0, row[k]);
        html += "</tr>\n";
    }
    html += "</tbody></table></div>\n";
    std::vector<std::string> notes = table.notes;
    if (table.rows.empty()) notes.push_back("The table has no rows.");
    return {table.title, table.provenance, std::move(notes), std::move(html), drawn_by::html};
}

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
/// @throws lookup_error (unknown_column)
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
inline html_table description_table(std::span<const description> described, std::string title) {
    html_table table{.title = std::move(title)};
    table.header.push_back("table");
    for (const auto& d : described) {
        auto& cells = table.rows.emplace_back();
        cells.push_back({d.title});
        for (const auto& [name, value] : statistics(d)) {
            if (table.rows.size() == 1) table.header.push_back(name);
            cells.push_back({name == "count" ? to_text(d.count) : to_rounded_text(value, 4)});
        }
        if (d.nan_count != 0)
            table.notes.push_back(d.title + ": " + detail::count_text(d.nan_count, "row has", "rows have") +
                                  " no score (NaN).");
    }
    return table;
}

} // namespace svdlens::inline v0_2::plot

#endif
