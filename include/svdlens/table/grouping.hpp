/// @file
/// Groups of rows that agree in some columns. Groups are arithmetic on row numbers: nothing is hashed.
#ifndef SVDLENS_TABLE_GROUPING_HPP
#define SVDLENS_TABLE_GROUPING_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0 {

/// Columns to group by; none: all rows are one group.
struct by_columns {
    std::vector<std::string> names = {};
};

/// Columns to group by: `by("layer", "head")`.
template <std::convertible_to<std::string>... Names>
by_columns by(Names&&... names) {
    return {{std::string(std::forward<Names>(names))...}};
}

/// Which group a row belongs to.
///
/// A label column groups by all the axes that it spans. Groups are numbered in row-major order of the grouped
/// axes, whatever the order of the columns.
class grouping {
  public:
    /// Groups for which verbs are willing to hold something each.
    static constexpr std::uint64_t most_groups = std::uint64_t{1} << 28;

    /// @throws lookup_error (unknown_column); argument_error (invalid_argument) for more than `most_groups`
    /// groups
    grouping(const axes& table, const by_columns& columns) : line_(table.rows()) {
        std::vector<std::size_t> grouped;
        for (const auto& name : columns.names)
            for (const auto k : table.spanned_axes(name)) grouped.push_back(k);
        std::sort(grouped.begin(), grouped.end());
        grouped.erase(std::unique(grouped.begin(), grouped.end()), grouped.end());
        for (const auto k : grouped) add(table, k);
        check_count();
    }

    std::uint64_t groups() const { return groups_; }

    /// The group of a row. O(grouped axes).
    std::uint64_t group(row_number row) const {
        std::uint64_t result = 0;
        for (const auto& d : digits_) result = result * d.extent + row / d.stride % d.extent;
        return result;
    }

    /// The lowest row number of a group, present or not; its labels are the group's.
    row_number first_row(std::uint64_t group) const {
        row_number row = 0;
        for (auto d = digits_.rbegin(); d != digits_.rend(); ++d) {
            row += group % d->extent * d->stride;
            group /= d->extent;
        }
        return row;
    }

    /// Cuts a run into spans of one group and calls `use(group, begin, end)` for each, with positions in the
    /// run.
    template <class T, class Use>
    void for_spans(const score_run<T>& run, Use use) const {
        if (run.rows != nullptr) {
            for (std::size_t k = 0; k < run.scores.size(); ++k) use(group(run.rows[k]), k, k + 1);
        } else if (digits_.empty()) {
            if (!run.scores.empty()) use(std::uint64_t{0}, std::size_t{0}, run.scores.size());
        } else {
            for_consecutive_spans(run.first, run.scores.size(), use);
        }
    }

  private:
    struct digit {
        std::uint64_t extent;
        std::uint64_t stride;
    };

    void add(const axes& table, std::size_t k) {
        digits_.push_back({table[k].extent, table.stride(k)});
        line_ = table.stride(k);
        if (groups_ > most_groups) return; // too many already: no overflow on the way to the message
        groups_ *= table[k].extent;
    }

    void check_count() const {
        if (groups_ <= most_groups) return;
        throw argument_error(errc::invalid_argument, "grouping: expected at most " + to_text(most_groups) +
                                                         " groups, found more; group by fewer columns");
    }

    /// The group changes every `line_` rows; between two changes of the other digits it counts up by one.
    template <class Use>
    void for_consecutive_spans(row_number row, std::size_t count, Use use) const {
        std::size_t k = 0;
        while (k < count) {
            std::uint64_t number = group(row + k);
            std::uint64_t index = (row + k) / line_ % digits_.back().extent;
            std::uint64_t left = line_ - (row + k) % line_;
            for (; k < count && index < digits_.back().extent; ++index, ++number, left = line_) {
                const auto end =
                    static_cast<std::size_t>((std::min)(k + left, static_cast<std::uint64_t>(count)));
                use(number, k, end);
                k = end;
            }
        }
    }

    std::vector<digit> digits_;
    std::uint64_t line_ = 1; ///< neighbouring rows in one group
    std::uint64_t groups_ = 1;
};

} // namespace svdlens::inline v0

#endif
