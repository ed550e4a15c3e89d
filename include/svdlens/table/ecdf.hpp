/// @file
/// The empirical distribution of scores: exact steps, thinned for plotting.
#ifndef SVDLENS_TABLE_ECDF_HPP
#define SVDLENS_TABLE_ECDF_HPP

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "block_loop.hpp"
#include "order_statistics.hpp"
#include "score_source.hpp"
#include "top_digits.hpp"
#include "value_tally.hpp"

namespace svdlens::inline v0 {

/// Steps of an empirical distribution: shares[k] of the scores are at most values[k]. Both ascend strictly;
/// the last share is 1.
struct ecdf_steps {
    std::vector<double> values;
    std::vector<double> shares;
    std::uint64_t count = 0; ///< scores that are not NaN
    std::uint64_t nan_count = 0;
};

namespace detail {

inline void check_points(std::size_t points) {
    if (points < 2)
        throw argument_error(errc::invalid_argument,
                             "ecdf: expected at least 2 points, found " + to_text(points));
}

/// The score, with one zero for both, which are equal and make one step.
struct one_zero {
    template <std::floating_point T>
    T operator()(T score) const {
        return score + T(0);
    }
};

/// Adds the step at the next value; a step at the same value goes up.
inline void add_step(ecdf_steps& steps, double value, std::uint64_t at_most) {
    const double share = static_cast<double>(at_most) / static_cast<double>(steps.count);
    if (!steps.values.empty() && steps.values.back() == value) {
        steps.shares.back() = share;
        return;
    }
    steps.values.push_back(value);
    steps.shares.push_back(share);
}

/// `points` ranks of n > 0 at even distances, the first and the last among them; all where n is not more.
inline std::vector<std::uint64_t> even_ranks(std::uint64_t n, std::size_t points) {
    const std::uint64_t count = (std::min<std::uint64_t>)(n, points);
    std::vector<std::uint64_t> ranks;
    for (std::uint64_t k = 0; k < count; ++k) {
        const std::uint64_t gaps = (std::max<std::uint64_t>)(count - 1, 1);
        ranks.push_back((n - 1) / gaps * k + (n - 1) % gaps * k / gaps);
    }
    return ranks;
}

/// What the first pass of `ecdf` gathers.
template <std::floating_point T>
struct ecdf_state {
    top_digits<T> digits;
    value_tally<T> values;

    void add(const ecdf_state& other) {
        digits.add(other.digits);
        values.add(other.values);
    }
};

/// Tallies the values of a block until there are too many.
template <std::floating_point T>
void tally(const score_block<T>& block, value_tally<T>& values) {
    for (std::size_t k = 0; k < block.runs && !values.is_over(); ++k) {
        for (const T score : block.run(k).scores) {
            if (score != score) continue;
            values.add(order_image(one_zero{}(score)));
            if (values.is_over()) return;
        }
    }
}

template <score_source S>
ecdf_state<typename S::value_type> start_ecdf(const S& source, std::size_t points, const execution& run) {
    using T = typename S::value_type;
    using state = ecdf_state<T>;
    state all;
    points = static_cast<std::size_t>((std::min<std::uint64_t>)(points, source.max_rows()));
    all.values = value_tally<T>(points);
    std::atomic<bool> over{false};
    scan<state>(
        source, run,
        [&](const auto& block, state& mine) {
            mine.digits.template count<one_zero>(block);
            if (over.load(std::memory_order_relaxed)) return;
            if (mine.values.is_new()) mine.values = value_tally<T>(points);
            tally(block, mine.values);
            if (mine.values.is_over()) over.store(true, std::memory_order_relaxed);
        },
        [&](const state& mine) { all.add(mine); });
    return all;
}

} // namespace detail

/// The empirical distribution of the scores, exactly: a step at every value where there are at most `points`
/// different ones, else steps at the values of `points` evenly spaced ranks, the lowest and the highest among
/// them (equal values make one step). Every share is exact: the share of scores that are at most that value.
/// NaN scores are counted and left out, infinities are values, the two zeros are one. Does not depend on
/// blocks or threads.
///
/// One pass where the values are few, else those of `quantiles` for as many probabilities as points: 3 to 6
/// for float scores and 512 points. Memory: threads * (256 KiB + 64 bytes a point + block), then up to 33
/// MiB.
/// @throws argument_error (invalid_argument) for fewer than two points
template <score_source S>
ecdf_steps ecdf(const S& source, std::size_t points = 512, const execution& run = {}) {
    using T = typename S::value_type;
    detail::check_points(points);
    auto state = detail::start_ecdf(source, points, stage(run, 0, detail::first_pass<T>));
    ecdf_steps steps;
    steps.count = state.digits.size();
    steps.nan_count = state.digits.nan_count();
    if (steps.count == 0) return steps;
    if (!state.values.is_over()) {
        std::uint64_t at_most = 0;
        for (const auto& entry : state.values.entries())
            detail::add_step(steps, static_cast<double>(detail::from_order_image<T>(entry.first)),
                             at_most += entry.second);
        return steps;
    }
    const auto ranks = detail::even_ranks(steps.count, points);
    const auto found = detail::find_ranks<detail::one_zero>(source, std::move(state.digits), ranks,
                                                            stage(run, detail::first_pass<T>, 1));
    for (const auto rank : ranks)
        detail::add_step(steps, static_cast<double>(found(rank).score), found(rank).at_most);
    return steps;
}

} // namespace svdlens::inline v0

#endif
