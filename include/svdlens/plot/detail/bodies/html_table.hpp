/// @file
/// The bodies of plot/html_table.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_HTML_TABLE_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_HTML_TABLE_HPP

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

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/read_double.hpp"
#include "../../../core/text.hpp"
#include "../../../table/derived_column.hpp"
#include "../../../table/describe.hpp"
#include "../../../table/detail/rows/row_columns.hpp"
#include "../../../table/score_source.hpp"
#include "../../../table/wide_table.hpp"
#include "../../html_table.hpp"
#include "../../panel.hpp"
#include "../../row_options.hpp"
#include "../categories.hpp"
#include "../color_scale.hpp"
#include "../thinning.hpp"

namespace svdlens::inline v0_2::plot {

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

SVDLENS_BODY int decimals_of(const color_scale& scale, int digits) {
    return digits - 1 - static_cast<int>(std::floor(std::log10(scale.high)));
}

SVDLENS_BODY std::string fixed_text(double value, int decimals, int digits) {
    constexpr int most = 8;
    if (!std::isfinite(value) || decimals < 0 || decimals > most) return to_rounded_text(value, digits);
    std::array<char, 64> buffer;
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals)
            .ptr;
    const std::string text(buffer.data(), end);
    return text.find_first_not_of("-0.") == std::string::npos && text.front() == '-' ? text.substr(1) : text;
}

SVDLENS_BODY table_cell heat_cell(double value, const color_scale& scale, int digits) {
    if (std::isnan(value)) return {"", {}, {}};
    const rgb ground = scale(value);
    return {fixed_text(value, decimals_of(scale, digits), digits), css(ground), ink_on(ground)};
}

SVDLENS_BODY bool is_number(const std::string& text) {
    return text.empty() || svdlens::detail::read_double(text).has_value();
}

SVDLENS_BODY std::vector<char> columns_of_words(const html_table& table) {
    std::vector<char> words(table.header.size());
    for (const auto& row : table.rows) {
        words.resize((std::max)(words.size(), row.size()));
        for (std::size_t k = 0; k < row.size(); ++k)
            if (!is_number(row[k].text)) words[k] = 1;
    }
    return words;
}

SVDLENS_BODY void append_cell(std::string& out, std::string tag, bool of_words, const table_cell& cell) {
    out += "<" + tag;
    if (of_words) out += " class=\"words\" dir=\"auto\"";
    if (!cell.ground.empty()) out += " style=\"background:" + cell.ground + ";color:" + cell.ink + "\"";
    out += '>';
    append_escaped(out, shortened(cell.text, longest_cell));
    tag.resize(2);
    out += "</" + tag + ">";
}

SVDLENS_BODY void note_hidden_rows(std::vector<std::string>& notes, std::size_t shown, std::size_t all) {
    if (shown < all)
        notes.push_back("The first " + to_text(shown) + " of " + count_text(all, "row", "rows") + ".");
}

} // namespace detail

SVDLENS_BODY panel to_panel(const html_table& table) {
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

SVDLENS_BODY html_table description_table(std::span<const description> described, std::string title) {
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
