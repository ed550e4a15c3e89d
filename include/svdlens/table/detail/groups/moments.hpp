/// @file
/// Count, mean, variance and extremes of scores, in double, mergeable in a fixed order.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_MOMENTS_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_MOMENTS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <type_traits>

#include "../../../core/detail/finite_number.hpp"
#include "../../score_source.hpp"

namespace svdlens::inline v0_2::detail {

/// x · 2^exponent.
inline double times_power(double x, int exponent) { return exponent == 0 ? x : std::ldexp(x, exponent); }

/// The exponent of the unit in which scores of this magnitude are squared: 0 where their squares are well inside
/// double's range, as those of all floats are; 0 also of zero and of what is not finite.
inline int unit_exponent(double score) {
    constexpr double least = 0x1p-400, most = 0x1p400;
    const double magnitude = std::fabs(score);
    if ((magnitude >= least && magnitude <= most) || magnitude == 0 || !is_finite_number(magnitude)) return 0;
    return std::ilogb(magnitude);
}

/// What a single pass gathers. Merging depends on the order in the last bits, so verbs merge in block order.
struct moments {
    std::uint64_t count = 0;     ///< scores that are not NaN
    std::uint64_t nan_count = 0; ///< scores that are
    double sum = 0;
    double center = 0;  ///< the mean as the squares below have it
    double squares = 0; ///< the sum of squared deviations from the mean, in units of 4^unit
    int unit = 0;       ///< 0 but for scores that `unit_exponent` says are large or small
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();

    /// The mean; NaN where there is no score. That of finite scores is finite, also where their sum is not.
    double mean() const {
        const double plain = sum / static_cast<double>(count);
        const bool overflowed = !is_finite_number(plain) && is_finite_number(min) && is_finite_number(max);
        return overflowed ? center : plain;
    }

    /// The standard deviation with one degree of freedom less; NaN for fewer than two scores or an
    /// infinite one.
    double std() const {
        if (count < 2) return std::numeric_limits<double>::quiet_NaN();
        return times_power(std::sqrt(squares / static_cast<double>(count - 1)), unit);
    }

    /// Adds the moments of further scores, by the formula of Chan, Golub and LeVeque (1979).
    void merge(const moments& other) {
        nan_count += other.nan_count;
        if (other.count == 0) return;
        const double mine = static_cast<double>(count);
        const double theirs = static_cast<double>(other.count);
        const double all = mine + theirs;
        const int common = common_unit(other);
        const double here = times_power(center, -common), there = times_power(other.center, -common);
        const double apart = count == 0 ? 0 : there - here;
        squares = times_power(squares, 2 * (unit - common));
        squares +=
            times_power(other.squares, 2 * (other.unit - common)) + apart * apart * (mine * theirs / all);
        center = count == 0 ? other.center : times_power(here + apart * (theirs / all), common);
        unit = common;
        count += other.count;
        sum += other.sum;
        min = (std::min)(min, other.min);
        max = (std::max)(max, other.max);
    }

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(count, nan_count, sum, center, squares, unit, min, max);
    }

  private:
    bool is_of_zeros() const { return center == 0 && squares == 0; }

    /// The larger unit, but zeros fit any.
    int common_unit(const moments& other) const {
        if (is_of_zeros()) return other.unit;
        return other.is_of_zeros() ? unit : (std::max)(unit, other.unit);
    }
};

/// Scores are summed in this many lanes, whatever the machine, so that compilers vectorise and bits stay.
inline constexpr std::size_t lane_count = 16;
/// Scores that one two-pass step takes, small enough to stay in the nearest cache.
inline constexpr std::size_t moments_leaf = 1024;

/// Pads the rest of a leaf with NaN, which counts as nothing, and hands whole lanes to `step(values)`.
template <class T, class Step>
void for_lanes(std::span<const T> scores, Step step) {
    std::size_t k = 0;
    for (; k + lane_count <= scores.size(); k += lane_count) step(scores.data() + k);
    if (k == scores.size()) return;
    std::array<T, lane_count> rest;
    rest.fill(std::numeric_limits<T>::quiet_NaN());
    std::copy(scores.begin() + static_cast<std::ptrdiff_t>(k), scores.end(), rest.begin());
    step(rest.data());
}

/// Calls `step(score, lane)` for every score, in N lanes: constant inner loops, which compilers vectorise.
/// How many lanes do best differs from sum to sum; the bits depend on it, so it never depends on the machine.
template <std::size_t N, class T, class Step>
void step_lanes(std::span<const T> scores, Step step) {
    const T* const x = scores.data();
    std::size_t k = 0;
    for (; k + N <= scores.size(); k += N)
        for (std::size_t l = 0; l < N; ++l) step(x[k + l], l);
    for (std::size_t l = 0; k + l < scores.size(); ++l) step(x[k + l], l);
}

template <std::floating_point T>
double sum_lanes(std::span<const T> scores) {
    std::array<double, lane_count> sum{};
    step_lanes<lane_count>(scores, [&](T x, std::size_t l) { sum[l] += static_cast<double>(x); });
    return std::accumulate(sum.begin(), sum.end(), 0.0);
}

/// Without NaN among the scores.
template <std::floating_point T>
void find_extremes(std::span<const T> numbers, moments& result) {
    std::array<T, 32> low, high;
    low.fill(numbers[0]);
    high.fill(numbers[0]);
    step_lanes<low.size()>(numbers, [&](T x, std::size_t l) {
        low[l] = x < low[l] ? x : low[l];
        high[l] = x > high[l] ? x : high[l];
    });
    result.min = static_cast<double>(*std::min_element(low.begin(), low.end()));
    result.max = static_cast<double>(*std::max_element(high.begin(), high.end()));
}

/// The sum of squared deviations, corrected for what rounding left in the mean, which is found from the sum.
template <std::floating_point T>
void find_squares(std::span<const T> numbers, moments& result) {
    std::array<double, 8> deviation{}, squares{};
    const double mean = result.sum / static_cast<double>(result.count);
    step_lanes<deviation.size()>(numbers, [&](T x, std::size_t l) {
        const double d = static_cast<double>(x) - mean;
        deviation[l] += d;
        squares[l] += d * d;
    });
    const double rest =
        std::accumulate(deviation.begin(), deviation.end(), 0.0) / static_cast<double>(result.count);
    result.squares = std::accumulate(squares.begin(), squares.end(), 0.0) -
                     rest * rest * static_cast<double>(result.count);
    result.center = mean + rest;
}

/// The moments of scores without NaN that sum up to `sum`.
template <std::floating_point T>
moments number_moments(std::span<const T> numbers, double sum) {
    moments result;
    if (numbers.empty()) return result;
    result.count = numbers.size();
    result.sum = sum;
    find_extremes(numbers, result);
    find_squares(numbers, result);
    return result;
}

/// The moments of at most `moments_leaf` scores, NaN among them or infinities of both signs.
template <std::floating_point T>
moments moments_beside_nan(std::span<const T> scores) {
    std::array<T, moments_leaf> numbers;
    const auto end = std::copy_if(scores.begin(), scores.end(), numbers.begin(), [](T x) { return x == x; });
    const std::span<const T> found(numbers.data(), static_cast<std::size_t>(end - numbers.begin()));
    moments result = number_moments(found, sum_lanes(found));
    result.nan_count = scores.size() - found.size();
    return result;
}

/// The moments of at most `moments_leaf` doubles of these extremes, whose squares have no room but in units of
/// 4^unit.
inline moments moments_in_units(std::span<const double> scores, int unit, double min, double max) {
    std::array<double, moments_leaf> scaled;
    for (std::size_t k = 0; k < scores.size(); ++k) scaled[k] = std::ldexp(scores[k], -unit);
    moments result = moments_beside_nan(std::span<const double>(scaled).first(scores.size()));
    result.sum = std::ldexp(result.sum, unit);
    result.center = std::ldexp(result.center, unit);
    result.unit = unit;
    result.min = min;
    result.max = max;
    return result;
}

/// The moments of at most `moments_leaf` scores: the mean first, then the deviations from it.
template <std::floating_point T>
moments leaf_moments(std::span<const T> scores) {
    const double sum = sum_lanes(scores);
    // NaN is rare, so that all else goes without a test for it; so are scores that need units.
    moments result = sum == sum ? number_moments(scores, sum) : moments_beside_nan(scores);
    if constexpr (std::is_same_v<T, double>) { // the squares of floats always have room
        const bool finite = is_finite_number(result.min) && is_finite_number(result.max);
        const int unit = finite ? unit_exponent((std::max)(-result.min, result.max)) : 0;
        if (unit != 0) return moments_in_units(scores, unit, result.min, result.max);
    }
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

} // namespace svdlens::inline v0_2::detail

#endif
