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
#include "../csv_cells.hpp"
#include "../text_sink.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY csv_writer::csv_writer(const std::filesystem::path& path,
                                    const std::vector<std::string>& columns, std::string_view provenance) :
    file_(path),
    columns_(columns.size()) {
    if (columns.empty())
        throw argument_error(errc::invalid_argument, path.string() + ": CSV without columns");
    detail::append_csv_head(sink_.text(), columns, provenance);
    row_start_ = sink_.text().size();
}

SVDLENS_BODY void csv_writer::end_row() {
    if (cells_ != columns_)
        throw argument_error(errc::invalid_argument,
                             "CSV row: expected " + to_text(columns_) + " cells, found " + to_text(cells_));
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
