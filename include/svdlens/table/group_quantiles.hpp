/// @file
/// Exact quantiles of every group of rows.
#ifndef SVDLENS_TABLE_GROUP_QUANTILES_HPP
#define SVDLENS_TABLE_GROUP_QUANTILES_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "bounds.hpp"
#include "by.hpp"
#include "detail/groups/group_quantiles.hpp"
#include "detail/groups/grouping.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

/// The quantiles of the groups that have rows, ascending. A group's number is its row number in `axes()`, the
/// table's axes without those that are not grouped by.
class group_quantile_table {
  public:
    /// @param values one list a probability, each with a value a row
    group_quantile_table(svdlens::axes axes, std::vector<row_number> rows, std::vector<double> probabilities,
                         std::vector<std::vector<double>> values) :
        axes_(std::move(axes)),
        rows_(std::move(rows)), probabilities_(std::move(probabilities)), values_(std::move(values)) {}

    const svdlens::axes& axes() const { return axes_; }
    std::size_t size() const { return rows_.size(); }
    bool empty() const { return rows_.empty(); }

    std::span<const row_number> rows() const& { return rows_; }
    std::vector<row_number> rows() && { return std::move(rows_); }
    std::span<const double> probabilities() const& { return probabilities_; }
    std::vector<double> probabilities() && { return std::move(probabilities_); }

    /// The quantiles at the k-th probability, in the order of the rows.
    std::span<const double> values(std::size_t k) const& { return values_[k]; }
    std::vector<double> values(std::size_t k) && { return std::move(values_[k]); }

    /// The quantiles at the k-th probability as the scores of a table of their own, on which all verbs work.
    basic_selection<double> column(std::size_t k) const {
        return basic_selection<double>(axes_, rows_, values_[k]);
    }

  private:
    svdlens::axes axes_;
    std::vector<row_number> rows_;
    std::vector<double> probabilities_;
    std::vector<std::vector<double>> values_;
};

/// Exact quantiles of every group of rows that agree in the columns: `group_quantiles(scores, {0.01, 0.99},
/// by("layer", "head"))`, with `group_quantiles<magnitude>` of |score|. A group without a row is absent; one
/// of NaN scores only is there with NaN. All else as `quantiles`.
///
/// One pass counts, one gathers the scores of the groups: more where the budget does not hold all scores.
/// O(rows). Memory: sizeof(T) bytes a score and 33 + 8 * probabilities bytes a group, at most the budget, and
/// a block for each thread.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for a probability outside [0, 1], or when the budget does not
/// hold what the groups need or the scores of one group
template <score_key Key = signed_score, score_source S>
group_quantile_table group_quantiles(const S& source, const std::vector<double>& probabilities,
                                     const by_columns& columns, quantile_rule rule,
                                     const execution& run = {}) {
    const detail::grouping groups(source.axes(), columns);
    auto found =
        detail::find_group_quantiles<Key>("group_quantiles", source, groups, probabilities, rule, run);
    std::vector<std::vector<double>> values(probabilities.size());
    for (std::size_t k = 0; k < values.size(); ++k)
        for (const auto row : found.sizes.present)
            values[k].push_back(found.values[k][static_cast<std::size_t>(row)]);
    return {group_axes(source.axes(), columns), std::move(found.sizes.present), probabilities,
            std::move(values)};
}

/// By the rule `linear`, as `quantiles`.
template <score_key Key = signed_score, score_source S>
group_quantile_table group_quantiles(const S& source, const std::vector<double>& probabilities,
                                     const by_columns& columns, const execution& run = {}) {
    return group_quantiles<Key>(source, probabilities, columns, quantile_rule::linear, run);
}

} // namespace svdlens::inline v0_2

#endif
