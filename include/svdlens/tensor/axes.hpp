/// @file
/// Named, labelled axes of a tensor, what a column name means on them, and row numbers.
#ifndef SVDLENS_TENSOR_AXES_HPP
#define SVDLENS_TENSOR_AXES_HPP

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/detail/checked.hpp"
#include "../core/error.hpp"
#include "../core/text.hpp"
#include "axis.hpp"
#include "detail/row_digit.hpp"
#include "label_pattern.hpp"

namespace svdlens::inline v0_2 {

/// Named axes in row-major order (the last one runs fastest), label columns over them, and what a reader of
/// results has to know: a title and the provenance. A value; equal copies are cheap to take.
/// @code{.cpp}
/// sl::axes names({{"layer", 3}, {"head", 4}}, {{"name", "L{layer}H{head}"}});
/// names.label(5, "name");                // = "L1H1"; of row number 5
/// names.rank();                          // = 2
/// @endcode
class axes {
  public:
    /// No axes: a scalar, one row.
    axes() = default;

    /// Adds the columns in their order, as `add` does.
    /// @throws argument_error (invalid_axes) when a name repeats or is empty, an extent is open, or the
    /// number of rows exceeds 64 bits; (wrong_label_count) when labels do not match the extent, naming
    /// the axis
    /// @throws lookup_error (unknown_column) as `add`
    axes(std::vector<axis> list, std::vector<label_column> columns = {});

    /// How many axes there are.
    std::size_t rank() const { return list_.size(); }
    /// Axis k, 0 the outermost.
    const axis& operator[](std::size_t k) const { return list_[k]; }
    /// The axes in order, outermost first. @{
    auto begin() const { return list_.begin(); }
    auto end() const { return list_.end(); }
    /// @}

    /// The number of rows of the full shape, whichever of them a table has.
    std::uint64_t shape_rows() const { return rows_; }

    /// By how many rows two neighbours along axis k are apart.
    std::uint64_t stride(std::size_t k) const { return strides_[k]; }

    /// The index of `row` along axis k.
    std::uint64_t coordinate(row_number row, std::size_t k) const {
        assert(row < rows_);
        return detail::row_digit{list_[k].extent, strides_[k]}.index(row);
    }

    /// The index of `row` along all axes. O(rank).
    std::vector<std::uint64_t> index(row_number row) const {
        std::vector<std::uint64_t> result(rank());
        for_each_index(row, [&](std::size_t k, std::uint64_t index) { result[k] = index; });
        return result;
    }

    /// Calls `use(k, index)` with the index of `row` along every axis, the last axis first. O(rank), half the
    /// divisions of `coordinate`.
    template <class Use>
    void for_each_index(row_number row, Use use) const {
        assert(row < rows_);
        for (std::size_t k = rank(); k-- > 0; row = detail::quotient(row, list_[k].extent))
            use(k, detail::remainder(row, list_[k].extent));
    }

    /// The row of an index. @throws argument_error (invalid_argument) when it is outside the shape
    row_number row(std::span<const std::uint64_t> index) const;

    /// The position of the axis of that name, or nothing.
    std::optional<std::size_t> find_axis(std::string_view name) const {
        for (std::size_t k = 0; k < list_.size(); ++k)
            if (list_[k].name == name) return k;
        return std::nullopt;
    }

    /// The position of the axis of that name. @throws lookup_error (unknown_column), naming the axes
    /// there are
    std::size_t axis_number(std::string_view name) const;

    /// The label columns, in the order in which they were added.
    const std::vector<label_column>& label_columns() const { return columns_; }

    /// The label column of that name, or null.
    const label_column* find_label_column(std::string_view name) const {
        const auto found = std::find_if(columns_.begin(), columns_.end(),
                                        [&](const label_column& column) { return column.name == name; });
        return found == columns_.end() ? nullptr : &*found;
    }

    /// Adds a label column, replacing one of the same name. A name in its pattern means what it means
    /// everywhere: the label column of that name, or else the axis: `S{head}.{direction}`. Only a column's
    /// own name in its own pattern is the axis (`head` = `L{layer}H{head}`), or else the column that it
    /// replaces. What label columns are now is put in their place, so a later change of theirs does not
    /// change this one.
    /// @throws lookup_error (unknown_column) when the pattern names neither an axis nor a label column
    void add(label_column column);

    /// The label column as `add` stores it: the patterns of the label columns that its pattern names in their
    /// place, so that all names in it are those of axes (`label_pattern::names_axes`). A pattern of such
    /// names stays what it is, so what comes from `label_columns()` can be added elsewhere.
    /// @throws lookup_error (unknown_column), naming the columns there are
    label_column resolved(label_column column) const;

    /// The axes that a column is computed from, ascending: those of the label column of that name, or else
    /// the axis. @throws lookup_error (unknown_column), naming the columns there are
    std::vector<std::size_t> spanned_axes(std::string_view column) const {
        return ascending(resolve(column).axes);
    }

    /// The axes that some columns are computed from together, ascending.
    /// @throws lookup_error (unknown_column), naming the columns there are
    std::vector<std::size_t> spanned_axes(const std::vector<std::string>& columns) const {
        std::vector<std::size_t> all;
        for (const auto& column : columns)
            for (const auto k : resolve(column).axes) all.push_back(k);
        return ascending(std::move(all));
    }

    /// Of columns spelled out: `spanned_axes({"layer", "head"})`, which could else be one text's two ends.
    std::vector<std::size_t> spanned_axes(std::initializer_list<const char*> columns) const {
        return spanned_axes(std::vector<std::string>(columns.begin(), columns.end()));
    }

    /// Appends what stands in `column` at `row`: the label column of that name, or else the axis' label.
    /// Looks the names up; for many rows make a `resolved_column` once.
    /// @throws lookup_error (unknown_column), naming the columns there are
    void append_label(std::string& out, row_number row, std::string_view column) const;

    /// As `append_label`, as a new string.
    std::string label(row_number row, std::string_view column) const {
        std::string out;
        append_label(out, row, column);
        return out;
    }

    /// All column names: the axes in order (a label column of the same name stands in for its axis), then the
    /// label columns that are no axis.
    std::vector<std::string> column_names() const;

    /// What the table is, such as `ov_to_mlp_in`; sections of results go by it.
    const std::string& title() const { return title_; }
    /// What a table with these axes is called: figures, files and graphs say it.
    void set_title(std::string title) { title_ = std::move(title); }

    /// Where the values come from: file, processing, kind of score. One line.
    const std::string& provenance() const { return provenance_; }
    /// Where the scores come from: the first line of every file that is written of them.
    void set_provenance(std::string provenance) { provenance_ = std::move(provenance); }

  private:
    friend class resolved_column;

    /// A column looked up: its pattern, and the axis of each placeholder. An axis column has no pattern and
    /// one axis.
    struct column_parts {
        const label_pattern* pattern = nullptr;
        std::vector<std::size_t> axes = {};
    };

    column_parts resolve(std::string_view column) const;

    /// In ascending order, once each.
    static std::vector<std::size_t> ascending(std::vector<std::size_t> numbers) {
        std::sort(numbers.begin(), numbers.end());
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        return numbers;
    }

    void append_label(std::string& out, row_number row, const column_parts& column) const;

    void append_axis_label(std::string& out, row_number row, std::size_t k) const;

    void check_names() const;

    static void check_axis(const axis& a);

    [[noreturn]] void unknown(std::string_view column, const std::string& where) const;

    std::vector<axis> list_;
    std::vector<std::uint64_t> strides_;
    std::uint64_t rows_ = 1;
    std::vector<label_column> columns_;
    std::string title_;
    std::string provenance_;
};

/// The axes of a tensor of a given shape: open extents are filled in, given ones are checked.
/// @throws argument_error (invalid_axes) when the number of axes or an extent differs from the shape
axes fit_axes(std::vector<axis> list, std::span<const std::uint64_t> shape);

/// The label column of a name, or else the axis, with the axes that it is computed from. No name is looked up
/// for a row. Refers to the axes, which must outlive it unchanged.
class resolved_column {
  public:
    /// @throws lookup_error (unknown_column), naming the columns there are
    resolved_column(const axes& table, std::string_view name) : table_(&table), parts_(table.resolve(name)) {}
    resolved_column(const axes&& table, std::string_view name) = delete;

    /// Appends what stands in the column at `row`. O(axes of the column).
    void append(std::string& out, row_number row) const { table_->append_label(out, row, parts_); }

    /// As `append`, as a new string.
    std::string text(row_number row) const {
        std::string out;
        append(out, row);
        return out;
    }

    /// The number of the axis of each placeholder, in the order of the pattern; of an axis column, its own.
    std::span<const std::size_t> axis_numbers() const { return parts_.axes; }

  private:
    const axes* table_;
    axes::column_parts parts_;
};

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/axes.hpp"
#endif

#endif
