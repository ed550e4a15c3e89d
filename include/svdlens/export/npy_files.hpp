/// @file
/// The files that a table in NumPy's format consists of.
#ifndef SVDLENS_EXPORT_NPY_FILES_HPP
#define SVDLENS_EXPORT_NPY_FILES_HPP

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../core/file_writer.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "axes_json.hpp"
#include "json_text.hpp"
#include "npy_header.hpp"
#include "text_sink.hpp"

namespace svdlens::inline v0 {

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
            shape_.push_back(rows);
            rows_.emplace(rows_path());
            rows_->write(npy_header(npy_type<row_number>, shape_));
        }
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
    std::filesystem::path rows_path() const { return npy_sibling(path_, ".rows.npy"); }

    void write_description() {
        std::string text = "{\n  \"maker\": \"";
        append_maker(text, {});
        text += "\",\n";
        append_json_array(text, "scores", path_, npy_type<T>, shape_);
        if (rows_) append_json_array(text, "rows", rows_path(), npy_type<row_number>, shape_);
        append_json_axes(text, table_);
        description_.write(text + "}\n");
    }

    std::filesystem::path path_;
    const axes& table_;
    std::vector<std::uint64_t> shape_;
    file_writer scores_;
    file_writer description_;
    std::optional<file_writer> rows_;
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
