/// @file
/// Cells, rows and the head of a CSV file as text.
#ifndef SVDLENS_EXPORT_DETAIL_CSV_CELLS_HPP
#define SVDLENS_EXPORT_DETAIL_CSV_CELLS_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "../../core/text.hpp"
#include "text_sink.hpp"

namespace svdlens::inline v0_2::detail {

/// Whether a cell is quoted: where RFC 4180 asks for it, and where readers would trim spaces or see
/// a comment.
inline bool needs_csv_quotes(std::string_view cell) {
    if (cell.empty()) return false;
    if (cell.front() == ' ' || cell.back() == ' ') return true;
    return cell.find_first_of(",\"\r\n#") != std::string_view::npos;
}

/// Turns what stands in `out` from `start` on into a CSV cell.
inline void quote_csv_cell(std::string& out, std::size_t start) {
    if (!needs_csv_quotes(std::string_view(out).substr(start))) return;
    std::string cell = "\"";
    for (const char c : std::string_view(out).substr(start)) {
        if (c == '"') cell += '"';
        cell += c;
    }
    cell += '"';
    out.replace(start, std::string::npos, cell);
}

inline void append_csv_cell(std::string& out, std::string_view text) {
    const auto start = out.size();
    out += text;
    quote_csv_cell(out, start);
}

/// Ends a row that starts at `start`. A row of one empty cell is quoted: a blank line is none to
/// most readers.
inline void end_csv_row(std::string& out, std::size_t start) {
    if (out.size() == start) out += "\"\"";
    out += '\n';
}

/// The line of provenance and the header.
inline void append_csv_head(std::string& out, const std::vector<std::string>& columns,
                            std::string_view provenance) {
    out += "# ";
    append_maker(out, provenance);
    out += '\n';
    const auto start = out.size();
    for (std::size_t k = 0; k < columns.size(); ++k) {
        if (k != 0) out += ',';
        append_csv_cell(out, columns[k]);
    }
    end_csv_row(out, start);
}

} // namespace svdlens::inline v0_2::detail

#endif
