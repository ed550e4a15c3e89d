/// @file
/// A condition compiled for the axes of one table: masks that skip rows unseen, and tests of single rows.
#ifndef SVDLENS_TABLE_DETAIL_FILTER_ROW_FILTER_HPP
#define SVDLENS_TABLE_DETAIL_FILTER_ROW_FILTER_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../../../tensor/axes.hpp"
#include "../../predicate.hpp"
#include "index_mask.hpp"
#include "predicate_node.hpp"
#include "row_test.hpp"

namespace svdlens::inline v0_2::detail {

/// Which rows of a table a condition keeps.
///
/// The parts of a top-level conjunction that look at columns only become masks: one an axis where the wanted
/// combinations are a product, else one over several axes. The innermost masked axis cuts the rows into
/// lines: the masks of the outer axes are asked once a line, along the line one mask gives stretches of
/// wanted rows. All else is asked row by row.
class row_filter {
  public:
    /// Masks over several axes are merged up to this many combinations; what would need more is asked row
    /// by row.
    static constexpr std::uint64_t most_merged = std::uint64_t{1} << 22;

    /// @throws lookup_error (unknown_column, unknown_label); argument_error (invalid_argument)
    row_filter(const axes& table, const predicate& condition);

    /// Whether masks alone decide.
    bool only_masks() const { return !intervals_ && rest_.empty(); }

    /// Whether masks and the intervals of the score decide.
    bool only_intervals() const { return intervals_ && rest_.empty(); }

    /// What the score is compared with at the top level.
    const std::optional<score_intervals>& intervals() const { return intervals_; }

    /// At most this many rows of the full shape pass; exactly so many where masks of single axes decide.
    std::uint64_t bound(const axes& table) const;

    /// Whether a row passes.
    bool operator()(row_number row, double score) const { return masks_keep(row) && rest_keeps(row, score); }

    /// Whether all masks let a row through.
    bool masks_keep(row_number row) const {
        return !none_ && (!inner_ || inner_->at(row)) && after_refusal(row) == row;
    }

    /// Whether a row passes what is asked row by row.
    bool rest_keeps(row_number row, double score) const {
        if (intervals_ && !intervals_->hold(score)) return false;
        return std::all_of(rest_.begin(), rest_.end(),
                           [&](const row_test& test) { return test(row, score); });
    }

    /// Calls `use(begin, end)` for stretches of consecutive rows in [first, last) that all masks let through,
    /// ascending. O(lines + stretches)
    template <class Use>
    void for_stretches(row_number first, row_number last, Use use) const {
        for_lines(first, last, [&](row_number begin, row_number end) {
            if (!inner_) return use(begin, end);
            for_inner_stretches(begin, end, use);
        });
    }

    /// How many rows in [first, last) all masks let through.
    std::uint64_t count(row_number first, row_number last) const {
        std::uint64_t rows = 0;
        for_lines(first, last, [&](row_number begin, row_number end) {
            rows += inner_ ? count_in_line(begin, end) : end - begin;
        });
        return rows;
    }

  private:
    /// Columns only: a mask, where it is not too large. All else: a test of single rows.
    void sort_in(const axes& table, row_test part, std::vector<index_mask>& masks);

    /// Takes a comparison into the intervals. False when it is none. A negated one lets NaN through: no
    /// interval does.
    bool narrow_intervals(const row_test& test);

    /// Ascending, once each. False when a mask over them would be too large.
    static bool make_distinct(const axes& table, std::vector<std::size_t>& numbers);

    /// Splits masks into factors, merges those whose innermost axis is the same, and finds the line.
    void arrange(const axes& table, std::vector<index_mask> masks);

    /// Adds a mask, merged with the one that has the same innermost axis.
    void add(const axes& table, index_mask mask);

    /// Calls `use(begin, end)` for the parts of lines in [row, last) that all outer masks let through.
    template <class Use>
    void for_lines(row_number row, row_number last, Use use) const {
        if (none_) return;
        if (!inner_) {
            if (row < last) use(row, last);
            return;
        }
        while (row < last) {
            const row_number next = after_refusal(row);
            if (next == row) {
                const row_number end = (std::min)(last, (row / line_ + 1) * line_);
                use(row, end);
                row = end;
            } else {
                row = next;
            }
        }
    }

    /// The first row that an outer mask which refuses `row` may let through; `row` itself when none refuses.
    row_number after_refusal(row_number row) const {
        for (const auto& mask : outer_)
            if (!mask.at(row)) return (row / mask.stretch() + 1) * mask.stretch();
        return row;
    }

    /// Stretches within one line.
    template <class Use>
    void for_inner_stretches(row_number begin, row_number end, Use& use) const {
        const auto bytes = inner_->line_at(begin);
        const auto stride = inner_->stretch();
        const row_number line = begin / line_ * line_;
        auto k = static_cast<std::size_t>((begin - line) / stride);
        const auto last = static_cast<std::size_t>((end - 1 - line) / stride) + 1;
        while ((k = find_byte(bytes, k, last, 1)) != last) {
            const row_number from = (std::max)(begin, line + k * stride);
            k = find_byte(bytes, k, last, 0);
            use(from, (std::min)(end, line + k * stride));
        }
    }

    /// The first k in [from, last) with that byte, or `last`.
    static std::size_t find_byte(std::span<const std::uint8_t> bytes, std::size_t from, std::size_t last,
                                 int byte) {
        if (from == last) return last;
        const void* found = std::memchr(bytes.data() + from, byte, last - from);
        if (found == nullptr) return last;
        return static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
    }

    /// Wanted rows within one line.
    std::uint64_t count_in_line(row_number begin, row_number end) const {
        const auto bytes = inner_->line_at(begin);
        const auto stride = inner_->stretch();
        const row_number line = begin / line_ * line_;
        const auto first = static_cast<std::size_t>((begin - line) / stride);
        const auto last = static_cast<std::size_t>((end - 1 - line) / stride);
        if (end - begin == line_ && inner_->size() == bytes.size()) return inner_->count() * stride;
        std::uint64_t rows = 0;
        for (std::size_t k = first; k <= last; ++k) rows += bytes[k];
        rows *= stride;
        // The indices at both ends may lie in [begin, end) only in part.
        if (bytes[first] != 0) rows -= begin - (line + first * stride);
        if (bytes[last] != 0) rows -= line + (last + 1) * stride - end;
        return rows;
    }

    bool none_ = false;
    std::vector<index_mask> outer_;
    std::optional<index_mask> inner_; ///< none: all rows
    std::uint64_t line_ = 1;          ///< rows over which the outer masks do not change
    std::optional<score_intervals> intervals_;
    std::vector<row_test> rest_;
};

} // namespace svdlens::inline v0_2::detail

#ifndef SVDLENS_COMPILED
#include "../bodies/row_filter.hpp"
#endif

#endif
