/// @file
/// The indices of a row along some axes as one number, and back.
#ifndef SVDLENS_TENSOR_SUB_INDEX_HPP
#define SVDLENS_TENSOR_SUB_INDEX_HPP

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "axes.hpp"
#include "axis.hpp"
#include "detail/row_digit.hpp"

namespace svdlens::inline v0_2 {

/// Row-major index over some axes of a table, made once: rows that agree along these axes have the same
/// index. Of the axes that a column spans it tells the column's values apart, which labels do not, since
/// these may repeat:
///
///     const svdlens::sub_index heads(table.axes(), {"head"});  // the column `head` spans layer and head
///     heads.size();                                            // 144
///     heads.index(row);                                        // layer * 12 + head
///     table.axes().label(heads.row(3), "head");                // "L0H3"
///
/// The index is the row number in the table of these axes alone (`group_axes`). A value that refers to
/// nothing. O(axes) to make and for each call.
class sub_index {
  public:
    /// Over no axes: one index, 0, that all rows have.
    sub_index() = default;

    /// Over axes of these numbers, the last one running fastest. @{
    sub_index(const axes& table, std::span<const std::size_t> numbers) {
        for (const auto k : numbers) add({table[k].extent, table.stride(k)});
    }
    sub_index(const axes& table, std::initializer_list<std::size_t> numbers) :
        sub_index(table, std::span<const std::size_t>(numbers.begin(), numbers.size())) {}
    /// @}

    /// Over the axes that columns of these names span, in the table's order, whatever that of the names.
    /// @throws lookup_error (unknown_column), naming the columns there are
    sub_index(const axes& table, const std::vector<std::string>& columns) :
        sub_index(table, std::span<const std::size_t>(table.spanned_axes(columns))) {}

    /// How many indices there are; the largest number where they are more than fit 64 bits, as they may be in
    /// a table without rows.
    std::uint64_t size() const { return size_; }

    /// The index of a row that the table has.
    std::uint64_t index(row_number row) const {
        std::uint64_t result = 0;
        for (const auto& d : digits_) result = result * d.extent + d.index(row);
        return result;
    }

    /// The lowest row of an index: its indices along all other axes are 0.
    row_number row(std::uint64_t index) const {
        assert(index < size_);
        row_number result = 0;
        for (std::size_t k = digits_.size(); k-- > 0;) {
            result += detail::remainder(index, digits_[k].extent) * digits_[k].stride;
            index = detail::quotient(index, digits_[k].extent);
        }
        return result;
    }

    /// How many neighbouring rows share an index before it changes: rows [k * stretch, (k + 1) * stretch).
    /// The largest number where there is one index only.
    std::uint64_t stretch() const { return digits_.empty() ? largest : digits_.back().stride; }

    /// How many stretches follow each other with indices that count up by one, before it jumps or
    /// starts again.
    std::uint64_t line() const { return digits_.empty() ? 1 : digits_.back().extent; }

  private:
    static constexpr std::uint64_t largest = (std::numeric_limits<std::uint64_t>::max)();

    static std::uint64_t product(std::uint64_t a, std::uint64_t b) {
        return b != 0 && a > largest / b ? largest : a * b;
    }

    /// Neighbouring axes count on through each other: they make one digit.
    void add(detail::row_digit next) {
        if (next.extent == 1) return;
        size_ = product(size_, next.extent);
        if (!digits_.empty() && next.stride != 0 &&
            digits_.back().stride == product(next.extent, next.stride)) {
            next.extent = product(digits_.back().extent, next.extent);
            digits_.pop_back();
        }
        digits_.push_back(next);
    }

    std::vector<detail::row_digit> digits_;
    std::uint64_t size_ = 1;
};

} // namespace svdlens::inline v0_2

#endif
