/// @file
/// The exact quantiles of every group, by group number.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_GROUP_QUANTILES_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_GROUP_QUANTILES_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../bounds.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../order/order_image.hpp"
#include "../order/quantile_place.hpp"
#include "../order/rank_search.hpp"
#include "group_scores.hpp"
#include "group_states.hpp"
#include "grouping.hpp"

namespace svdlens::inline v0_2 {

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
                                  std::span<const double> probabilities, quantile_rule rule,
                                  const execution& run) {
    using T = typename S::value_type;
    check_probabilities(probabilities);
    // A group's count and presence, its place and next place among the images, its number, its quantiles.
    const std::size_t bytes = 8 + 1 + 8 + 8 + 8 + 8 * probabilities.size();
    check_budget(verb, "groups", groups.groups(), bytes, run);
    const std::uint64_t left = run.memory_budget - groups.groups() * bytes;
    group_bounds result{count_groups(source, groups, part_of(run, 0, 1.0 / 3)), {}};
    check_groups_fit(verb, result.sizes, sizeof(T), left);
    const auto count = static_cast<std::size_t>(groups.groups());
    result.values.assign(probabilities.size(),
                         std::vector<double>(count, std::numeric_limits<double>::quiet_NaN()));
    for_group_images<Key>(source, groups, result.sizes, left, part_of(run, 1.0 / 3, 1),
                          [&](std::size_t group, std::span<image_type<T>> images) {
                              const auto found = quantiles_of_images<T>(images, probabilities, rule);
                              for (std::size_t k = 0; k < found.size(); ++k)
                                  result.values[k][group] = found[k];
                          });
    return result;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
