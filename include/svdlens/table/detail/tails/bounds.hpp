/// @file
/// The test of a score, or its magnitude, against bounds, and the rows that pass.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_BOUNDS_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_BOUNDS_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>

#include "../../bounds.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
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
    explicit outside_test(const score_bounds& bounds) :
        low_(ceiling<T>(bounds.low)), high_(-ceiling<T>(-bounds.high)) {}

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

/// Appends the rows of a block that pass a test, which is one for all rows.
template <class Test>
class hits_of {
  public:
    explicit hits_of(Test test) : test_(test) {}

    template <std::floating_point T>
    void operator()(const score_block<T>& block, row_list<T>& found) const {
        for (std::size_t k = 0; k < block.runs; ++k) append_hits(block.run(k), 0, block.width, test_, found);
    }

  private:
    Test test_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
