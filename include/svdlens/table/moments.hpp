/// @file
/// Count, mean, variance and extremes of scores, in double, mergeable in a fixed order.
#ifndef SVDLENS_TABLE_MOMENTS_HPP
#define SVDLENS_TABLE_MOMENTS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "score_source.hpp"

namespace svdlens::inline v0 {

/// What a single pass gathers. Merging depends on the order in the last bits, so verbs merge in block order.
struct moments {
    std::uint64_t count = 0;     ///< scores that are not NaN
    std::uint64_t nan_count = 0; ///< scores that are
    double sum = 0;
    double center = 0;  ///< the mean as the squares below have it
    double squares = 0; ///< the sum of squared deviations from the mean
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();

    /// The mean; NaN where there is no score.
    double mean() const { return sum / static_cast<double>(count); }

    /// The standard deviation with one degree of freedom less; NaN for fewer than two scores or an infinite
    /// one.
    double std() const {
        if (count < 2) return std::numeric_limits<double>::quiet_NaN();
        return std::sqrt(squares / static_cast<double>(count - 1));
    }

    /// Adds the moments of further scores, by the formula of Chan, Golub and LeVeque (1979).
    void merge(const moments& other) {
        nan_count += other.nan_count;
        if (other.count == 0) return;
        const double mine = static_cast<double>(count);
        const double theirs = static_cast<double>(other.count);
        const double all = mine + theirs;
        const double apart = count == 0 ? 0 : other.center - center;
        squares += other.squares + apart * apart * (mine * theirs / all);
        center = count == 0 ? other.center : center + apart * (theirs / all);
        count += other.count;
        sum += other.sum;
        min = (std::min)(min, other.min);
        max = (std::max)(max, other.max);
    }
};

namespace detail {

/// Scores are summed in this many lanes, whatever the machine, so that compilers vectorise and bits stay.
inline constexpr std::size_t lanes = 16;
/// Scores that one two-pass step takes, small enough to stay in the nearest cache.
inline constexpr std::size_t moments_leaf = 1024;

/// Pads the rest of a leaf with NaN, which counts as nothing, and hands whole lanes to `step(values)`.
template <class T, class Step>
void for_lanes(std::span<const T> scores, Step step) {
    std::size_t k = 0;
    for (; k + lanes <= scores.size(); k += lanes) step(scores.data() + k);
    if (k == scores.size()) return;
    std::array<T, lanes> rest;
    rest.fill(std::numeric_limits<T>::quiet_NaN());
    std::copy(scores.begin() + static_cast<std::ptrdiff_t>(k), scores.end(), rest.begin());
    step(rest.data());
}

/// Counts, sum and extremes.
template <std::floating_point T>
moments sum_lanes(std::span<const T> scores) {
    std::array<double, lanes> sum{}, count{};
    std::array<T, lanes> low, high;
    low.fill(std::numeric_limits<T>::infinity());
    high.fill(-std::numeric_limits<T>::infinity());
    for_lanes(scores, [&](const T* x) {
        for (std::size_t l = 0; l < lanes; ++l) {
            sum[l] += x[l] == x[l] ? static_cast<double>(x[l]) : 0.0;
            count[l] += x[l] == x[l] ? 1.0 : 0.0;
            low[l] = x[l] < low[l] ? x[l] : low[l];
            high[l] = x[l] > high[l] ? x[l] : high[l];
        }
    });
    moments result;
    for (std::size_t l = 0; l < lanes; ++l) {
        result.sum += sum[l];
        result.count += static_cast<std::uint64_t>(count[l]);
        result.min = (std::min)(result.min, static_cast<double>(low[l]));
        result.max = (std::max)(result.max, static_cast<double>(high[l]));
    }
    result.nan_count = scores.size() - result.count;
    return result;
}

/// The moments of at most `moments_leaf` scores: the mean first, then the deviations from it.
template <std::floating_point T>
moments leaf_moments(std::span<const T> scores) {
    moments result = sum_lanes(scores);
    if (result.count == 0) return result;
    const double mean = result.mean();
    std::array<double, lanes> deviation{}, squares{};
    for_lanes(scores, [&](const T* x) {
        for (std::size_t l = 0; l < lanes; ++l) {
            const double d = x[l] == x[l] ? static_cast<double>(x[l]) - mean : 0.0;
            deviation[l] += d;
            squares[l] += d * d;
        }
    });
    double rest = 0; // what rounding left in the mean
    for (std::size_t l = 0; l < lanes; ++l) {
        rest += deviation[l];
        result.squares += squares[l];
    }
    const double count = static_cast<double>(result.count);
    result.squares -= rest * rest / count;
    result.center = mean + rest / count;
    return result;
}

/// The moments of a block, folded leaf by leaf, run by run.
template <std::floating_point T>
moments block_moments(const score_block<T>& block) {
    moments all;
    for (std::size_t k = 0; k < block.runs; ++k) {
        const auto scores = block.run(k).scores;
        for (std::size_t first = 0; first < scores.size(); first += moments_leaf)
            all.merge(leaf_moments(scores.subspan(first, (std::min)(moments_leaf, scores.size() - first))));
    }
    return all;
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
