/// @file
/// Rows into a CSV file as they are found.
#ifndef SVDLENS_EXPORT_CSV_SINK_HPP
#define SVDLENS_EXPORT_CSV_SINK_HPP

#include <concepts>
#include <filesystem>
#include <utility>
#include <vector>

#include "../core/file_writer.hpp"
#include "../table/detail/rows/row_columns.hpp"
#include "../table/score_source.hpp"
#include "../tensor/axes.hpp"
#include "csv.hpp"
#include "detail/csv_rows.hpp"
#include "detail/text_sink.hpp"

namespace svdlens::inline v0_2 {

/// A sink of `for_each_outside` and its kin: appends each row to a CSV file. The bytes are those of
/// `write_csv` for the same rows in one table. Memory: the text of one call.
template <std::floating_point T>
class basic_csv_sink {
  public:
    /// @param table the axes of the rows
    /// @throws lookup_error (unknown_column); argument_error (invalid_argument) for a derived column without
    /// function, (invalid_axes) for one of another table's rows; file_error (cannot_write)
    basic_csv_sink(const std::filesystem::path& path, axes table, csv_options options = {}) :
        table_(std::move(table)), options_(std::move(options)),
        columns_(detail::csv_columns<T>(table_, options_)), file_(path) {
        detail::append_csv_head(text_.text(), columns_, table_.provenance());
    }

    basic_csv_sink(const basic_csv_sink&) = delete;
    basic_csv_sink& operator=(const basic_csv_sink&) = delete;

    /// @throws file_error (cannot_write)
    void operator()(const score_run<T>& run) {
        detail::append_csv_rows(text_.text(), run, columns_);
        text_.pause();
    }

    /// Ends the file and moves it to its path: without this there is none. @throws file_error (cannot_write)
    void commit() {
        text_.flush();
        file_.commit();
    }

  private:
    axes table_;
    csv_options options_;
    std::vector<detail::row_column<T>> columns_;
    file_writer file_;
    detail::text_sink text_{file_};
};

using csv_sink = basic_csv_sink<float>;

} // namespace svdlens::inline v0_2

#endif
