/// @file
/// Rows beyond the exact quantiles of their group.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_GROUP_TAILS_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_GROUP_TAILS_HPP

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../bounds.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../groups/group_quantiles.hpp"
#include "../groups/grouping.hpp"
#include "../rows/row_list.hpp"
#include "bounds.hpp"
#include "found_tails.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The bounds of every group, and which groups have rows.
struct bounds_of_groups {
    std::vector<score_bounds> bounds; ///< by group number
    std::vector<row_number> present;  ///< ascending
};

/// The passes of `group_quantiles`.
/// @throws argument_error (invalid_argument) when the budget does not hold what the groups need or the scores
/// of one group
template <score_key Key, score_source S>
bounds_of_groups find_group_bounds(const S& source, const grouping& groups, const tail_options& wanted,
                                   const execution& run) {
    std::vector<double> probabilities;
    for (const auto& side : {wanted.low, wanted.high})
        if (side) probabilities.push_back(*side);
    auto found =
        find_group_quantiles<Key>("tails", source, groups, probabilities, quantile_rule::linear, run);
    bounds_of_groups result{{}, std::move(found.sizes.present)};
    for (std::size_t g = 0; g < found.sizes.numbers.size(); ++g)
        result.bounds.push_back(to_bounds(wanted.low ? found.values.front()[g] : no_bound,
                                          wanted.high ? found.values.back()[g] : no_bound));
    return result;
}

/// Appends the rows of a block that are beyond the bounds of their group. The groups must outlive it.
template <std::floating_point T, score_key Key>
class group_hits {
  public:
    group_hits(const grouping& groups, const std::vector<score_bounds>& bounds) :
        groups_(groups), tests_(bounds.begin(), bounds.end()) {}

    void operator()(const score_block<T>& block, row_list<T>& found) const {
        for (std::size_t k = 0; k < block.runs; ++k) {
            const auto run = block.run(k);
            groups_.for_stretches(run, [&](const group_stretch& s) { append(run, s, found); });
        }
    }

  private:
    void append(const score_run<T>& run, const group_stretch& s, row_list<T>& found) const {
        const auto group = static_cast<std::size_t>(s.group);
        if (s.step == 0) return append_hits(run, s.begin, s.end, tests_[group], found);
        for (std::size_t k = s.begin; k < s.end; ++k)
            if (tests_[group + (k - s.begin)](run.scores[k])) found.push_back(run.row(k), run.scores[k]);
    }

    const grouping& groups_;
    std::vector<outside_test<T, Key>> tests_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
