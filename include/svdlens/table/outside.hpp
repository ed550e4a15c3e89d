/// @file
/// Rows beyond bounds, and beyond the exact quantiles of the table or of their group.
#ifndef SVDLENS_TABLE_OUTSIDE_HPP
#define SVDLENS_TABLE_OUTSIDE_HPP

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "detail/rows/row_list.hpp"
#include "detail/tails/bounds.hpp"
#include "detail/tails/tail_options.hpp"
#include "group_quantiles.hpp"
#include "scan.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "tails.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Appends the rows of a piece of a run that pass the test of their group.
template <std::floating_point T, class Test>
void append_group_hits(const score_run<T>& run, const group_stretch& s, const std::vector<Test>& tests,
                       row_list<T>& found) {
    const auto group = static_cast<std::size_t>(s.group);
    if (s.step == 0) return append_hits(run, s.begin, s.end, tests[group], found);
    for (std::size_t k = s.begin; k < s.end; ++k)
        if (tests[group + (k - s.begin)](run.scores[k])) found.push_back(run.row(k), run.scores[k]);
}

/// The rows strictly beyond the quantiles of their group, in ascending row order.
template <score_key Key, score_source S>
basic_selection<typename S::value_type> find_group_tails(const std::string& verb, const S& source, tail low,
                                                         tail high, const by_columns& columns,
                                                         const execution& run) {
    using T = typename S::value_type;
    using rows = row_list<T>;
    const grouping groups(source.axes(), columns);
    std::vector<double> probabilities;
    for (const auto& side : {low, high})
        if (side) probabilities.push_back(*side);
    std::vector<outside_test<T, Key>> tests;
    {
        const auto bounds =
            find_group_quantiles<Key>(verb, source, groups, probabilities,
                                      quantile_rule::linear, stage(run, 0, 0.75));
        for (std::size_t g = 0; g < bounds.sizes.numbers.size(); ++g)
            tests.emplace_back(low ? bounds.values.front()[g] : no_bound,
                               high ? bounds.values.back()[g] : no_bound);
    }
    rows all;
    scan_in_order<rows>(
        source, stage(run, 0.75, 1),
        [&](const auto& block, rows& found) {
            found.clear();
            for (std::size_t r = 0; r < block.runs; ++r) {
                const auto piece = block.run(r);
                groups.for_stretches(
                    piece, [&](const group_stretch& s) { append_group_hits(piece, s, tests, found); });
            }
        },
        [&](const rows& found) { all.append(found); });
    return to_selection(source.axes(), std::move(all));
}

} // namespace detail

/// The rows strictly outside two exact quantiles of their group, in ascending row order:
/// `outside_quantiles(scores, 0.01, 0.99, by("layer", "head"))`. A group without numbers keeps none.
///
/// The passes of `group_quantiles` and one more. Memory: its budget, then 2 sizeof(T) bytes a group and that
/// of `outside`.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for a probability outside [0, 1], a low one above the high one,
/// or when the memory budget does not hold what the groups need or the scores of one group
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type>
outside_quantiles(const S& source, double low_probability, double high_probability, const by_columns& columns,
                  const execution& run = {}) {
    detail::check_tails({.low = low_probability, .high = high_probability});
    return detail::find_group_tails<Key>("outside_quantiles", source, {low_probability}, {high_probability},
                                         columns, run);
}

/// The rows strictly above an exact quantile of their group. All else as `outside_quantiles` within groups.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type>
above_quantile(const S& source, double probability, const by_columns& columns,
               const execution& run = {}) {
    return detail::find_group_tails<Key>("above_quantile", source, {}, {probability}, columns, run);
}

/// The rows strictly below an exact quantile of their group. All else as `outside_quantiles` within groups.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type>
below_quantile(const S& source, double probability, const by_columns& columns,
               const execution& run = {}) {
    return detail::find_group_tails<Key>("below_quantile", source, {probability}, {}, columns, run);
}


/// The rows strictly outside two exact quantiles of the source (rule `linear`), in ascending row order: both
/// tails. `outside_quantiles<magnitude>` takes the quantiles of |score| and compares |score|. Passes, memory
/// and errors as `find_tails`, with its budget of 1 GiB.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> outside_quantiles(const S& source, double low_probability,
                                                          double high_probability,
                                                          const execution& run = {}) {
    return find_tails<Key>(source, {.low = low_probability, .high = high_probability}, run).rows;
}

/// The rows strictly above an exact quantile. All else as `outside_quantiles`.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> above_quantile(const S& source, double probability,
                                                       const execution& run = {}) {
    return find_tails<Key>(source, {.high = probability}, run).rows;
}

/// The rows strictly below an exact quantile. All else as `outside_quantiles`.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> below_quantile(const S& source, double probability,
                                                       const execution& run = {}) {
    return find_tails<Key>(source, {.low = probability}, run).rows;
}

} // namespace svdlens::inline v0_2

#endif
