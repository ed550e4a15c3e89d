/// @file
/// CSV files cell by cell: RFC 4180 quoting, shortest round-trip numbers, a first line of provenance.
#ifndef SVDLENS_EXPORT_CSV_WRITER_HPP
#define SVDLENS_EXPORT_CSV_WRITER_HPP

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "../core/error.hpp"
#include "../core/file_writer.hpp"
#include "../core/text.hpp"
#include "detail/csv_cells.hpp"
#include "detail/text_sink.hpp"

namespace svdlens::inline v0_2 {

/// A number that a CSV cell shows as a number.
template <class T>
concept csv_number =
    std::floating_point<T> || (std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>);

/// Writes a CSV file row by row. Nothing stands at the path before `commit`; memory stays bounded.
///
/// The first line is `# svdlens <version>; <provenance>` (pandas: `comment="#"`), the second the header. Text
/// is passed through as UTF-8; line ends are `\n`; NaN is `nan`, infinities are `inf` and `-inf`.
class csv_writer {
  public:
    /// @throws argument_error (invalid_argument) without columns; file_error (cannot_write) when the
    /// file cannot
    ///         be made
    csv_writer(const std::filesystem::path& path, const std::vector<std::string>& columns,
               std::string_view provenance = {});

    csv_writer(const csv_writer&) = delete;
    csv_writer& operator=(const csv_writer&) = delete;

    /// Appends a cell of text, quoted where it must be.
    csv_writer& cell(std::string_view text) {
        separate();
        detail::append_csv_cell(sink_.text(), text);
        return *this;
    }

    /// Appends a number: the shortest decimal that reads back as the same value.
    template <csv_number T>
    csv_writer& cell(T value) {
        separate();
        append_number(sink_.text(), value);
        return *this;
    }

    /// Ends the row. @throws argument_error (invalid_argument) when it has not one cell a column;
    ///                file_error (cannot_write)
    void end_row();

    /// A whole row: `csv.row("mean", 0.5)`. @throws as `end_row`
    template <class... Cells>
    void row(const Cells&... cells) {
        (cell(cells), ...);
        end_row();
    }

    /// Ends the file and moves it to its path.
    /// @throws file_error (cannot_write); argument_error (invalid_argument) in the middle of a row
    void commit();

  private:
    void separate() {
        if (cells_++ != 0) sink_.text() += ',';
    }

    file_writer file_;
    detail::text_sink sink_{file_};
    std::size_t columns_;
    std::size_t cells_ = 0;
    std::size_t row_start_ = 0;
};

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/csv_writer.hpp"
#endif

#endif
