/// @file
/// The empirical distribution of every group of rows.
#ifndef SVDLENS_TABLE_GROUP_ECDF_HPP
#define SVDLENS_TABLE_GROUP_ECDF_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "ecdf.hpp"
#include "group_scores.hpp"
#include "group_states.hpp"
#include "grouping.hpp"
#include "order_image.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0 {

/// How group distributions are taken.
struct ecdf_options {
    std::size_t points = 512; ///< steps a group at most
    /// For the scores gathered at a time and what each group needs, in bytes.
    std::uint64_t memory_budget = std::uint64_t{1} << 30;
};

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
/// group without a row is absent, one of NaN scores only has no steps.
///
/// One pass counts, one gathers the scores of the groups: more where the budget does not hold all scores.
/// O(rows log rows of a group). Memory: sizeof(T) bytes a score and 33 bytes a group, at most the budget; 16
/// bytes a step, and a block for each thread.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for fewer than two points, or when the budget does not hold what
/// the groups need or the scores of one group
template <score_source S>
group_ecdf_steps ecdf(const S& source, const by_columns& columns, const ecdf_options& options = {},
                      const execution& run = {}) {
    using T = typename S::value_type;
    detail::check_points(options.points);
    const grouping groups(source.axes(), columns);
    constexpr std::size_t bytes = 8 + 8 + 1 + 8 + 8;
    detail::check_budget("ecdf", "groups", groups.groups(), bytes, {options.memory_budget});
    const std::uint64_t left = options.memory_budget - groups.groups() * bytes;
    const auto counts = detail::aggregate_groups(
        source, groups, std::tuple<aggregates::count, detail::nan_total>(), stage(run, 0, 1.0 / 3));
    const auto sizes = detail::sizes_of(counts);
    detail::check_groups_fit("ecdf", sizes, sizeof(T), left);
    group_ecdf_steps result{group_axes(source.axes(), columns), sizes.present, {}};
    result.steps.resize(sizes.present.size());
    for (std::size_t k = 0; k < result.rows.size(); ++k)
        result.steps[k].nan_count = counts.template states<1>()[static_cast<std::size_t>(result.rows[k])];
    detail::for_group_images<detail::one_zero>(
        source, groups, sizes, left, stage(run, 1.0 / 3, 1),
        [&](std::size_t group, std::span<detail::image_type<T>> images) {
            const auto at = std::lower_bound(sizes.present.begin(), sizes.present.end(), group);
            if (at == sizes.present.end() || *at != group) return;
            detail::add_steps<T>(images, options.points,
                                 result.steps[static_cast<std::size_t>(at - sizes.present.begin())]);
        });
    return result;
}

} // namespace svdlens::inline v0

#endif
