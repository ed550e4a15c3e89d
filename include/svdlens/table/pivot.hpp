/// @file
/// `pivot`: aggregates of groups in wide form.
#ifndef SVDLENS_TABLE_PIVOT_HPP
#define SVDLENS_TABLE_PIVOT_HPP

#include <tuple>

#include "../core/execution.hpp"
#include "aggregates.hpp"
#include "by.hpp"
#include "detail/groups/group_columns.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "detail/groups/wide_side.hpp"
#include "score_source.hpp"
#include "wide_table.hpp"

namespace svdlens::inline v0_2 {

/// An aggregate of every group, `rows` running down and `columns` across:
/// `pivot(scores, by("neuron"), by("head"), aggregates::abs_max{})`. Groups, NaN and bits as `group_by`; rows
/// and columns without a group are left out. With `aggregates::single` and all axes shared out between rows
/// and columns, `melt(pivot(t, ...))` has the rows of t again.
///
/// One pass. Memory: as `group_by`, and 9 bytes a cell of the rectangle, which the budget counts too.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) when an axis is both in rows and in columns, or for more groups
/// than the memory budget or 2^28 allow
template <score_source S, aggregate A>
wide_table pivot(const S& source, const by_columns& rows, const by_columns& columns, const A& a,
                 const execution& run = {}) {
    constexpr std::uint64_t cell = sizeof(double) + 1;
    detail::check_apart(source.axes(), rows, columns);
    by_columns both = rows;
    both.names.insert(both.names.end(), columns.names.begin(), columns.names.end());
    const auto grouped = source.axes().spanned_axes(both.names);
    return wide_table(detail::group_by_axes("pivot", source, grouped, std::tuple<A>(a), cell, run).column(0),
                      rows, columns);
}

} // namespace svdlens::inline v0_2

#endif
