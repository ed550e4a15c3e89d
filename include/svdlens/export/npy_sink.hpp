/// @file
/// Rows into NumPy files as they are found.
#ifndef SVDLENS_EXPORT_NPY_SINK_HPP
#define SVDLENS_EXPORT_NPY_SINK_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

#include "../table/score_source.hpp"
#include "../tensor/axes.hpp"
#include "detail/npy_files.hpp"

namespace svdlens::inline v0_2 {

/// A sink of `for_each_outside` and its kin: appends scores to `stem.npy` and row numbers to `stem.rows.npy`,
/// beside `stem.axes.json`. The bytes are those of `write_npy` for a selection of the same rows. Memory: the
/// bytes of one call.
template <std::floating_point T>
class basic_npy_sink {
  public:
    /// @param table the axes of the rows
    /// @throws file_error (cannot_write)
    basic_npy_sink(const std::filesystem::path& path, svdlens::axes table) :
        table_(std::move(table)), files_(path, table_, 0, detail::npy_layout::listed_rows) {}

    basic_npy_sink(const basic_npy_sink&) = delete;
    basic_npy_sink& operator=(const basic_npy_sink&) = delete;

    /// Whose rows it takes: `for_each_outside` and its kin hand it no others.
    const svdlens::axes& axes() const { return table_; }

    /// @throws file_error (cannot_write)
    void operator()(const score_run<T>& run) {
        text_.scores.clear();
        text_.rows.clear();
        detail::append_little_endian(text_.scores, run.scores);
        for (std::size_t k = 0; k < run.scores.size(); ++k)
            detail::append_bytes(text_.rows, run.row(k), sizeof(row_number));
        files_.write(text_);
        count_ += run.scores.size();
    }

    /// Writes the number of rows, ends the files and moves them to their paths: without this there are none.
    /// @throws file_error (cannot_write), also where the path is a pipe
    void commit() {
        files_.resize(count_);
        files_.commit();
    }

  private:
    svdlens::axes table_;
    detail::npy_files<T> files_;
    detail::npy_text text_;
    std::uint64_t count_ = 0;
};

using npy_sink = basic_npy_sink<float>;

} // namespace svdlens::inline v0_2

#endif
