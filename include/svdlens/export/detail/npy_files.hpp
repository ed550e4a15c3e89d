/// @file
/// NPY files: headers, and columns written as several files.
#ifndef SVDLENS_EXPORT_DETAIL_NPY_FILES_HPP
#define SVDLENS_EXPORT_DETAIL_NPY_FILES_HPP

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/file_writer.hpp"
#include "../../core/text.hpp"
#include "../../tensor/axes.hpp"
#include "axes_text.hpp"
#include "text.hpp"
#include "text_sink.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// NumPy's name of a type in little-endian order.
template <class T>
inline constexpr std::string_view npy_type = "";
template <>
inline constexpr std::string_view npy_type<float> = "<f4";
template <>
inline constexpr std::string_view npy_type<double> = "<f8";
template <>
inline constexpr std::string_view npy_type<std::uint64_t> = "<u8";

/// A shape as Python writes a tuple: `()`, `(3,)`, `(3, 4)`.
inline std::string python_tuple(std::span<const std::uint64_t> shape) {
    std::string out = to_text(shape);
    out.front() = '(';
    out.back() = ')';
    if (shape.size() == 1) out.insert(out.size() - 1, ",");
    return out;
}

/// Appends an unsigned number in little-endian order.
inline void append_bytes(std::string& out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t k = 0; k < bytes; ++k) out += static_cast<char>(value >> (8 * k) & 0xff);
}

/// All that stands before the values in C order: version 1.0, or 2.0 where the text is longer than 64 KiB,
/// padded so that the values start at a multiple of 64 bytes (the format's specification: numpy.lib.format).
inline std::string npy_header(std::string_view type, std::span<const std::uint64_t> shape) {
    std::string text = "{'descr': '";
    ((text += type) += "', 'fortran_order': False, 'shape': ") += python_tuple(shape) + ", }";
    const auto padded = [&](std::size_t before) {
        return (before + text.size() + 1 + 63) / 64 * 64 - before;
    };
    const bool first = padded(10) <= 0xffff;
    const std::size_t length = padded(first ? 10 : 12);
    std::string out = "\x93NUMPY";
    append_bytes(out, first ? 1 : 2, 2);
    append_bytes(out, length, first ? 2 : 4);
    out += text;
    out.append(length - text.size() - 1, ' ');
    return out += '\n';
}

/// Appends values in little-endian order.
template <class T>
void append_little_endian(std::string& out, std::span<const T> values) {
    const std::size_t start = out.size();
    out.resize(start + values.size_bytes());
    if (!values.empty()) std::memcpy(out.data() + start, values.data(), values.size_bytes());
    if constexpr (std::endian::native == std::endian::big)
        for (std::size_t k = start; k < out.size(); k += sizeof(T))
            for (std::size_t j = 0; j < sizeof(T) / 2; ++j) std::swap(out[k + j], out[k + sizeof(T) - 1 - j]);
}

} // namespace detail

namespace detail {

/// How an array stands for rows: as the tensor that they are all of, or as a list beside their numbers.
enum class npy_layout { whole_shape, listed_rows };

/// `scores.npy` -> `scores.rows.npy`.
inline std::filesystem::path npy_sibling(std::filesystem::path path, std::string_view suffix) {
    if (path.extension() == ".npy") path.replace_extension();
    return path += suffix;
}

/// Appends `"key": {"file": ..., "dtype": ..., "shape": ...}` as a line of the JSON file.
inline void append_json_array(std::string& out, std::string_view key, const std::filesystem::path& path,
                              std::string_view type, std::span<const std::uint64_t> shape) {
    out += "  ";
    append_json_text(out, key);
    out += ": {";
    append_json_member(out, "file", path.filename().string());
    out += ", ";
    append_json_member(out, "dtype", type);
    out += ", \"shape\": " + to_text(shape) + "},\n";
}

/// Appends `"columns": [...]` as a line of the JSON file.
inline void append_json_names(std::string& out, std::span<const std::string> names) {
    out += "  \"columns\": [";
    for (std::size_t k = 0; k < names.size(); ++k) {
        if (k != 0) out += ", ";
        append_json_text(out, names[k]);
    }
    out += "],\n";
}

/// The text of scores and their row numbers on its way to the files.
struct npy_text {
    std::string scores;
    std::string rows;
};

/// The files of one table, renamed together at the end.
template <std::floating_point T>
class npy_files {
  public:
    /// @param table outlives this
    npy_files(const std::filesystem::path& path, const axes& table, std::uint64_t rows, npy_layout layout) :
        path_(path), table_(table), scores_(path), description_(npy_sibling(path, ".axes.json")) {
        if (layout == npy_layout::whole_shape) {
            for (const auto& a : table) shape_.push_back(a.extent);
        } else {
            begin_list(rows);
        }
        scores_.write(npy_header(npy_type<T>, shape_));
    }

    /// Rows with several columns of numbers: an array of rows by columns, whose names are listed.
    npy_files(const std::filesystem::path& path, const axes& table, std::uint64_t rows,
              std::vector<std::string> names) :
        path_(path),
        table_(table), names_(std::move(names)), scores_(path),
        description_(npy_sibling(path, ".axes.json")) {
        begin_list(rows);
        shape_.push_back(names_.size());
        scores_.write(npy_header(npy_type<T>, shape_));
    }

    /// Whether row numbers are written.
    bool lists_rows() const { return rows_.has_value(); }

    void write(const npy_text& text) {
        scores_.write(text.scores);
        if (rows_) rows_->write(text.rows);
    }

    /// Says how many rows are listed, where that was not known before. Headers of lists are padded to the
    /// same 128 bytes whatever their length.
    void resize(std::uint64_t rows) {
        shape_ = {rows};
        scores_.write_start(npy_header(npy_type<T>, shape_));
        rows_->write_start(npy_header(npy_type<row_number>, shape_));
    }

    /// The scores last: where they stand, all does. Nothing is renamed before all is on the disk.
    void commit() {
        write_description();
        description_.finish();
        if (rows_) rows_->finish();
        scores_.finish();
        description_.commit();
        if (rows_) rows_->commit();
        scores_.commit();
    }

  private:
    void begin_list(std::uint64_t rows) {
        shape_.push_back(rows);
        rows_.emplace(rows_path());
        rows_->write(npy_header(npy_type<row_number>, shape_));
    }

    std::filesystem::path rows_path() const { return npy_sibling(path_, ".rows.npy"); }

    void write_description() {
        std::string text = "{\n  \"maker\": \"";
        append_maker(text, {});
        text += "\",\n";
        append_json_array(text, "scores", path_, npy_type<T>, shape_);
        if (rows_)
            append_json_array(text, "rows", rows_path(), npy_type<row_number>, std::span(shape_).first(1));
        if (!names_.empty()) append_json_names(text, names_);
        append_json_axes(text, table_);
        description_.write(text + "}\n");
    }

    std::filesystem::path path_;
    const axes& table_;
    std::vector<std::string> names_; ///< of the columns, where there are several
    std::vector<std::uint64_t> shape_;
    file_writer scores_;
    file_writer description_;
    std::optional<file_writer> rows_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
