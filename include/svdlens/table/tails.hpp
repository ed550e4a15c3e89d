/// @file
/// The tails of a table, or of each of its groups, with the quantiles that bound them: in memory or streamed
/// in row order.
#ifndef SVDLENS_TABLE_TAILS_HPP
#define SVDLENS_TABLE_TAILS_HPP

#include <concepts>
#include <cstdint>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "bounds.hpp"
#include "by.hpp"
#include "detail/groups/grouping.hpp"
#include "detail/order/radix_select.hpp"
#include "detail/order/top_digits.hpp"
#include "detail/rows/row_list.hpp"
#include "detail/rows/source_kind.hpp"
#include "detail/tails/bounds.hpp"
#include "detail/tails/found_tails.hpp"
#include "detail/tails/group_tails.hpp"
#include "detail/tails/row_stream.hpp"
#include "detail/tails/tail_scan.hpp"
#include "detail/tails/tail_search.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

/// The exact quantiles that bound tails (rule `linear`): for each side a table of the groups that have rows,
/// whose scores are the bounds. NaN where a side was not asked for, or where a group has no number; a zero is
/// +0. Without groups both are tables of no axis, with one row.
struct tail_bounds {
    basic_selection<double> low;
    basic_selection<double> high;

    /// The bounds of the whole table, as `outside` takes them.
    /// @throws argument_error (invalid_argument) where they are those of groups
    score_bounds whole() const {
        if (low.axes().rank() != 0)
            throw argument_error(errc::invalid_argument,
                                 "tails: expected bounds of the whole table, found those of " +
                                     to_text(low.size()) + " groups");
        return {low.score_at(0), high.score_at(0)};
    }
};

/// The rows strictly beyond two quantiles, and the quantiles.
template <std::floating_point T>
struct basic_tails {
    tail_bounds bounds;
    basic_selection<T> rows; ///< ascending
};

using tails = basic_tails<float>;

namespace detail {

/// Whether one pass that keeps candidates is the way to the tails of a source: where a pass costs more than
/// the candidates, and these are few and within the budget.
template <score_source S>
bool takes_one_pass(const S& source, const tail_sizes& sizes, const execution& run) {
    if (in_memory(source)) return false;
    const std::uint64_t rows = static_cast<std::uint64_t>(sizes.low) + sizes.high;
    return rows <= source.max_rows() / 8 + 1024 &&
           tail_bytes<typename S::value_type>(rows) <= run.memory_budget;
}

/// The rows beyond the quantiles of the whole table, in any order.
template <score_key Key, score_source S>
found_tails<typename S::value_type> find_whole_tails(const S& source, const tail_options& wanted,
                                                     const execution& run) {
    const tail_sizes sizes(source.max_rows(), wanted);
    if (takes_one_pass(source, sizes, run)) return scan_tails<Key>(source, wanted, sizes, run);
    return search_tails<Key>(source, wanted, run);
}

/// The bounds of the whole table alone.
template <score_key Key, score_source S>
score_bounds find_whole_bounds(const S& source, const tail_options& wanted, const execution& run) {
    using T = typename S::value_type;
    std::vector<double> probabilities;
    for (const auto& side : {wanted.low, wanted.high})
        if (side) probabilities.push_back(*side);
    if (probabilities.empty()) return {};
    auto top = count_top_digits<Key>(source, part_of(run, 0, first_pass<T>));
    const auto found = quantiles_after<Key>(source, std::move(top), probabilities, quantile_rule::linear,
                                            part_of(run, first_pass<T>, 1));
    return to_bounds(wanted.low ? found.front() : no_bound, wanted.high ? found.back() : no_bound);
}

/// Hands the tails of the whole table to a sink in row order, and says what they lie beyond.
template <score_key Key, score_source S, class Sink>
score_bounds stream_whole_tails(const S& source, const tail_options& wanted, Sink& sink,
                                const execution& run) {
    using T = typename S::value_type;
    const tail_sizes sizes(source.max_rows(), wanted);
    if (takes_one_pass(source, sizes, run)) {
        auto found = scan_tails<Key>(source, wanted, sizes, run);
        sort_rows(found.rows);
        hand_on(found.rows, sink, run);
        return found.bounds;
    }
    const auto bounds = find_whole_bounds<Key>(source, wanted, part_of(run, 0, 2.0 / 3));
    stream_rows(source, hits_of(outside_test<T, Key>(bounds)), sink, part_of(run, 2.0 / 3, 1));
    return bounds;
}

/// The bounds as tables of some groups.
template <class BoundsOf>
tail_bounds to_tail_bounds(const axes& groups, const std::vector<row_number>& rows,
                           const BoundsOf& bounds_of) {
    std::vector<double> low, high;
    for (const auto row : rows) {
        const score_bounds bounds = bounds_of(row);
        low.push_back(bounds.low);
        high.push_back(bounds.high);
    }
    return {basic_selection<double>(groups, rows, std::move(low)),
            basic_selection<double>(groups, rows, std::move(high))};
}

/// Those of the whole table, which is one group.
inline tail_bounds to_tail_bounds(const axes& table, const score_bounds& bounds) {
    return to_tail_bounds(group_axes(table, {}), {0}, [&](row_number) { return bounds; });
}

/// Those of the groups that have rows.
inline tail_bounds to_tail_bounds(const axes& table, const by_columns& columns,
                                  const bounds_of_groups& found) {
    return to_tail_bounds(group_axes(table, columns), found.present,
                          [&](row_number group) { return found.bounds[static_cast<std::size_t>(group)]; });
}

/// `find_tails` of any source.
template <score_key Key, std::floating_point T>
basic_tails<T> find_tails_of(const score_source_ref<T>& source, const tail_options& wanted,
                             const execution& run) {
    check_tails(wanted);
    const axes& table = source.axes();
    if (wanted.by.names.empty()) {
        auto found = find_whole_tails<Key>(source, wanted, run);
        return {to_tail_bounds(table, found.bounds), to_selection(table, std::move(found.rows))};
    }
    const grouping groups(table, wanted.by);
    const auto found = find_group_bounds<Key>(source, groups, wanted, part_of(run, 0, 0.75));
    auto rows = find_rows(source, group_hits<T, Key>(groups, found.bounds), 0, part_of(run, 0.75, 1));
    return {to_tail_bounds(table, wanted.by, found), to_selection(table, std::move(rows))};
}

#ifdef SVDLENS_COMPILED
extern template basic_tails<float> find_tails_of<signed_score>(const score_source_ref<float>&,
                                                               const tail_options&, const execution&);
extern template basic_tails<double> find_tails_of<signed_score>(const score_source_ref<double>&,
                                                                const tail_options&, const execution&);
extern template basic_tails<float> find_tails_of<magnitude>(const score_source_ref<float>&,
                                                            const tail_options&, const execution&);
extern template basic_tails<double> find_tails_of<magnitude>(const score_source_ref<double>&,
                                                             const tail_options&, const execution&);
#endif

} // namespace detail

/// The rows strictly beyond exact quantiles of the source (rule `linear`) in ascending row order, with those
/// quantiles: `find_tails(scores, {.low = 0.001, .high = 0.999})`, or those of every group:
/// `find_tails(scores, {.low = 0.001, .high = 0.999, .by = by("head")})`. `find_tails<magnitude>` takes the
/// quantiles of |score|, compares |score|, and keeps the signed scores. A quantile that is zero is +0. A
/// group without numbers keeps no row.
///
/// Passes without groups, chosen by the source and the options:
/// - one, where the scores are not in memory and the tails are at most an eighth of the rows: what lies
///   beyond running bounds is kept, and the bounds come from it.
/// - else two: the highest digits of the scores are counted (256 KiB a thread and 256 KiB), then the tails
///   and the few rows about their ends collected, up to half as many more. One pass more where very many
///   rows are about the ends (equal scores, or all within a few per cent of each other), three where scores
///   are double.
///
/// Memory: 40 + 2 sizeof(T) bytes for each row that the tails can have, and the budget holds them.
///
/// With groups: the passes of `group_quantiles` and one more. Memory: its budget, then 32 bytes a group, 32
/// more for the bounds, and that of `outside`.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for a probability outside [0, 1], a low one above the high one,
/// tails that are over the memory budget (`for_each_tail` streams those), or when it does not hold what the
/// groups need or the scores of one group
/// @throws cancelled_error when `run.stop` becomes true
template <score_key Key = signed_score, score_source S>
basic_tails<typename S::value_type> find_tails(const S& source, const tail_options& wanted,
                                               const execution& run = {}) {
    return detail::find_tails_of<Key, typename S::value_type>(source, wanted, run);
}

/// Calls `sink(run)` with the rows outside the bounds, in ascending row order, as they are found, at most
/// 2^14 a call: `for_each_outside(scores, {.low = -0.5, .high = 0.5}, csv)`;
/// `for_each_outside<magnitude>` compares
/// |score|. Bounds as in `outside`. The sink is called by one thread at a time; the run is gone after the call.
///
/// One pass. Memory: a block for each thread and the rows found in a band of tiles (the same lines across all
/// columns), 40 + 2 sizeof(T) bytes each: it does not grow with the number of rows.
/// Sources without bands (selections, and narrowed ones) are collected first, as `outside` does.
/// @throws what the sink throws, once; cancelled_error when `run.stop` becomes true
template <score_key Key = signed_score, score_source S, class Sink>
    requires(detail::row_sink<Sink, typename S::value_type>)
void for_each_outside(const S& source, const score_bounds& bounds, Sink&& sink, const execution& run = {}) {
    const detail::outside_test<typename S::value_type, Key> test(bounds);
    detail::stream_rows(source, detail::hits_of(test), sink, run);
}

/// The tails of any size: their rows go to the sink as those of `for_each_outside` do, and their bounds
/// are returned.
///
/// Where `find_tails` takes one pass, that is all. Else the bounds are found as `quantiles` finds them, or
/// `group_quantiles`, and the rows are streamed: one pass more than these, and no row is held.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for a probability outside [0, 1] or a low one above the high
/// one, or when the budget does not hold what the groups need or the scores of one group
/// @throws what the sink throws, once; cancelled_error when `run.stop` becomes true
template <score_key Key = signed_score, score_source S, class Sink>
    requires(detail::row_sink<Sink, typename S::value_type>)
tail_bounds for_each_tail(const S& source, const tail_options& wanted, Sink&& sink,
                          const execution& run = {}) {
    using T = typename S::value_type;
    detail::check_tails(wanted);
    if (wanted.by.names.empty())
        return detail::to_tail_bounds(source.axes(),
                                      detail::stream_whole_tails<Key>(source, wanted, sink, run));
    const detail::grouping groups(source.axes(), wanted.by);
    const auto found = detail::find_group_bounds<Key>(source, groups, wanted, part_of(run, 0, 0.75));
    detail::stream_rows(source, detail::group_hits<T, Key>(groups, found.bounds), sink,
                        part_of(run, 0.75, 1));
    return detail::to_tail_bounds(source.axes(), wanted.by, found);
}

} // namespace svdlens::inline v0_2

#endif
