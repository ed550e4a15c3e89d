/// @file
/// The tails of a table: rows below a low bound or above a high one.
#ifndef SVDLENS_TABLE_OUTSIDE_QUANTILES_HPP
#define SVDLENS_TABLE_OUTSIDE_QUANTILES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "block_loop.hpp"
#include "quantiles.hpp"
#include "row_order.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// The lowest T that is not below `bound`: `score < bound` in double is `score < result` in T. NaN stays NaN.
template <std::floating_point T>
T ceiling(double bound) {
    constexpr T infinity = std::numeric_limits<T>::infinity();
    if (bound > static_cast<double>((std::numeric_limits<T>::max)())) return infinity;
    if (bound < static_cast<double>(std::numeric_limits<T>::lowest()))
        return bound == -std::numeric_limits<double>::infinity() ? -infinity
                                                                 : std::numeric_limits<T>::lowest();
    const T rounded = static_cast<T>(bound);
    return static_cast<double>(rounded) < bound ? std::nextafter(rounded, infinity) : rounded;
}

/// Appends the rows of a run whose score is below `low` or above `high`. Most stretches of 64 scores hold
/// none, and one reduction without branches tells.
template <std::floating_point T>
void find_outside(const score_run<T>& run, T low, T high, row_list<T>& found) {
    constexpr std::size_t stretch = 64;
    const auto x = run.scores;
    for (std::size_t first = 0; first < x.size(); first += stretch) {
        const std::size_t last = (std::min)(first + stretch, x.size());
        unsigned any = 0;
        for (std::size_t k = first; k < last; ++k) any |= static_cast<unsigned>(x[k] < low || x[k] > high);
        if (any == 0) continue;
        for (std::size_t k = first; k < last; ++k)
            if (x[k] < low || x[k] > high) found.push_back(run.row(k), x[k]);
    }
}

} // namespace detail

/// The rows whose score is strictly below `low` or strictly above `high`, in ascending row order. NaN scores
/// are never kept, and a NaN bound keeps nothing on its side. Scores are compared with the bounds in double.
///
/// One pass. Memory: 8 + sizeof(T) bytes a kept row (twice while it grows, 16 more to sort where blocks are
/// tiles), and a block for each thread.
template <score_source S>
basic_selection<typename S::value_type> outside(const S& source, double low, double high,
                                                const execution& run = {}) {
    using T = typename S::value_type;
    using rows = detail::row_list<T>;
    const T below = detail::ceiling<T>(low);
    const T above = -detail::ceiling<T>(-high);
    rows all;
    scan_in_order<rows>(
        source, run,
        [&](const auto& block, rows& found) {
            found.clear();
            for (std::size_t k = 0; k < block.runs; ++k)
                detail::find_outside(block.run(k), below, above, found);
        },
        [&](const rows& found) { all.append(found); });
    return detail::to_selection(source.axes(), std::move(all));
}

/// The rows strictly outside two exact quantiles of the source, in ascending row order: both tails.
///
/// Takes the passes of `quantiles` and one more. Memory: theirs, then that of `outside`.
/// @throws argument_error (invalid_argument) for a probability outside [0, 1], or a low one above the high
/// one
template <score_source S>
basic_selection<typename S::value_type> outside_quantiles(const S& source, double low_probability,
                                                          double high_probability,
                                                          const execution& run = {}) {
    constexpr double passes = detail::digits_of<typename S::value_type>;
    constexpr double last_pass = passes / (passes + 1);
    if (low_probability > high_probability)
        throw argument_error(errc::invalid_argument,
                             "outside_quantiles: the low probability " + to_text(low_probability) +
                                 " is above the high one " + to_text(high_probability));
    const auto bounds = quantiles(source, {low_probability, high_probability}, stage(run, 0, last_pass));
    return outside(source, bounds[0], bounds[1], stage(run, last_pass, 1));
}

} // namespace svdlens::inline v0

#endif
