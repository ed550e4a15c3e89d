/// @file
/// How many scores fall in each of some bins.
#ifndef SVDLENS_TABLE_HISTOGRAM_HPP
#define SVDLENS_TABLE_HISTOGRAM_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "bin_finder.hpp"
#include "block_loop.hpp"
#include "score_key.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0 {

/// How the range of the scores is cut.
struct histogram_options {
    std::size_t bins = 10; ///< of equal width, from the lowest to the highest finite score
};

/// Scores counted in bins. Bin k holds edges[k] <= score < edges[k + 1]; the last one its upper edge too.
struct score_histogram {
    std::vector<double> edges; ///< ascending, one more than bins
    std::vector<std::uint64_t> counts;
    std::uint64_t below = 0; ///< scores below the first edge
    std::uint64_t above = 0; ///< scores above the last
    std::uint64_t nan_count = 0;
};

namespace detail {

/// The lowest and the highest finite key.
struct finite_range {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    bool empty() const { return low > high; }
    void merge(const finite_range& other) {
        low = (std::min)(low, other.low);
        high = (std::max)(high, other.high);
    }
};

template <score_key Key, std::floating_point T>
finite_range find_finite_range(std::span<const T> scores) {
    constexpr T most = (std::numeric_limits<T>::max)();
    T low = std::numeric_limits<T>::infinity(), high = -low;
    for (const T score : scores) {
        const T key = Key{}(score);
        const bool finite = key >= -most && key <= most;
        low = finite && key < low ? key : low;
        high = finite && key > high ? key : high;
    }
    return {static_cast<double>(low), static_cast<double>(high)};
}

/// One pass.
template <score_key Key, score_source S>
finite_range find_finite_range(const S& source, const execution& run) {
    finite_range all;
    scan<finite_range>(
        source, run,
        [](const auto& block, finite_range& mine) {
            for (std::size_t k = 0; k < block.runs; ++k)
                mine.merge(find_finite_range<Key>(block.run(k).scores));
        },
        [&](const finite_range& mine) { all.merge(mine); });
    return all;
}

/// Counts scores in bins; one pass.
template <score_key Key, score_source S>
score_histogram count_bins(const S& source, const bin_finder& bins, const execution& run) {
    using T = typename S::value_type;
    using slots = std::vector<std::uint64_t>; // below, the bins, above, NaN
    slots all(bins.slots());
    scan<slots>(
        source, run,
        [&](const auto& block, slots& mine) {
            mine.resize(bins.slots());
            for (std::size_t k = 0; k < block.runs; ++k)
                for (const T score : block.run(k).scores)
                    ++mine[bins.slot(static_cast<double>(Key{}(score)))];
        },
        [&](const slots& mine) {
            for (std::size_t k = 0; k < mine.size(); ++k) all[k] += mine[k];
        });
    score_histogram result;
    result.edges = bins.edges();
    result.counts.assign(all.begin() + 1, all.end() - 2);
    result.below = all.front();
    result.above = all[all.size() - 2];
    result.nan_count = all.back();
    return result;
}

} // namespace detail

/// Counts the scores in bins of equal width between the lowest and the highest finite one:
/// `histogram(scores, {.bins = 50})`; `histogram<magnitude>` counts |score|. Infinite scores count as below
/// or above. Edges and counts are those of `numpy.histogram` of the finite scores as double: equal lowest and
/// highest are moved apart by 1/2 each, a table without finite scores is cut from 0 to 1.
///
/// Two passes, O(rows). Memory: 8 bytes a bin and a block for each thread.
/// @throws argument_error (invalid_argument) for no bins
template <score_key Key = signed_score, score_source S>
score_histogram histogram(const S& source, const histogram_options& options = {}, const execution& run = {}) {
    if (options.bins == 0)
        throw argument_error(errc::invalid_argument, "histogram: expected at least one bin, found none");
    const auto range = detail::find_finite_range<Key>(source, stage(run, 0, 0.5));
    const auto edges = range.empty() ? detail::even_edges(0, 1, options.bins)
                                     : detail::even_edges(range.low, range.high, options.bins);
    return detail::count_bins<Key>(source, detail::bin_finder(edges, detail::even_bins{}),
                                   stage(run, 0.5, 1));
}

/// Counts the scores between explicit edges, as `numpy.histogram(scores, edges)` does: `histogram(scores,
/// {-1.0, 0.0, 1.0})` or a vector of them. Scores are compared with them in double. Edges may repeat: such a
/// bin is empty, but for the last one.
///
/// One pass, O(rows log bins). Memory as above.
/// @throws argument_error (invalid_argument) for fewer than two edges, NaN or descending ones
template <score_key Key = signed_score, score_source S, std::same_as<std::vector<double>> Edges>
score_histogram histogram(const S& source, const Edges& edges, // deduced: braced options are no vector
                          const execution& run = {}) {
    detail::check_edges(edges);
    return detail::count_bins<Key>(source, detail::bin_finder(edges), run);
}

template <score_key Key = signed_score, score_source S>
score_histogram histogram(const S& source, std::initializer_list<double> edges, const execution& run = {}) {
    return histogram<Key>(source, std::vector<double>(edges), run);
}

} // namespace svdlens::inline v0

#endif
