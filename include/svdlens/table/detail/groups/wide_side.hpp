/// @file
/// One direction of a wide table: the groups that have a cell.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_WIDE_SIDE_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_WIDE_SIDE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../tensor/axes.hpp"
#include "../../by.hpp"
#include "../../score_source.hpp"
#include "grouping.hpp"

namespace svdlens::inline v0_2::detail {

/// @throws argument_error (invalid_argument) when rows and columns span an axis both
inline void check_apart(const axes& table, const by_columns& rows, const by_columns& columns) {
    const auto down = table.spanned_axes(rows.names), across = table.spanned_axes(columns.names);
    for (const auto k : down)
        if (std::binary_search(across.begin(), across.end(), k))
            throw argument_error(errc::invalid_argument, "wide table: the axis " + quoted(table[k].name) +
                                                             " is both in rows and in columns");
}

/// One direction of a wide table: the groups that have a cell, ascending, and what they are called.
class wide_side {
  public:
    template <class T>
    wide_side(const svdlens::axes& table, by_columns columns, const score_run<T>& cells) :
        columns_(std::move(columns)), axes_(group_axes(table, columns_)), groups_(table, columns_) {
        if (groups_.groups() <= cells.scores.size() + few)
            mark(cells);
        else
            list(cells);
    }

    const svdlens::axes& axes() const { return axes_; }
    std::span<const row_number> present() const { return present_; }

    /// Which line of this side each of the cells lies on.
    template <class T>
    std::vector<std::size_t> lines(const score_run<T>& cells) const {
        std::vector<std::size_t> result(cells.scores.size());
        groups_.for_stretches(cells, [&](const group_stretch& s) {
            for (std::size_t k = s.begin; k < s.end; ++k) result[k] = line(s.group + s.step * (k - s.begin));
        });
        return result;
    }

    /// What a line adds to its cells' row numbers.
    row_number offset(std::size_t line) const { return groups_.first_row(present_[line]); }

    /// The labels of a line, one a column, with ", " between.
    std::string label(std::size_t line) const {
        std::string text;
        for (std::size_t k = 0; k < columns_.names.size(); ++k) {
            if (k != 0) text += ", "; // also behind an empty label
            axes_.append_label(text, present_[line], columns_.names[k]);
        }
        return text;
    }

    /// The columns' names with ", " between.
    std::string name() const {
        std::string text;
        for (const auto& name : columns_.names) text += (text.empty() ? "" : ", ") + name;
        return text;
    }

  private:
    static constexpr std::size_t few = 4096;

    /// Where a group is among those that are there.
    std::size_t line(std::uint64_t group) const {
        if (!places_.empty()) return places_[static_cast<std::size_t>(group)];
        return static_cast<std::size_t>(std::lower_bound(present_.begin(), present_.end(), group) -
                                        present_.begin());
    }

    /// The groups that are there, by a mark for each that could be.
    template <class T>
    void mark(const score_run<T>& cells) {
        constexpr auto unused = (std::numeric_limits<std::size_t>::max)();
        places_.assign(static_cast<std::size_t>(groups_.groups()), unused);
        groups_.for_stretches(
            cells, [&](const group_stretch& s) { std::fill_n(places_.data() + s.group, s.groups(), 0); });
        for (std::size_t g = 0; g < places_.size(); ++g) {
            if (places_[g] == unused) continue;
            places_[g] = present_.size();
            present_.push_back(g);
        }
    }

    /// The groups that are there, where they are few beside those that could be.
    template <class T>
    void list(const score_run<T>& cells) {
        groups_.for_stretches(cells, [&](const group_stretch& s) {
            for (std::uint64_t g = s.group; g < s.group + s.groups(); ++g)
                if (present_.empty() || present_.back() != g) present_.push_back(g);
        });
        std::sort(present_.begin(), present_.end());
        present_.erase(std::unique(present_.begin(), present_.end()), present_.end());
    }

    by_columns columns_;
    svdlens::axes axes_;
    grouping groups_;
    std::vector<std::size_t> places_; ///< by group number, where there are not many more than cells
    std::vector<row_number> present_;
};

} // namespace svdlens::inline v0_2::detail

#endif
