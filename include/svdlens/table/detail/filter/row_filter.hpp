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
    row_filter(const axes& table, const predicate& condition) : none_(table.shape_rows() == 0) {
        auto test = row_test_maker(table).make(predicate_access::node(condition), false);
        if (none_) return;
        std::vector<index_mask> masks;
        if (test.what == row_test::kind::all) {
            for (auto& part : test.parts) sort_in(table, std::move(part), masks);
        } else {
            sort_in(table, std::move(test), masks);
        }
        arrange(table, std::move(masks));
    }

    /// Whether masks alone decide.
    bool only_masks() const { return !intervals_ && rest_.empty(); }

    /// Whether masks and the intervals of the score decide.
    bool only_intervals() const { return intervals_ && rest_.empty(); }

    /// What the score is compared with at the top level.
    const std::optional<score_intervals>& intervals() const { return intervals_; }

    /// At most this many rows of the full shape pass; exactly so many where masks of single axes decide.
    std::uint64_t bound(const axes& table) const {
        if (none_) return 0;
        std::uint64_t rows = table.shape_rows();
        std::uint64_t joint = rows;
        const auto narrow = [&](const index_mask& mask) {
            if (mask.axes_spanned().size() == 1) {
                rows = rows / mask.size() * mask.count();
            } else {
                joint = (std::min)(joint, table.shape_rows() / mask.size() * mask.count());
            }
        };
        for (const auto& mask : outer_) narrow(mask);
        if (inner_) narrow(*inner_);
        return (std::min)(rows, joint);
    }

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
    void sort_in(const axes& table, row_test part, std::vector<index_mask>& masks) {
        if (part.what == row_test::kind::mask) {
            masks.push_back(std::move(part.mask));
            return;
        }
        if (narrow_intervals(part)) return;
        std::vector<std::size_t> spanned;
        if (!part.collect_axes(spanned) || !make_distinct(table, spanned)) {
            rest_.push_back(std::move(part));
        } else {
            masks.emplace_back(table, spanned, [&part](row_number row) { return part(row, 0); });
        }
    }

    /// Takes a comparison into the intervals. False when it is none. A negated one lets NaN through: no
    /// interval does.
    bool narrow_intervals(const row_test& test) {
        if (test.what != row_test::kind::score || test.negated) return false;
        auto narrowed = intervals_.value_or(score_intervals());
        if (!narrowed.narrow(test.score)) return false;
        intervals_ = narrowed;
        return true;
    }

    /// Ascending, once each. False when a mask over them would be too large.
    static bool make_distinct(const axes& table, std::vector<std::size_t>& numbers) {
        std::sort(numbers.begin(), numbers.end());
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        return index_mask::size_over(table, numbers, most_merged).has_value();
    }

    /// Splits masks into factors, merges those whose innermost axis is the same, and finds the line.
    void arrange(const axes& table, std::vector<index_mask> masks) {
        for (auto& mask : masks) {
            if (mask.none()) none_ = true;
            if (mask.none() || mask.all()) continue;
            auto factors = mask.factors(table);
            if (factors.empty()) add(table, std::move(mask));
            for (auto& factor : factors)
                if (!factor.all()) add(table, std::move(factor));
        }
        // The longest stretches first: where such a mask says no, most rows are skipped.
        for (std::size_t k = 1; k < outer_.size(); ++k)
            for (std::size_t j = k; j > 0 && outer_[j - 1].stretch() < outer_[j].stretch(); --j)
                std::swap(outer_[j - 1], outer_[j]);
        if (outer_.empty()) return;
        inner_ = std::move(outer_.back());
        outer_.pop_back();
        line_ = inner_->stretch() * inner_->line();
    }

    /// Adds a mask, merged with the one that has the same innermost axis.
    void add(const axes& table, index_mask mask) {
        const auto same = std::find_if(outer_.begin(), outer_.end(), [&](const index_mask& other) {
            return other.axes_spanned().back() == mask.axes_spanned().back();
        });
        if (same == outer_.end()) {
            outer_.push_back(std::move(mask));
            return;
        }
        auto spanned = same->axes_spanned();
        spanned.insert(spanned.end(), mask.axes_spanned().begin(), mask.axes_spanned().end());
        if (make_distinct(table, spanned)) {
            *same = index_mask(table, spanned, [&](row_number row) { return same->at(row) && mask.at(row); });
            none_ = none_ || same->none();
        } else {
            rest_.push_back({.what = row_test::kind::mask, .mask = std::move(mask)});
        }
    }

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

#endif
