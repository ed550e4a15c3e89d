/// @file
/// Exact quantiles of every group of rows.
#ifndef SVDLENS_TABLE_GROUP_QUANTILES_HPP
#define SVDLENS_TABLE_GROUP_QUANTILES_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "by.hpp"
#include "describe.hpp"
#include "detail/groups/group_scores.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "detail/order/order_image.hpp"
#include "detail/order/quantile_place.hpp"
#include "detail/order/rank_search.hpp"
#include "quantiles.hpp"
#include "score_columns.hpp"
#include "score_key.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// How group quantiles are taken.
struct group_quantile_options {
    quantile_rule rule = quantile_rule::linear;
    /// For the scores gathered at a time and what each group needs, in bytes.
    std::uint64_t memory_budget = std::uint64_t{1} << 30;
};

namespace detail {

/// The quantiles of numbers in memory, which are moved about; NaN of none.
template <std::floating_point T>
std::vector<double> quantiles_of_images(std::span<image_type<T>> images,
                                        std::span<const double> probabilities, quantile_rule rule) {
    std::vector<double> result(probabilities.size(), std::numeric_limits<double>::quiet_NaN());
    if (images.empty()) return result;
    const auto places = find_places(images.size(), probabilities, rule);
    const auto ranks = sorted_unique(ranks_of(places));
    const std::vector<std::size_t> positions(ranks.begin(), ranks.end());
    multi_select(images, std::span<const std::size_t>(positions));
    for (std::size_t k = 0; k < result.size(); ++k)
        result[k] = quantile_at(places[k], [&](std::uint64_t rank) {
            return from_order_image<T>(images[static_cast<std::size_t>(rank)]);
        });
    return result;
}

/// The quantiles of every group, one list a probability.
struct group_bounds {
    group_sizes sizes;
    std::vector<std::vector<double>> values; ///< by group number; NaN where there is no number
};

/// @throws argument_error (invalid_argument) for a probability outside [0, 1], or more than the budget allows
template <score_key Key, score_source S>
group_bounds find_group_quantiles(const std::string& verb, const S& source, const grouping& groups,
                                  std::span<const double> probabilities,
                                  const group_quantile_options& options, const execution& run) {
    using T = typename S::value_type;
    check_probabilities(probabilities);
    // A group's count and presence, its place and next place among the images, its number, its quantiles.
    const std::size_t bytes = 8 + 1 + 8 + 8 + 8 + 8 * probabilities.size();
    check_budget(verb, "groups", groups.groups(), bytes, {options.memory_budget});
    const std::uint64_t left = options.memory_budget - groups.groups() * bytes;
    group_bounds result{count_groups(source, groups, stage(run, 0, 1.0 / 3)), {}};
    check_groups_fit(verb, result.sizes, sizeof(T), left);
    const auto count = static_cast<std::size_t>(groups.groups());
    result.values.assign(probabilities.size(),
                         std::vector<double>(count, std::numeric_limits<double>::quiet_NaN()));
    for_group_images<Key>(source, groups, result.sizes, left, stage(run, 1.0 / 3, 1),
                          [&](std::size_t group, std::span<image_type<T>> images) {
                              const auto found = quantiles_of_images<T>(images, probabilities, options.rule);
                              for (std::size_t k = 0; k < found.size(); ++k)
                                  result.values[k][group] = found[k];
                          });
    return result;
}

} // namespace detail

/// Exact quantiles of every group of rows that agree in the columns: `group_quantiles(scores, {0.01, 0.99},
/// by("layer", "head"))`, with `group_quantiles<magnitude>` of |score|. A column a probability, in the order asked and
/// named as `percent_name` does: `.column(1)` is `.column("99%")`. Rows are the groups that have any, ascending; a
/// group's number is its row number in the table's axes without those that are not grouped by. A group of NaN scores
/// only is there with NaN. All else as `quantiles`.
///
/// One pass counts, one gathers the scores of the groups: more where the budget does not hold all scores.
/// O(rows). Memory: sizeof(T) bytes a score and 33 + 8 * probabilities bytes a group, at most the budget, and
/// a block for each thread.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for a probability outside [0, 1], or when the budget does not
/// hold what the groups need or the scores of one group
template <score_key Key = signed_score, score_source S>
score_columns group_quantiles(const S& source, const std::vector<double>& probabilities,
                                     const by_columns& columns, const group_quantile_options& options = {},
                                     const execution& run = {}) {
    const detail::grouping groups(source.axes(), columns);
    auto found =
        detail::find_group_quantiles<Key>("group_quantiles", source, groups, probabilities, options, run);
    std::vector<std::string> names;
    std::vector<std::vector<double>> values(probabilities.size());
    for (std::size_t k = 0; k < values.size(); ++k) {
        names.push_back(percent_name(probabilities[k]));
        for (const auto row : found.sizes.present)
            values[k].push_back(found.values[k][static_cast<std::size_t>(row)]);
    }
    return {group_axes(source.axes(), columns), std::move(found.sizes.present), std::move(names), std::move(values)};
}

} // namespace svdlens::inline v0_2

#endif
