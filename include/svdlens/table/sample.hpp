/// @file
/// Random rows: a sample without replacement, and resamples with it.
#ifndef SVDLENS_TABLE_SAMPLE_HPP
#define SVDLENS_TABLE_SAMPLE_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../core/detail/random_positions.hpp"
#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "detail/groups/moments.hpp"
#include "pick.hpp"
#include "score_source.hpp"
#include "selection.hpp"
#include "store.hpp"

namespace svdlens::inline v0_2 {

/// A source whose k-th present row can be told: a table, a selection, a projection.
template <class S>
concept positioned_source = stored_source<S> || tiled_source<S>;

namespace detail {

/// @throws argument_error (invalid_argument) when more rows are asked for than there are
inline void check_sample(const char* verb, std::uint64_t wanted, std::uint64_t rows) {
    if (wanted <= rows) return;
    throw argument_error(errc::invalid_argument, std::string(verb) + ": expected at most the " +
                                                     to_text(rows) + " rows that there are, found " +
                                                     to_text(wanted) + " asked for");
}

} // namespace detail

/// `n` random rows without replacement, in the order of the source; every set of n is as likely. NaN scores
/// are rows like others. The same seed gives the same rows on every machine, for any number of threads, and
/// for a projection and the table stored from it.
///
/// O(n log n), O(rows) for more than half of them; of a projection, the tiles that hold one of the rows.
/// Memory: 8 bytes a row of the sample (or of the others, where these are fewer) beside the result, which
/// takes 8 + sizeof(T) a row.
/// @throws argument_error (invalid_argument) when n is above the number of rows; cancelled_error
template <positioned_source S>
basic_selection<typename S::value_type> sample(const S& source, std::uint64_t n, std::uint64_t seed,
                                               const execution& run = {}) {
    using T = typename S::value_type;
    detail::check_sample("sample", n, source.max_rows());
    run.throw_if_stopped();
    detail::random_stream random(seed);
    auto places = detail::random_positions(source.max_rows(), n, random);
    if constexpr (stored_source<S>) {
        std::vector<T> scores(places.size());
        for (std::size_t k = 0; k < places.size(); ++k) {
            const auto position = static_cast<std::size_t>(places[k]);
            scores[k] = source.score_at(position);
            places[k] = source.row_at(position);
        }
        return {source.axes(), std::move(places), std::move(scores)};
    } else {
        for (auto& place : places) place = source.tiles().row(static_cast<std::size_t>(place));
        return pick(source, places, run);
    }
}

struct resample_options {
    std::uint64_t rows = 0;  ///< of each sample
    std::uint64_t times = 1; ///< samples
    std::uint64_t seed = 0;
};

/// What a statistic is over repeated samples.
struct resampled {
    std::vector<double> values;                             ///< one for each sample
    double mean = std::numeric_limits<double>::quiet_NaN(); ///< of the values that are not NaN
    double std = std::numeric_limits<double>::quiet_NaN();  ///< with one degree of freedom less
};

/// A number from the scores of a sample. It is called by several threads at once.
template <class F, class T>
concept sample_statistic = std::invocable<const F&, std::span<const T>> &&
                           std::convertible_to<std::invoke_result_t<const F&, std::span<const T>>, double>;

namespace detail {

/// Mean and standard deviation of the values that are not NaN.
inline void summarise(resampled& result) {
    detail::moments all;
    const auto size = result.values.size();
    all.merge(block_moments(score_block<double>{result.values.data(), 1, size, size, nullptr, nullptr}));
    if (all.count == 0) return;
    result.mean = all.mean();
    result.std = all.std();
}

} // namespace detail

/// The statistic of `times` samples of `rows` rows each, without replacement within a sample: how many of 768
/// random rows are beyond a bound, 100 times over. `statistic` takes the scores of a sample, NaN included, in
/// the order of the source. The first sample is that of `sample` with the same seed; the others are as
/// independent as the random numbers are. The same bits on every machine where `statistic` gives them, for
/// any number of threads.
///
/// O(times * rows log rows), in parallel over samples; O(rows of the source) a sample where more than half of
/// them are wanted. Memory: 8 bytes a sample; (8 + sizeof(T)) bytes a row of a sample for each thread.
/// @throws argument_error (invalid_argument) when `rows` is above the number of rows; cancelled_error
template <stored_source S, class F>
    requires sample_statistic<F, typename S::value_type>
resampled resample(const S& source, const resample_options& options, const F& statistic,
                   const execution& run = {}) {
    using T = typename S::value_type;
    detail::check_sample("resample", options.rows, source.size());
    resampled result;
    result.values.resize(static_cast<std::size_t>(options.times));
    for_blocks<std::vector<T>>(
        result.values.size(), options.times, run, [&](std::size_t k, std::vector<T>& scores) {
            detail::random_stream random(options.seed, k);
            scores.clear();
            for (const auto place : detail::random_positions(source.size(), options.rows, random))
                scores.push_back(source.score_at(static_cast<std::size_t>(place)));
            result.values[k] = static_cast<double>(statistic(std::span<const T>(scores)));
        });
    detail::summarise(result);
    return result;
}

} // namespace svdlens::inline v0_2

#endif
