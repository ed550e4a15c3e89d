/// @file
/// Which combinations of indices along some axes are wanted.
#ifndef SVDLENS_TABLE_DETAIL_FILTER_INDEX_MASK_HPP
#define SVDLENS_TABLE_DETAIL_FILTER_INDEX_MASK_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../../../tensor/axes.hpp"

namespace svdlens::inline v0_2::detail {

/// One byte for each combination of indices along some axes (ascending, those of extent 1 left out), in
/// row-major order. Over no axes: one byte for all rows.
class index_mask {
  public:
    /// Over no axes, with no row wanted.
    index_mask() : wanted_(1) {}

    /// Asks `wanted(row)` for every combination, at the row whose other indices are 0. The table has rows.
    /// O(combinations)
    template <class Wanted>
    index_mask(const axes& table, const std::vector<std::size_t>& numbers, Wanted wanted) {
        std::uint64_t size = 1;
        for (const auto k : numbers) {
            if (table[k].extent == 1) continue; // nothing depends on it, and strides of the others differ
            axes_.push_back(k);
            digits_.push_back({table[k].extent, table.stride(k)});
            size *= table[k].extent;
        }
        wanted_.resize(static_cast<std::size_t>(size));
        for (std::size_t k = 0; k < wanted_.size(); ++k) wanted_[k] = wanted(row_of(k)) ? 1 : 0;
        count_ = static_cast<std::size_t>(std::count(wanted_.begin(), wanted_.end(), std::uint8_t{1}));
    }

    /// The number of combinations over some axes, or nothing when it exceeds `most`.
    static std::optional<std::uint64_t> size_over(const axes& table, std::span<const std::size_t> numbers,
                                                  std::uint64_t most) {
        std::uint64_t size = 1;
        for (const auto k : numbers) {
            if (table[k].extent != 0 && size > most / table[k].extent) return std::nullopt;
            size *= table[k].extent;
        }
        return size;
    }

    /// The lowest row of a combination.
    row_number row_of(std::uint64_t position) const {
        row_number row = 0;
        for (std::size_t k = digits_.size(); k-- > 0;) {
            row += position % digits_[k].extent * digits_[k].stride;
            position /= digits_[k].extent;
        }
        return row;
    }

    /// Whether the row's combination is wanted. O(axes)
    bool at(row_number row) const { return wanted_[position(row)] != 0; }

    const std::vector<std::size_t>& axes_spanned() const { return axes_; }
    bool all() const { return count_ == wanted_.size(); }
    bool none() const { return count_ == 0; }
    /// How many combinations are wanted, of how many.
    std::size_t count() const { return count_; }
    std::size_t size() const { return wanted_.size(); }

    /// How many neighbouring rows have the same combination.
    std::uint64_t stretch() const { return digits_.empty() ? 1 : digits_.back().stride; }

    /// The extent of the innermost axis.
    std::uint64_t line() const { return digits_.empty() ? 1 : digits_.back().extent; }

    /// The bytes of all indices along the innermost axis, the other indices being those of `row`.
    std::span<const std::uint8_t> line_at(row_number row) const {
        const auto length = static_cast<std::size_t>(line());
        return std::span(wanted_).subspan(position(row) / length * length, length);
    }

    /// Turns every byte round.
    void invert() {
        for (auto& byte : wanted_) byte ^= 1;
        count_ = wanted_.size() - count_;
    }

    /// Masks of the single axes whose product this one is, or nothing when it is no product. O(combinations)
    std::vector<index_mask> factors(const axes& table) const {
        std::vector<index_mask> result;
        std::uint64_t product = 1;
        for (std::size_t d = 0; d < axes_.size(); ++d) {
            const auto used = used_indices(d);
            const auto stride = digits_[d].stride;
            result.emplace_back(table, std::vector{axes_[d]}, [&](row_number row) {
                return used[static_cast<std::size_t>(row / stride)] != 0;
            });
            product *= result.back().count(); // at most the combinations
        }
        if (product != count_) result.clear();
        return result;
    }

  private:
    struct digit {
        std::uint64_t extent;
        std::uint64_t stride;
    };

    std::size_t position(row_number row) const {
        std::uint64_t result = 0;
        for (const auto& d : digits_) result = result * d.extent + row / d.stride % d.extent;
        return static_cast<std::size_t>(result);
    }

    /// The indices along the d-th axis that some wanted combination has.
    std::vector<std::uint8_t> used_indices(std::size_t d) const {
        std::vector<std::uint8_t> used(static_cast<std::size_t>(digits_[d].extent));
        for (std::size_t k = 0; k < wanted_.size(); ++k)
            if (wanted_[k] != 0)
                used[static_cast<std::size_t>(row_of(k) / digits_[d].stride % digits_[d].extent)] = 1;
        return used;
    }

    std::vector<std::size_t> axes_;
    std::vector<digit> digits_;
    std::vector<std::uint8_t> wanted_;
    std::size_t count_ = 0;
};

} // namespace svdlens::inline v0_2::detail

#endif
