/// @file
/// Rows of two tables side by side.
#ifndef SVDLENS_TABLE_JOIN_HPP
#define SVDLENS_TABLE_JOIN_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "../tensor/sub_index.hpp"
#include "by.hpp"
#include "detail/join/joined_axes.hpp"
#include "detail/rows/position_loop.hpp"
#include "score_columns.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A row of one side: its index along the shared axes and along the others.
struct join_entry {
    std::uint64_t shared;
    std::uint64_t other;
    double score;
};

/// All rows of one side, by shared index and then the other one.
template <stored_source S>
std::vector<join_entry> join_entries(const S& source, const join_side& side, const execution& run) {
    const sub_index shared(side.table, side.shared), other(side.table, side.others);
    std::vector<join_entry> entries(source.size());
    for_positions(source.size(), run, [&](std::size_t k) {
        const auto row = source.row_at(k);
        entries[k] = {shared.index(row), other.index(row), static_cast<double>(source.score_at(k))};
    });
    const auto before = [](const join_entry& a, const join_entry& b) {
        return a.shared != b.shared ? a.shared < b.shared : a.other < b.other;
    };
    if (!std::is_sorted(entries.begin(), entries.end(), before))
        std::sort(entries.begin(), entries.end(), before);
    return entries;
}

/// Left rows [left, left_end) that meet the right rows [right, right_end), in rows of the result from
/// `first` on.
struct join_match {
    std::size_t left, left_end;
    std::size_t right, right_end;
    std::uint64_t first;
    std::uint64_t rows() const { return static_cast<std::uint64_t>(left_end - left) * (right_end - right); }
};

/// Where the entries of the shared index at `begin` end.
inline std::size_t same_shared(const std::vector<join_entry>& entries, std::size_t begin) {
    std::size_t end = begin + 1;
    while (end < entries.size() && entries[end].shared == entries[begin].shared) ++end;
    return end;
}

/// Every shared index that both sides have, ascending, with the rows that they make of the result. Their
/// number is that of pairs of different rows: the result's shape has as many.
inline std::vector<join_match> find_matches(const std::vector<join_entry>& left,
                                            const std::vector<join_entry>& right) {
    std::vector<join_match> matches;
    std::uint64_t first = 0;
    for (std::size_t i = 0, j = 0; i < left.size() && j < right.size();) {
        if (left[i].shared < right[j].shared) {
            i = same_shared(left, i);
        } else if (right[j].shared < left[i].shared) {
            j = same_shared(right, j);
        } else {
            matches.push_back({i, same_shared(left, i), j, same_shared(right, j), first});
            first += matches.back().rows();
            i = matches.back().left_end;
            j = matches.back().right_end;
        }
    }
    return matches;
}

/// @throws argument_error (invalid_argument) when a result of that many rows is over the budget
inline void check_join_rows(std::uint64_t rows, const execution& run) {
    constexpr std::uint64_t bytes = sizeof(row_number) + 2 * sizeof(double);
    if (rows <= run.memory_budget / bytes) return;
    throw argument_error(errc::invalid_argument,
                         "join: the " + to_text(rows) + " rows of the result, " + to_text(bytes) +
                             " bytes each, are over the memory budget of " + to_text(run.memory_budget) +
                             " bytes; join by more columns, join selections, or raise "
                             "execution::memory_budget");
}

/// The rows of the result and both scores, as they are filled in.
struct joined_rows {
    std::vector<row_number> rows;
    std::vector<std::vector<double>> scores;

    explicit joined_rows(std::size_t size) :
        rows(size), scores{std::vector<double>(size), std::vector<double>(size)} {}
};

/// The sides of a join and what makes a row number of theirs.
struct join_plan {
    std::vector<join_entry> left;
    std::vector<join_entry> right;
    std::uint64_t left_others;
    std::uint64_t right_others;
    std::vector<join_match> matches;

    std::uint64_t rows() const { return matches.empty() ? 0 : matches.back().first + matches.back().rows(); }

    /// Writes the rows [begin, end) of the result, which ascend: shared index, left's others, right's others.
    void fill(joined_rows& out, std::size_t begin, std::size_t end) const {
        auto match = std::upper_bound(matches.begin(), matches.end(), begin,
                                      [](std::uint64_t k, const join_match& m) { return k < m.first; });
        --match;
        for (std::size_t k = begin; k < end;) {
            if (k - match->first == match->rows()) ++match;
            k = fill_line(out, *match, k, end);
        }
    }

    /// Writes the rows from k on that have the same left row, and says where they end.
    std::size_t fill_line(joined_rows& out, const join_match& match, std::size_t k, std::size_t end) const {
        const auto pair = k - static_cast<std::size_t>(match.first);
        const auto across = match.right_end - match.right;
        const auto& a = left[match.left + pair / across];
        auto b = right.begin() + static_cast<std::ptrdiff_t>(match.right + pair % across);
        const auto line = (a.shared * left_others + a.other) * right_others;
        const auto last = (std::min)(end, k + across - pair % across);
        for (; k < last; ++k, ++b) {
            out.rows[k] = line + b->other;
            out.scores[0][k] = a.score;
            out.scores[1][k] = b->score;
        }
        return last;
    }
};

} // namespace detail

/// The pairs of a left and a right row that agree in the columns, with both scores as the columns `left` and
/// `right`: what a direction reads beside what it writes is `join(reads, writes, by("head", "direction"))`,
/// and `.scores(std::multiplies{})` of it the paths through both.
///
/// The columns are axes or label columns of both tables and are compared **by index**: they must span axes of
/// the same names and extents, and where both sides have labels for such an axis, the same ones. The result
/// has the shared axes, then the left's others, then the right's. A name that both sides have for something
/// else becomes `left_...` and `right_...`, in patterns too; a label column that is the same on both sides
/// stays one. A row of one side that has no partner is left out. NaN scores are kept. No columns: every left
/// row with every right one.
///
/// Rows come in ascending order. O(n log n + rows), O(n + rows) where both sides come in the order of the
/// shared axes. Memory: 24 bytes a row of both sides, 40 a shared index, and 24 a row of the result, which
/// the budget counts. `run.stop` is not looked at while rows are sorted.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_axes) when the shared axes do not agree, naming axis and extents, or the
/// result's shape has more than 2^64 rows; (invalid_argument) when its rows are over the memory budget
/// @throws cancelled_error
template <stored_source L, stored_source R>
score_columns join(const L& left, const R& right, const by_columns& columns, const execution& run = {}) {
    const std::uint64_t rows = left.size() + right.size();
    const auto left_side = detail::left_side(left.axes(), columns);
    const auto right_side = detail::right_side(right.axes(), columns, left_side);
    auto axes = detail::joined_axes(left_side, right_side);
    detail::join_plan plan{detail::join_entries(left, left_side, part_of(run, 0, 0.25, rows)),
                           detail::join_entries(right, right_side, part_of(run, 0.25, 0.5, rows)),
                           sub_index(left.axes(), left_side.others).size(),
                           sub_index(right.axes(), right_side.others).size(),
                           {}};
    plan.matches = detail::find_matches(plan.left, plan.right);
    detail::check_join_rows(plan.rows(), run);
    detail::joined_rows out(static_cast<std::size_t>(plan.rows()));
    detail::for_position_stretches(out.rows.size(), part_of(run, 0.5, 1, rows),
                                   [&](std::size_t begin, std::size_t end) { plan.fill(out, begin, end); });
    return {std::move(axes), std::move(out.rows), {"left", "right"}, std::move(out.scores)};
}

} // namespace svdlens::inline v0_2

#endif
