/// @file
/// `describe`: the summary of any score source.
#ifndef SVDLENS_TABLE_DESCRIBE_HPP
#define SVDLENS_TABLE_DESCRIBE_HPP

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "block_loop.hpp"
#include "description.hpp"
#include "moments.hpp"
#include "quantiles.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "top_digits.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// What the first pass of `describe` gathers in a worker: a block's moments, merged in order, and digit
/// counts of all its blocks, added up at the end.
template <class T>
struct describe_state {
    moments block;
    top_digits<T> digits;
};

} // namespace detail

/// Summarises the scores as pandas does: count, mean, std (ddof 1), min, the percentiles asked for and the 50
/// % one, max. NaN scores are skipped and counted; quantiles are those of `quantiles`. Sums are in double and
/// agree with a two-pass computation to about 1e-12 relative; they are the same bits for any number of
/// threads.
///
/// Passes and memory as `quantiles`.
/// @throws argument_error (invalid_argument) for a percentile outside [0, 1]
template <score_source S>
description describe(const S& source, std::vector<double> percentiles = {0.25, 0.5, 0.75},
                     const execution& run = {}) {
    using T = typename S::value_type;
    using state = detail::describe_state<T>;
    constexpr double first_pass = detail::first_pass<T>;
    detail::check_probabilities(percentiles);
    percentiles.push_back(0.5);
    std::sort(percentiles.begin(), percentiles.end());
    percentiles.erase(std::unique(percentiles.begin(), percentiles.end()), percentiles.end());
    moments all;
    detail::top_digits<T> digits;
    scan_in_order<state>(
        source, stage(run, 0, first_pass),
        [](const auto& block, state& mine) {
            mine.block = detail::block_moments(block);
            mine.digits.count(block);
        },
        [&](const state& mine) { all.merge(mine.block); },
        [&](const state& mine) { digits.add(mine.digits); });
    const auto values = detail::quantiles_after<signed_score>(
        source, std::move(digits), percentiles, quantile_rule::linear, stage(run, first_pass, 1));
    description result;
    result.title = source.axes().title();
    result.count = all.count;
    result.nan_count = all.nan_count;
    for (std::size_t k = 0; k < values.size(); ++k) result.percentiles.push_back({percentiles[k], values[k]});
    if (all.count == 0) return result;
    result.mean = all.mean();
    result.std = all.std();
    result.min = all.min;
    result.max = all.max;
    return result;
}

} // namespace svdlens::inline v0

#endif
