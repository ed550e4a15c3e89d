/// @file
/// A column looked up once, for many rows.
#ifndef SVDLENS_TENSOR_RESOLVED_COLUMN_HPP
#define SVDLENS_TENSOR_RESOLVED_COLUMN_HPP

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "axes.hpp"

namespace svdlens::inline v0 {

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
    detail::column_parts parts_;
};

} // namespace svdlens::inline v0

#endif
