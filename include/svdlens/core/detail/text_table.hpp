/// @file
/// Cells of text in aligned columns: how tables, descriptions and counts print.
#ifndef SVDLENS_CORE_DETAIL_TEXT_TABLE_HPP
#define SVDLENS_CORE_DETAIL_TEXT_TABLE_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Rows of cells under a header; no header line where `header` is empty. The first column names the rows.
struct text_table {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> cells;
};

/// How many characters UTF-8 text has: bytes that do not continue one.
inline std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

/// Text on one line: `\n`, `\t`, `\r` as pandas shows them, other control characters as `\x1b`.
inline std::string one_line(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f)
            out += c;
        else if (c == '\n' || c == '\t' || c == '\r')
            (out += '\\') += c == '\n' ? 'n' : c == '\t' ? 't' : 'r';
        else
            ((out += "\\x") += digits[byte >> 4]) += digits[byte & 15];
    }
    return out;
}

/// Appends one line: the first cell left aligned, the others right, two spaces between.
inline void append_cells(std::string& out, const std::vector<std::string>& cells,
                         const std::vector<std::size_t>& widths) {
    const auto start = out.size();
    for (std::size_t k = 0; k < cells.size(); ++k) {
        const std::string blanks(widths[k] - count_characters(cells[k]), ' ');
        out += k == 0 ? cells[k] + blanks : "  " + blanks + cells[k];
    }
    while (out.size() > start && out.back() == ' ') out.pop_back();
    out += '\n';
}

/// The lines of a table, header first, every cell on one line.
inline std::vector<std::vector<std::string>> printed_lines(const text_table& table) {
    std::vector<std::vector<std::string>> lines;
    const auto add = [&](const std::vector<std::string>& cells) {
        auto& line = lines.emplace_back();
        for (const auto& cell : cells) line.push_back(one_line(cell));
    };
    if (!table.header.empty()) add(table.header);
    for (const auto& row : table.cells) add(row);
    return lines;
}

/// Aligned text, each line ended by `\n`: the first column left aligned as pandas aligns an index, the others
/// right, widths in characters of UTF-8. Control characters are escaped, so that a row stays a line. Rows
/// may have fewer cells than others. O(text)
inline std::string to_string(const text_table& table) {
    const auto lines = printed_lines(table);
    std::vector<std::size_t> widths;
    for (const auto& line : lines) {
        widths.resize((std::max)(widths.size(), line.size()));
        for (std::size_t k = 0; k < line.size(); ++k)
            widths[k] = (std::max)(widths[k], count_characters(line[k]));
    }
    std::string out;
    for (const auto& line : lines) append_cells(out, line, widths);
    return out;
}

/// A table of `rows` rows that shows at most `most` of them: all, or the first and the last ones (the odd one
/// among the first) with a row of `...` between. `row(k)` gives the cells of a shown row and is called for no
/// other. O(most)
template <class Row>
text_table head_and_tail(std::vector<std::string> header, std::size_t rows, std::size_t most, Row row) {
    text_table table{std::move(header), {}};
    const std::size_t head = rows <= most ? rows : most - most / 2;
    for (std::size_t k = 0; k < head; ++k) table.cells.push_back(row(k));
    if (rows <= most) return table;
    const std::size_t columns = table.cells.empty() ? table.header.size() : table.cells.front().size();
    table.cells.emplace_back(columns, "...");
    for (std::size_t k = rows - most / 2; k < rows; ++k) table.cells.push_back(row(k));
    return table;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
