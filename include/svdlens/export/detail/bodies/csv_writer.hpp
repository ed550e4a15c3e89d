/// @file
/// The bodies of export/csv_writer.hpp.
#ifndef SVDLENS_EXPORT_DETAIL_BODIES_CSV_WRITER_HPP
#define SVDLENS_EXPORT_DETAIL_BODIES_CSV_WRITER_HPP

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/file_writer.hpp"
#include "../../../core/text.hpp"
#include "../../csv_writer.hpp"
#include "../text_sink.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether a cell is quoted: where RFC 4180 asks for it, and where readers would trim spaces or see a
/// comment.
inline bool needs_csv_quotes(std::string_view cell) {
    if (cell.empty()) return false;
    if (cell.front() == ' ' || cell.back() == ' ') return true;
    return cell.find_first_of(",\"\r\n#") != std::string_view::npos;
}

SVDLENS_BODY void quote_csv_cell(std::string& out, std::size_t start) {
    if (!needs_csv_quotes(std::string_view(out).substr(start))) return;
    std::string cell = "\"";
    for (const char c : std::string_view(out).substr(start)) {
        if (c == '"') cell += '"';
        cell += c;
    }
    cell += '"';
    out.replace(start, std::string::npos, cell);
}

SVDLENS_BODY void append_csv_cell(std::string& out, std::string_view text) {
    const auto start = out.size();
    out += text;
    quote_csv_cell(out, start);
}

SVDLENS_BODY void end_csv_row(std::string& out, std::size_t start) {
    if (out.size() == start) out += "\"\"";
    out += '\n';
}

SVDLENS_BODY void append_csv_head(std::string& out, const std::vector<std::string>& columns,
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

} // namespace detail

SVDLENS_BODY csv_writer::csv_writer(const std::filesystem::path& path, const std::vector<std::string>& columns,
           std::string_view provenance) :
    file_(path),
    columns_(columns.size()) {
    if (columns.empty())
        throw argument_error(errc::invalid_argument, path.string() + ": CSV without columns");
    detail::append_csv_head(sink_.text(), columns, provenance);
    row_start_ = sink_.text().size();
}

SVDLENS_BODY void csv_writer::end_row() {
    if (cells_ != columns_)
        throw argument_error(errc::invalid_argument, "CSV row: expected " + to_text(columns_) +
                                                         " cells, found " + to_text(cells_));
    detail::end_csv_row(sink_.text(), row_start_);
    sink_.pause();
    row_start_ = sink_.text().size();
    cells_ = 0;
}

SVDLENS_BODY void csv_writer::commit() {
    if (cells_ != 0) end_row();
    sink_.flush();
    file_.commit();
}

} // namespace svdlens::inline v0_2

#endif
