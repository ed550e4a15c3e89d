/// @file
/// `pivot`: aggregates of groups in wide form.
#ifndef SVDLENS_TABLE_PIVOT_HPP
#define SVDLENS_TABLE_PIVOT_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "by.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/groups/group_columns.hpp"
#include "detail/groups/wide_side.hpp"
#include "question.hpp"
#include "score_source.hpp"
#include "wide_table.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// `pivot` of a table.
template <std::floating_point T, aggregate A>
class bound_pivot {
  public:
    bound_pivot(const asked_table<T>& table, by_columns rows, by_columns columns, const A& a) :
        rows_(std::move(rows)), columns_(std::move(columns)),
        cells_("pivot", table, spanned(table.axes, rows_, columns_), std::tuple<A>(a), cell_bytes) {}

    template <class Use>
    void parts(const Use& use) {
        use(cells_);
    }
    wide_table result() { return wide_table(cells_.result().column(0), rows_, columns_); }

  private:
    static constexpr std::uint64_t cell_bytes = sizeof(double) + 1;

    static std::vector<std::size_t> spanned(const axes& table, const by_columns& rows,
                                            const by_columns& columns) {
        check_apart(table, rows, columns);
        by_columns both = rows;
        both.names.insert(both.names.end(), columns.names.begin(), columns.names.end());
        return table.spanned_axes(both.names);
    }

    by_columns rows_;
    by_columns columns_;
    bound_columns<T, A> cells_;
};

/// `pivot` without a source.
template <aggregate A>
struct pivot_question {
    by_columns rows;
    by_columns columns;
    A value;

    template <std::floating_point T>
    bound_pivot<T, A> bind(const asked_table<T>& table) const {
        return {table, rows, columns, value};
    }
};

} // namespace detail

/// The question that `pivot` answers, for `ask`.
template <aggregate A>
detail::pivot_question<A> pivot(const by_columns& rows, const by_columns& columns, const A& a) {
    return {rows, columns, a};
}

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
    return detail::ask_one<typename S::value_type>(source, pivot(rows, columns, a), run);
}

} // namespace svdlens::inline v0_2

#endif
