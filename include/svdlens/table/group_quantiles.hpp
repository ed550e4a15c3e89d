/// @file
/// Exact quantiles of every group of rows.
#ifndef SVDLENS_TABLE_GROUP_QUANTILES_HPP
#define SVDLENS_TABLE_GROUP_QUANTILES_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "bounds.hpp"
#include "by.hpp"
#include "describe.hpp"
#include "detail/groups/group_quantiles.hpp"
#include "detail/groups/grouping.hpp"
#include "score_columns.hpp"
#include "score_key.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// Exact quantiles of every group of rows that agree in the columns: `group_quantiles(scores, {0.01, 0.99},
/// by("layer", "head"))`, with `group_quantiles<magnitude>` of |score|. A column a probability, in the order
/// asked and named as `percent_name` does: `.column(1)` is `.column("99%")`. Rows are the groups that have
/// any, ascending; a group's number is its row number in the table's axes without those that are not grouped
/// by. A group of NaN scores only is there with NaN. All else as `quantiles`.
///
/// One pass counts, one gathers the scores of the groups: more where the budget does not hold all scores.
/// O(rows). Memory: sizeof(T) bytes a score and 33 + 8 * probabilities bytes a group, at most the budget, and
/// a block for each thread.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for a probability outside [0, 1], or when the budget does not
/// hold what the groups need or the scores of one group
template <score_key Key = signed_score, score_source S>
score_columns group_quantiles(const S& source, const std::vector<double>& probabilities,
                              const by_columns& columns, quantile_rule rule, const execution& run = {}) {
    const detail::grouping groups(source.axes(), columns);
    auto found =
        detail::find_group_quantiles<Key>("group_quantiles", source, groups, probabilities, rule, run);
    std::vector<std::string> names;
    std::vector<std::vector<double>> values(probabilities.size());
    for (std::size_t k = 0; k < values.size(); ++k) {
        names.push_back(percent_name(probabilities[k]));
        for (const auto row : found.sizes.present)
            values[k].push_back(found.values[k][static_cast<std::size_t>(row)]);
    }
    return {group_axes(source.axes(), columns), std::move(found.sizes.present), std::move(names),
            std::move(values)};
}

/// By the rule `linear`, as `quantiles`.
template <score_key Key = signed_score, score_source S>
score_columns group_quantiles(const S& source, const std::vector<double>& probabilities,
                              const by_columns& columns, const execution& run = {}) {
    return group_quantiles<Key>(source, probabilities, columns, quantile_rule::linear, run);
}

} // namespace svdlens::inline v0_2

#endif
