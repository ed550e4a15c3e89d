/// @file
/// Which combinations of indices along some axes are wanted.
#ifndef SVDLENS_TABLE_DETAIL_FILTER_INDEX_MASK_HPP
#define SVDLENS_TABLE_DETAIL_FILTER_INDEX_MASK_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "../../../tensor/axes.hpp"
#include "../../../tensor/sub_index.hpp"

namespace svdlens::inline v0_2::detail {

/// One byte for each combination of indices along some axes (ascending, those of extent 1 left out), in
/// row-major order. Over no axes: one byte for all rows.
class index_mask {
  public:
    /// Over no axes, with no row wanted.
    index_mask() : wanted_(1) {}

    /// Asks `wanted(row)` for every combination, at the row whose other indices are 0. The table has
    /// rows. O(combinations)
    template <class Wanted>
    index_mask(const axes& table, const std::vector<std::size_t>& numbers, Wanted wanted) {
        for (const auto k : numbers)
            if (table[k].extent != 1) axes_.push_back(k); // nothing depends on others
        index_ = sub_index(table, axes_);
        if (!axes_.empty()) line_ = table[axes_.back()].extent;
        wanted_.resize(static_cast<std::size_t>(index_.size()));
        for (std::size_t k = 0; k < wanted_.size(); ++k) wanted_[k] = wanted(row_of(k)) ? 1 : 0;
        count_ = static_cast<std::size_t>(std::count(wanted_.begin(), wanted_.end(), std::uint8_t{1}));
    }

    /// The number of combinations over some axes, or nothing when it exceeds `most`.
    static std::optional<std::uint64_t> size_over(const axes& table, std::span<const std::size_t> numbers,
                                                  std::uint64_t most);

    /// The lowest row of a combination.
    row_number row_of(std::uint64_t position) const { return index_.row(position); }

    /// Whether the row's combination is wanted. O(axes)
    bool at(row_number row) const { return wanted_[position(row)] != 0; }

    const std::vector<std::size_t>& axes_spanned() const { return axes_; }
    bool all() const { return count_ == wanted_.size(); }
    bool none() const { return count_ == 0; }
    /// How many combinations are wanted, of how many.
    std::size_t count() const { return count_; }
    std::size_t size() const { return wanted_.size(); }

    /// How many neighbouring rows have the same combination, where there are several.
    std::uint64_t stretch() const { return index_.stretch(); }

    /// The extent of the innermost axis.
    std::uint64_t line() const { return line_; }

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
    std::vector<index_mask> factors(const axes& table) const;

  private:
    std::size_t position(row_number row) const { return static_cast<std::size_t>(index_.index(row)); }

    /// The indices along one of the axes that some wanted combination has.
    std::vector<std::uint8_t> used_indices(const sub_index& along) const;

    std::vector<std::size_t> axes_;
    sub_index index_;
    std::uint64_t line_ = 1;
    std::vector<std::uint8_t> wanted_;
    std::size_t count_ = 0;
};

} // namespace svdlens::inline v0_2::detail

#ifndef SVDLENS_COMPILED
#include "../bodies/index_mask.hpp"
#endif

#endif
