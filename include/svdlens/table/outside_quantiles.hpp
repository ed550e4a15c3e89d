/// @file
/// The tails of a table: rows beyond exact quantiles of its scores or magnitudes.
#ifndef SVDLENS_TABLE_OUTSIDE_QUANTILES_HPP
#define SVDLENS_TABLE_OUTSIDE_QUANTILES_HPP

#include "../core/execution.hpp"
#include "outside.hpp"
#include "outside_group_quantiles.hpp"
#include "quantiles.hpp"
#include "row_order.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "tail_search.hpp"

namespace svdlens::inline v0 {

/// The rows strictly outside two exact quantiles of the source (rule `linear`), in ascending row order: both
/// tails. `outside_quantiles<magnitude>` takes the quantiles of |score| and compares |score|.
///
/// Takes 2 passes: the second collects the tails and the few rows about their ends, and the bounds come from
/// those. Where very many rows are about the ends (equal scores, or all within a few per cent of each other)
/// it is one pass more, three where scores are double. Memory: 256 KiB a thread and 256 KiB, then that of
/// `outside` for up to half as many rows more.
/// @throws argument_error (invalid_argument) for a probability outside [0, 1], or a low one above the high
/// one
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> outside_quantiles(const S& source, double low_probability,
                                                          double high_probability,
                                                          const execution& run = {}) {
    detail::check_tails(low_probability, high_probability);
    auto rows = detail::find_tails<Key>(source, {low_probability}, {high_probability}, run);
    return detail::to_selection(source.axes(), std::move(rows));
}

/// The rows strictly above an exact quantile. All else as `outside_quantiles`.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> above_quantile(const S& source, double probability,
                                                       const execution& run = {}) {
    detail::check_probabilities({{probability}});
    return detail::to_selection(source.axes(), detail::find_tails<Key>(source, {}, {probability}, run));
}

/// The rows strictly below an exact quantile. All else as `outside_quantiles`.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> below_quantile(const S& source, double probability,
                                                       const execution& run = {}) {
    detail::check_probabilities({{probability}});
    return detail::to_selection(source.axes(), detail::find_tails<Key>(source, {probability}, {}, run));
}

} // namespace svdlens::inline v0

#endif
