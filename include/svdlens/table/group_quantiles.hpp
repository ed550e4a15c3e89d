/// @file
/// Exact quantiles of every group of rows.
#ifndef SVDLENS_TABLE_GROUP_QUANTILES_HPP
#define SVDLENS_TABLE_GROUP_QUANTILES_HPP

#include <concepts>
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
#include "detail/ask/question_loop.hpp"
#include "detail/groups/group_quantiles.hpp"
#include "detail/groups/grouping.hpp"
#include "question.hpp"
#include "score_columns.hpp"
#include "score_key.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// `group_quantiles` of a table.
template <std::floating_point T, score_key Key>
class bound_group_quantiles {
  public:
    bound_group_quantiles(const asked_table<T>& table, const by_columns& columns,
                          const std::vector<double>& probabilities, quantile_rule rule) :
        axes_(group_axes(table.axes, columns)),
        probabilities_(probabilities),
        passes_(ask_group_quantiles<T, Key>("group_quantiles", table, grouping(table.axes, columns),
                                            probabilities, rule)) {}

    template <class Use>
    void parts(const Use& use) {
        use(passes_);
    }

    score_columns result() {
        auto found = passes_.result();
        std::vector<std::string> names;
        std::vector<std::vector<double>> values(probabilities_.size());
        for (std::size_t k = 0; k < values.size(); ++k) {
            names.push_back(percent_name(probabilities_[k]));
            for (const auto row : found.sizes.present)
                values[k].push_back(found.values[k][static_cast<std::size_t>(row)]);
        }
        return {std::move(axes_), std::move(found.sizes.present), std::move(names), std::move(values)};
    }

  private:
    axes axes_;
    std::vector<double> probabilities_;
    group_quantile_passes<T, Key> passes_;
};

/// `group_quantiles` without a source.
template <score_key Key>
struct group_quantiles_question {
    std::vector<double> probabilities;
    by_columns columns;
    quantile_rule rule = quantile_rule::linear;

    template <std::floating_point T>
    bound_group_quantiles<T, Key> bind(const asked_table<T>& table) const {
        return {table, columns, probabilities, rule};
    }
};

} // namespace detail

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
    return detail::ask_one<typename S::value_type>(
        source, detail::group_quantiles_question<Key>{probabilities, columns, rule}, run);
}

/// By the rule `linear`, as `quantiles`.
template <score_key Key = signed_score, score_source S>
score_columns group_quantiles(const S& source, const std::vector<double>& probabilities,
                              const by_columns& columns, const execution& run = {}) {
    return group_quantiles<Key>(source, probabilities, columns, quantile_rule::linear, run);
}

/// The question that `group_quantiles` answers, for `ask`: `group_quantiles({0.9}, by("head"))`.
template <score_key Key = signed_score>
detail::group_quantiles_question<Key> group_quantiles(std::vector<double> probabilities, by_columns columns,
                                                      quantile_rule rule = quantile_rule::linear) {
    return {std::move(probabilities), std::move(columns), rule};
}

} // namespace svdlens::inline v0_2

#endif
