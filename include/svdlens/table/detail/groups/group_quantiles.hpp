/// @file
/// The exact quantiles of every group, by group number.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_GROUP_QUANTILES_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_GROUP_QUANTILES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../bounds.hpp"
#include "../../question.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../order/image_select.hpp"
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
    const auto found = images_at<T>(images, positions);
    for (std::size_t k = 0; k < result.size(); ++k)
        result[k] = quantile_at(places[k], [&](std::uint64_t rank) {
            const auto at = std::lower_bound(ranks.begin(), ranks.end(), rank) - ranks.begin();
            return from_order_image<T>(found[static_cast<std::size_t>(at)]);
        });
    return result;
}

/// The quantiles of every group, one list a probability.
struct group_bounds {
    group_sizes sizes;
    std::vector<std::vector<double>> values; ///< by group number; NaN where there is no number
};

/// The quantiles of the groups whose scores are gathered.
template <std::floating_point T>
class gathered_quantiles {
  public:
    gathered_quantiles(std::vector<double> probabilities, quantile_rule rule) :
        probabilities_(std::move(probabilities)), rule_(rule) {
        check_probabilities(probabilities_);
    }

    /// A group's count and presence, its place and next place among the images, its number, its quantiles.
    std::uint64_t bytes() const { return 8 + 1 + 8 + 8 + 8 + 8 * probabilities_.size(); }

    template <class Counts>
    void begin(const Counts&, const group_sizes& sizes) {
        found_.sizes = sizes;
        found_.values.assign(
            probabilities_.size(),
            std::vector<double>(sizes.numbers.size(), std::numeric_limits<double>::quiet_NaN()));
    }
    void use(std::size_t group, std::span<image_type<T>> images) {
        const auto found = quantiles_of_images<T>(images, probabilities_, rule_);
        for (std::size_t k = 0; k < found.size(); ++k) found_.values[k][group] = found[k];
    }
    group_bounds result() { return std::move(found_); }

  private:
    std::vector<double> probabilities_;
    quantile_rule rule_;
    group_bounds found_;
};

template <std::floating_point T, score_key Key>
using group_quantile_passes = group_images_question<T, Key, gathered_quantiles<T>>;

/// @throws argument_error (invalid_argument) for a probability outside [0, 1], or more than the budget allows
template <std::floating_point T, score_key Key>
group_quantile_passes<T, Key> ask_group_quantiles(const std::string& verb, const asked_table<T>& table,
                                                  const grouping& groups, std::vector<double> probabilities,
                                                  quantile_rule rule) {
    gathered_quantiles<T> gathered(std::move(probabilities), rule);
    const auto bytes = gathered.bytes();
    return {verb, table, groups, bytes, std::move(gathered)};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
