/// @file
/// Rows whose score, or magnitude, lies beyond given bounds.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_BOUNDS_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_BOUNDS_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <utility>

#include "../../../core/execution.hpp"
#include "../../scan.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../../selection.hpp"
#include "../order/stretches.hpp"
#include "../rows/row_list.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A bound that leaves nothing beyond it.
inline constexpr double no_bound = std::numeric_limits<double>::quiet_NaN();

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

/// Whether a score's key is below one bound or above the other. Without branches; NaN never is.
template <std::floating_point T, score_key Key>
class outside_test {
  public:
    /// Compares in T as scores and bounds compare in double.
    outside_test(double low, double high) : low_(ceiling<T>(low)), high_(-ceiling<T>(-high)) {}

    bool operator()(T score) const {
        const T key = Key{}(score);
        return (key < low_) | (key > high_);
    }

  private:
    T low_;
    T high_;
};

/// Appends the rows at [begin, end) of a run that pass a test.
template <std::floating_point T, class Test>
void append_hits(const score_run<T>& run, std::size_t begin, std::size_t end, const Test& test,
                 row_list<T>& found) {
    for_hits(run.scores, begin, end, test,
             [&](std::size_t k) { found.push_back(run.row(k), run.scores[k]); });
}

/// The rows that pass a test, in the order of blocks.
/// @param expected how many there are, where that is known
template <score_source S, class Test>
row_list<typename S::value_type> find_rows(const S& source, const Test& test, std::size_t expected,
                                           const execution& run) {
    using rows = row_list<typename S::value_type>;
    rows all;
    all.reserve(expected);
    scan_in_order<rows>(
        source, run,
        [&](const auto& block, rows& found) {
            found.clear();
            for (std::size_t k = 0; k < block.runs; ++k)
                append_hits(block.run(k), 0, block.width, test, found);
        },
        [&](const rows& found) { all.append(found); });
    return all;
}

} // namespace detail

/// The rows whose score is strictly below `low` or strictly above `high`, in ascending row order;
/// `outside<magnitude>` compares |score| and keeps the scores as they are. NaN scores are never kept, and a
/// NaN bound keeps nothing on its side. Scores are compared with the bounds in double.
///
/// One pass. Memory: 8 + sizeof(T) bytes a kept row (twice while it grows, 32 + sizeof(T) more to sort where
/// blocks are tiles), and a block for each thread.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> outside(const S& source, double low, double high,
                                                const execution& run = {}) {
    const detail::outside_test<typename S::value_type, Key> test(low, high);
    return detail::to_selection(source.axes(), detail::find_rows(source, test, 0, run));
}

/// The rows whose score is strictly above `bound`. All else as `outside`.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> above(const S& source, double bound, const execution& run = {}) {
    return outside<Key>(source, detail::no_bound, bound, run);
}

/// The rows whose score is strictly below `bound`. All else as `outside`.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> below(const S& source, double bound, const execution& run = {}) {
    return outside<Key>(source, bound, detail::no_bound, run);
}

} // namespace svdlens::inline v0_2

#endif
