/// @file
/// Norms along an axis, and tables centred or normalised along one.
#ifndef SVDLENS_TABLE_ALONG_AXIS_HPP
#define SVDLENS_TABLE_ALONG_AXIS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../core/detail/without_progress.hpp"
#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "detail/groups/group_columns.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "detail/groups/kept_axes.hpp"
#include "detail/groups/norm.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "store.hpp"
#include "tiling.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A source whose scores are changed by a value of their group: `change(score, value)`. Refers to source,
/// groups and values.
template <score_source S, class Change>
class changed_by_group {
  public:
    using value_type = typename S::value_type;

    changed_by_group(const S& source, const grouping& groups, const std::vector<double>& values,
                     Change change) :
        source_(source),
        groups_(groups), values_(values), change_(change) {}

    const svdlens::axes& axes() const { return source_.axes(); }
    std::uint64_t max_rows() const { return source_.max_rows(); }
    std::size_t blocks() const { return source_.blocks(); }
    const tiling& tiles() const
        requires tiled_source<S>
    {
        return source_.tiles();
    }

    score_block<value_type> block(std::size_t i, block_buffer<value_type>& buffer) const {
        block_buffer<value_type> lent;
        const auto given = source_.block(i, lent);
        buffer.scores.resize(given.size());
        for (std::size_t r = 0; r < given.runs; ++r)
            change_run(given.run(r), buffer.scores.data() + r * given.width);
        buffer.starts = std::move(lent.starts); // moved, not copied: the block points into them
        buffer.rows = std::move(lent.rows);
        return {buffer.scores.data(), given.runs, given.width, given.width, given.starts, given.rows};
    }

  private:
    void change_run(const score_run<value_type>& run, value_type* out) const {
        groups_.for_stretches(run, [&](const group_stretch& s) {
            const double* const values = values_.data() + s.group;
            for (std::size_t k = s.begin; k < s.end; ++k)
                out[k] = static_cast<value_type>(
                    change_(static_cast<double>(run.scores[k]), values[s.step * (k - s.begin)]));
        });
    }

    const S& source_;
    const grouping& groups_;
    const std::vector<double>& values_;
    Change change_;
};

/// The rows of a source that has an order of its own, in that order.
template <stored_source S, score_source Changed>
basic_selection<typename S::value_type> in_order_of(const S& source, const Changed& changed) {
    using T = typename S::value_type;
    std::vector<row_number> rows;
    std::vector<T> scores;
    block_buffer<T> buffer;
    for (std::size_t i = 0; i < changed.blocks(); ++i) {
        const auto block = changed.block(i, buffer);
        for (std::size_t r = 0; r < block.runs; ++r) {
            const auto run = block.run(r);
            for (std::size_t k = 0; k < run.scores.size(); ++k) rows.push_back(run.row(k));
            scores.insert(scores.end(), run.scores.begin(), run.scores.end());
        }
    }
    return basic_selection<T>(source.axes(), std::move(rows), std::move(scores));
}

/// The norm; in place of a large one, for which double may have no room, -norm / 2^64.
struct divisor : norm {
    static double value(const square_sums& s) { return s.large > 0 ? -norm::value(s, 64) : norm::value(s); }
};

/// What each group's scores are divided by, see `divided`. A second pass where squares do not fit.
template <score_source S>
std::vector<double> divisors(const S& source, const grouping& groups, const execution& run) {
    using T = typename S::value_type;
    auto values = group_values<T>("normalized", source, groups, aggregates::energy{}, run);
    if (!squares_fit<T>(values))
        return group_values<T>("normalized", source, groups, divisor{}, without_progress(run));
    for (double& value : values) value = std::sqrt(value);
    return values;
}

inline double divided(double score, double by) { return by < 0 ? score * 0x1p-64 / -by : score / by; }

/// A source in memory with `change(score, value)` for each score, `value` being that of its group along
/// `column` in what `find(source, groups, run)` gives.
/// @param bytes that `find` holds a group
template <score_source S, class Find, class Change>
auto change_along(const std::string& verb, const S& source, const std::string& column, std::size_t bytes,
                  Find find, Change change, const execution& run) {
    const grouping groups(source.axes(), axes_beside(source.axes(), column));
    check_budget(verb, "groups", groups.groups(), bytes + sizeof(double), run);
    const std::vector<double> values = find(source, groups, part_of(run, 0, 0.5));
    const changed_by_group<S, Change> changed(source, groups, values, change);
    if constexpr (tiled_source<S>)
        return store(changed, part_of(run, 0.5, 1));
    else if constexpr (stored_source<S>)
        return in_order_of(source, changed);
    else
        return collect(changed, part_of(run, 0.5, 1));
}

} // namespace detail

/// The Euclidean norm of the scores along a column, sqrt(Σ score²), as a table over the other axes:
/// `norms(scores, "neuron")`. A column that spans several axes is summed over all of them. In double; NaN is
/// skipped (a norm of NaN scores only is 0, as pandas' sum). Infinite only where double has no such number.
/// One pass, two where squares of doubles are 0 or leave the range; memory, budget and errors as `group_by`.
template <score_source S>
basic_selection<double> norms(const S& source, const std::string& column, const execution& run = {}) {
    const auto others = detail::axes_beside(source.axes(), column);
    const auto sums = [&](auto aggregate, const execution& pass) {
        return detail::group_by_axes("norms", source, others, std::tuple(aggregate), 0, pass);
    };
    auto found = sums(aggregates::energy{}, run);
    const bool fits = detail::squares_fit<typename S::value_type>(found.values(0));
    if (!fits) found = sums(detail::norm{}, detail::without_progress(run));
    const axes table = found.axes();
    std::vector<row_number> rows(found.rows().begin(), found.rows().end());
    auto values = std::move(found).values(0);
    if (fits)
        for (double& value : values) value = std::sqrt(value);
    return basic_selection<double>(table, std::move(rows), std::move(values));
}

/// The scores less their mean along a column: `centered(scores, "neuron")`. Computed in double. NaN stays NaN
/// and is no part of the mean.
///
/// A source of tiles (a long table, a projection) gives a long table with the same axes and tiling; a
/// selection gives a selection in its own order; any other source one in ascending row order. Two passes.
/// Memory: the result, and up to 33 bytes a combination of the other axes, which the budget counts.
/// @throws lookup_error (unknown_column); argument_error (invalid_argument) for more groups than the
/// budget allows
template <score_source S>
auto centered(const S& source, const std::string& column, const execution& run = {}) {
    using T = typename S::value_type;
    const auto means = [](const S& of, const detail::grouping& groups, const execution& pass) {
        return detail::group_values<T>("centered", of, groups, aggregates::mean{}, pass);
    };
    return detail::change_along(
        "centered", source, column, detail::group_states<T, aggregates::mean>::bytes, means,
        [](double score, double mean) { return score - mean; }, run);
}

/// The scores divided by their norm along a column. As pandas divides: 0 / 0 is NaN where the norm is zero.
/// Three passes where squares of doubles are 0 or leave the range. All else as `centered`.
template <score_source S>
auto normalized(const S& source, const std::string& column, const execution& run = {}) {
    using T = typename S::value_type;
    constexpr std::size_t bytes = detail::group_states<T, aggregates::energy>::bytes;
    return detail::change_along("normalized", source, column, bytes, detail::divisors<S>, detail::divided,
                                run);
}

} // namespace svdlens::inline v0_2

#endif
