/// @file
/// The indices of a row along some axes as one number.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_COLUMN_INDEX_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_COLUMN_INDEX_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../../../tensor/axes.hpp"
#include "../../by.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Row-major index over some axes. Unlike `grouping` it stands for groups that nothing is held for, so there
/// may be as many as there are rows.
class column_index {
  public:
    /// Over no axes: always 0.
    column_index() = default;

    /// Over axes of these numbers, the last one running fastest.
    column_index(const axes& table, std::span<const std::size_t> spanned) {
        for (const auto k : spanned) digits_.push_back({table[k].extent, table.stride(k)});
    }

    /// Over the axes that the columns span, in the table's order. @throws lookup_error (unknown_column)
    column_index(const axes& table, const by_columns& columns) :
        column_index(table, spanned_axes(table, columns)) {}

    /// The index of a row that the table has. O(axes).
    std::uint64_t operator()(row_number row) const {
        std::uint64_t result = 0;
        for (const auto& d : digits_) result = result * d.extent + row / d.stride % d.extent;
        return result;
    }

    /// How many indices there are.
    std::uint64_t size() const {
        std::uint64_t product = 1;
        for (const auto& d : digits_) product *= d.extent;
        return product;
    }

  private:
    struct digit {
        std::uint64_t extent;
        std::uint64_t stride;
    };
    std::vector<digit> digits_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
