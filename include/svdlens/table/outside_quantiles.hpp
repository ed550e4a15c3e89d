/// @file
/// The tails of a table: rows beyond exact quantiles of its scores or magnitudes.
#ifndef SVDLENS_TABLE_OUTSIDE_QUANTILES_HPP
#define SVDLENS_TABLE_OUTSIDE_QUANTILES_HPP

#include "../core/execution.hpp"
#include "find_tails.hpp"
#include "outside_group_quantiles.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0 {

/// The rows strictly outside two exact quantiles of the source (rule `linear`), in ascending row order: both
/// tails. `outside_quantiles<magnitude>` takes the quantiles of |score| and compares |score|. Passes, memory
/// and errors as `find_tails`, with its budget of 1 GiB.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> outside_quantiles(const S& source, double low_probability,
                                                          double high_probability,
                                                          const execution& run = {}) {
    return find_tails<Key>(source, {.low = low_probability, .high = high_probability}, run).rows;
}

/// The rows strictly above an exact quantile. All else as `outside_quantiles`.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> above_quantile(const S& source, double probability,
                                                       const execution& run = {}) {
    return find_tails<Key>(source, {.high = probability}, run).rows;
}

/// The rows strictly below an exact quantile. All else as `outside_quantiles`.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> below_quantile(const S& source, double probability,
                                                       const execution& run = {}) {
    return find_tails<Key>(source, {.low = probability}, run).rows;
}

} // namespace svdlens::inline v0

#endif
