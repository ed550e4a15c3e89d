/// @file
/// Groups of rows that agree in some columns. Groups are arithmetic on row numbers: nothing is hashed.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_GROUPING_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_GROUPING_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "../../../tensor/axes.hpp"
#include "../../../tensor/sub_index.hpp"
#include "../../by.hpp"
#include "../../score_source.hpp"

namespace svdlens::inline v0_2::detail {

/// Neighbouring positions [begin, end) of a run: all of one group (step 0), or of groups that count up by one
/// from `group` (step 1), as along the innermost axis where that is grouped.
struct group_stretch {
    std::uint64_t group;
    std::size_t step;
    std::size_t begin;
    std::size_t end;

    std::size_t size() const { return end - begin; }
    /// How many groups it touches.
    std::size_t groups() const { return step == 0 ? 1 : size(); }
};

/// Which group a row belongs to.
///
/// A label column groups by all the axes that it spans. Groups are numbered by the `sub_index` over the
/// grouped axes, whatever the order of the columns.
class grouping {
  public:
    /// @throws lookup_error (unknown_column)
    grouping(const axes& table, const by_columns& columns) : index_(table, columns.names) {}

    /// By axes of these numbers, ascending.
    grouping(const axes& table, std::span<const std::size_t> grouped) : index_(table, grouped) {}

    /// How many groups there could be; the largest number where they are more than fit 64 bits.
    std::uint64_t groups() const { return index_.size(); }

    /// The group of a row. O(grouped axes).
    std::uint64_t group(row_number row) const { return index_.index(row); }

    /// The lowest row number of a group, present or not; its labels are the group's.
    row_number first_row(std::uint64_t group) const { return index_.row(group); }

    /// Cuts a run into stretches, as long as its consecutive rows allow, and calls `use(stretch)` for each.
    template <class T, class Use>
    void for_stretches(const score_run<T>& run, Use use) const {
        const std::size_t count = run.scores.size();
        if (run.rows == nullptr) {
            cut(run.first, 0, count, use);
            return;
        }
        for (std::size_t begin = 0, end = 0; begin < count; begin = end) {
            for (end = begin + 1; end < count && run.rows[end] == run.rows[end - 1] + 1;) ++end;
            cut(run.rows[begin], begin, end, use);
        }
    }

    /// Cuts a run into spans of one group and calls `use(group, begin, end)` for each, with positions in
    /// the run.
    template <class T, class Use>
    void for_spans(const score_run<T>& run, Use use) const {
        for_stretches(run, [&](const group_stretch& s) {
            if (s.step == 0) return use(s.group, s.begin, s.end);
            for (std::size_t k = s.begin; k < s.end; ++k) use(s.group + (k - s.begin), k, k + 1);
        });
    }

  private:
    /// Positions [begin, end), whose rows are consecutive from `row` on.
    template <class Use>
    void cut(row_number row, std::size_t begin, std::size_t end, Use& use) const {
        if (groups() == 1) {
            if (begin < end) use(group_stretch{0, 0, begin, end});
        } else if (index_.stretch() == 1) {
            cut_counting(row, begin, end, use);
        } else {
            cut_spans(row, begin, end, use);
        }
    }

    /// Every row is of the next group, until the innermost digit starts again.
    template <class Use>
    void cut_counting(row_number row, std::size_t begin, std::size_t end, Use& use) const {
        const std::uint64_t extent = index_.line();
        while (begin < end) {
            const auto last = next_cut(begin, end, extent - row % extent);
            use(group_stretch{group(row), last - begin == 1 ? std::size_t{0} : 1, begin, last});
            row += last - begin;
            begin = last;
        }
    }

    /// The group changes every `stretch` rows; along a line it counts up by one.
    template <class Use>
    void cut_spans(row_number row, std::size_t begin, std::size_t end, Use& use) const {
        const auto extent = index_.line(), stretch = index_.stretch();
        while (begin < end) {
            std::uint64_t number = group(row);
            std::uint64_t left = stretch - row % stretch;
            for (auto index = row / stretch % extent; begin < end && index < extent; ++index, ++number) {
                const auto last = next_cut(begin, end, left);
                use(group_stretch{number, 0, begin, last});
                row += last - begin;
                begin = last;
                left = stretch;
            }
        }
    }

    /// `left` positions on, or the end.
    static std::size_t next_cut(std::size_t begin, std::size_t end, std::uint64_t left) {
        return left < end - begin ? begin + static_cast<std::size_t>(left) : end;
    }

    sub_index index_;
};

} // namespace svdlens::inline v0_2::detail

#endif
