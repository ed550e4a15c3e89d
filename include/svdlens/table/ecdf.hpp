/// @file
/// Empirical distribution functions, of a table and of each of its groups.
#ifndef SVDLENS_TABLE_ECDF_HPP
#define SVDLENS_TABLE_ECDF_HPP

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "detail/groups/group_scores.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "detail/order/order_image.hpp"
#include "detail/order/radix_select.hpp"
#include "detail/order/top_digits.hpp"
#include "detail/order/value_tally.hpp"
#include "scan.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// Steps of an empirical distribution: shares[k] of the scores are at most values[k]. Both ascend strictly;
/// the last share is 1.
struct ecdf_steps {
    std::vector<double> values;
    std::vector<double> shares;
    std::uint64_t count = 0; ///< scores that are not NaN
    std::uint64_t nan_count = 0;
};

namespace detail {

inline void check_points(std::size_t points) {
    if (points < 2)
        throw argument_error(errc::invalid_argument,
                             "ecdf: expected at least 2 points, found " + to_text(points));
}

/// The score, with one zero for both, which are equal and make one step.
struct one_zero {
    template <std::floating_point T>
    T operator()(T score) const {
        return score + T(0);
    }
};

/// Adds the step at the next value; a step at the same value goes up.
inline void add_step(ecdf_steps& steps, double value, std::uint64_t at_most) {
    const double share = static_cast<double>(at_most) / static_cast<double>(steps.count);
    if (!steps.values.empty() && steps.values.back() == value) {
        steps.shares.back() = share;
        return;
    }
    steps.values.push_back(value);
    steps.shares.push_back(share);
}

/// `points` ranks of n > 0 at even distances, the first and the last among them; all where n is not more.
inline std::vector<std::uint64_t> even_ranks(std::uint64_t n, std::size_t points) {
    const std::uint64_t count = (std::min<std::uint64_t>)(n, points);
    std::vector<std::uint64_t> ranks;
    for (std::uint64_t k = 0; k < count; ++k) {
        const std::uint64_t gaps = (std::max<std::uint64_t>)(count - 1, 1);
        ranks.push_back((n - 1) / gaps * k + (n - 1) % gaps * k / gaps);
    }
    return ranks;
}

/// What the first pass of `ecdf` gathers.
template <std::floating_point T>
struct ecdf_state {
    top_digits<T> digits;
    value_tally<T> values;

    void add(const ecdf_state& other) {
        digits.add(other.digits);
        values.add(other.values);
    }
};

/// Tallies the values of a block until there are too many.
template <std::floating_point T>
void tally(const score_block<T>& block, value_tally<T>& values) {
    for (std::size_t k = 0; k < block.runs && !values.is_over(); ++k) {
        for (const T score : block.run(k).scores) {
            if (score != score) continue;
            values.add(order_image(one_zero{}(score)));
            if (values.is_over()) return;
        }
    }
}

template <score_source S>
ecdf_state<typename S::value_type> start_ecdf(const S& source, std::size_t points, const execution& run) {
    using T = typename S::value_type;
    using state = ecdf_state<T>;
    state all;
    points = static_cast<std::size_t>((std::min<std::uint64_t>)(points, source.max_rows()));
    all.values = value_tally<T>(points);
    std::atomic<bool> over{false};
    scan<state>(
        source, run,
        [&](const auto& block, state& mine) {
            mine.digits.template count<one_zero>(block);
            if (over.load(std::memory_order_relaxed)) return;
            if (mine.values.is_new()) mine.values = value_tally<T>(points);
            tally(block, mine.values);
            if (mine.values.is_over()) over.store(true, std::memory_order_relaxed);
        },
        [&](const state& mine) { all.add(mine); });
    return all;
}

} // namespace detail

/// The empirical distribution of the scores, exactly: a step at every value where there are at most `points`
/// different ones, else steps at the values of `points` evenly spaced ranks, the lowest and the highest among
/// them (equal values make one step). Every share is exact: the share of scores that are at most that value.
/// NaN scores are counted and left out, infinities are values, the two zeros are one. Does not depend on
/// blocks or threads.
///
/// One pass where the values are few, else those of `quantiles` for as many probabilities as points: 3 to
/// 6 for float scores and 512 points. Memory: threads * (256 KiB + 64 bytes a point + block), then up to
/// 33 MiB.
/// @throws argument_error (invalid_argument) for fewer than two points
template <score_source S>
ecdf_steps ecdf(const S& source, std::size_t points, const execution& run = {}) {
    using T = typename S::value_type;
    detail::check_points(points);
    auto state = detail::start_ecdf(source, points, part_of(run, 0, detail::first_pass<T>));
    ecdf_steps steps;
    steps.count = state.digits.size();
    steps.nan_count = state.digits.nan_count();
    if (steps.count == 0) return steps;
    if (!state.values.is_over()) {
        std::uint64_t at_most = 0;
        for (const auto& entry : state.values.entries())
            detail::add_step(steps, static_cast<double>(detail::from_order_image<T>(entry.first)),
                             at_most += entry.second);
        return steps;
    }
    const auto ranks = detail::even_ranks(steps.count, points);
    const auto found = detail::find_ranks<detail::one_zero>(source, std::move(state.digits), ranks,
                                                            part_of(run, detail::first_pass<T>, 1));
    for (const auto rank : ranks)
        detail::add_step(steps, static_cast<double>(found(rank).score), found(rank).at_most);
    return steps;
}

/// In 512 points at most.
template <score_source S>
ecdf_steps ecdf(const S& source, const execution& run = {}) {
    return ecdf(source, 512, run);
}

/// The distributions of the groups that have rows, ascending. A group's number is its row number in `axes`,
/// the table's axes without those that are not grouped by.
struct group_ecdf_steps {
    svdlens::axes axes;
    std::vector<row_number> rows;
    std::vector<ecdf_steps> steps; ///< one a row; without a step where all scores are NaN
};

namespace detail {

/// An aggregate: how many scores are NaN.
struct nan_total {
    using state = std::uint64_t;
    static constexpr auto nan = nan_scores::kept;
    template <class Score>
    static void add(state& total, Score score) {
        total += static_cast<state>(score != score);
    }
    static void merge(state& total, state other) { total += other; }
    static double value(state total) { return static_cast<double>(total); }
};

/// The steps of images, which are sorted.
template <std::floating_point T>
void add_steps(std::span<image_type<T>> images, std::size_t points, ecdf_steps& steps) {
    steps.count = images.size();
    if (images.empty()) return;
    std::sort(images.begin(), images.end());
    std::size_t different = 1;
    for (std::size_t k = 1; k < images.size(); ++k)
        different += static_cast<std::size_t>(images[k] != images[k - 1]);
    for (const auto rank : even_ranks(images.size(), different <= points ? images.size() : points)) {
        const auto value = images[static_cast<std::size_t>(rank)];
        const auto after =
            std::upper_bound(images.begin() + static_cast<std::ptrdiff_t>(rank), images.end(), value);
        add_step(steps, static_cast<double>(from_order_image<T>(value)),
                 static_cast<std::uint64_t>(after - images.begin()));
    }
}

} // namespace detail

/// The empirical distribution of every group of rows that agree in the columns, each as `ecdf` has it: a
/// group without a row is absent, one of NaN scores only has no steps. `points` are those of a group.
///
/// One pass counts, one gathers the scores of the groups: more where the budget does not hold all scores.
/// O(rows log rows of a group). Memory: sizeof(T) bytes a score and 33 bytes a group, at most the budget; 16
/// bytes a step, and a block for each thread.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for fewer than two points, or when the budget does not hold what
/// the groups need or the scores of one group
template <score_source S>
group_ecdf_steps ecdf(const S& source, const by_columns& columns, std::size_t points,
                      const execution& run = {}) {
    using T = typename S::value_type;
    detail::check_points(points);
    const detail::grouping groups(source.axes(), columns);
    constexpr std::size_t bytes = 8 + 8 + 1 + 8 + 8;
    detail::check_budget("ecdf", "groups", groups.groups(), bytes, run);
    const std::uint64_t left = run.memory_budget - groups.groups() * bytes;
    const auto counts = detail::aggregate_groups(
        source, groups, std::tuple<aggregates::count, detail::nan_total>(), part_of(run, 0, 1.0 / 3));
    const auto sizes = detail::sizes_of(counts);
    detail::check_groups_fit("ecdf", sizes, sizeof(T), left);
    group_ecdf_steps result{group_axes(source.axes(), columns), sizes.present, {}};
    result.steps.resize(sizes.present.size());
    for (std::size_t k = 0; k < result.rows.size(); ++k)
        result.steps[k].nan_count = counts.template states<1>()[static_cast<std::size_t>(result.rows[k])];
    detail::for_group_images<detail::one_zero>(
        source, groups, sizes, left, part_of(run, 1.0 / 3, 1),
        [&](std::size_t group, std::span<detail::image_type<T>> images) {
            const auto at = std::lower_bound(sizes.present.begin(), sizes.present.end(), group);
            if (at == sizes.present.end() || *at != group) return;
            detail::add_steps<T>(images, points,
                                 result.steps[static_cast<std::size_t>(at - sizes.present.begin())]);
        });
    return result;
}

/// In 512 points a group at most.
template <score_source S>
group_ecdf_steps ecdf(const S& source, const by_columns& columns, const execution& run = {}) {
    return ecdf(source, columns, 512, run);
}

} // namespace svdlens::inline v0_2

#endif
