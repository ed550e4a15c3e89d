/// @file
/// Comparisons of a score joined by `and`, as one interval.
#ifndef SVDLENS_TABLE_SCORE_INTERVAL_HPP
#define SVDLENS_TABLE_SCORE_INTERVAL_HPP

#include <algorithm>
#include <cmath>
#include <limits>

#include "predicate_node.hpp"

namespace svdlens::inline v0::detail {

/// The scores from low to high, both included: never NaN.
class score_interval {
  public:
    bool holds(double score) const { return score >= low_ && score <= high_; }

    /// Keeps what passes a comparison with a bound as well. False, and nothing done, for `not_equal`, which
    /// is no interval.
    bool narrow(comparison how, double bound) {
        if (how == comparison::not_equal) return false;
        const bool from = how != comparison::less && how != comparison::less_equal;
        const bool to = how != comparison::greater && how != comparison::greater_equal;
        const bool strict = how == comparison::less || how == comparison::greater;
        if (std::isnan(bound) || (strict && bound == (from ? infinity : -infinity))) {
            low_ = infinity;
            high_ = -infinity;
            return true;
        }
        // Scores are compared in double, so the next double is the first that is above.
        if (strict) bound = std::nextafter(bound, from ? infinity : -infinity);
        if (from) low_ = (std::max)(low_, bound);
        if (to) high_ = (std::min)(high_, bound);
        return true;
    }

  private:
    static constexpr double infinity = std::numeric_limits<double>::infinity();

    double low_ = -infinity;
    double high_ = infinity;
};

/// Intervals of the score and of its magnitude.
struct score_intervals {
    score_interval signed_value;
    score_interval magnitude;

    bool hold(double score) const { return signed_value.holds(score) && magnitude.holds(std::abs(score)); }

    /// As `score_interval::narrow`.
    bool narrow(const score_compares& by) {
        auto& narrowed = by.what == compared_score::magnitude ? magnitude : signed_value;
        return narrowed.narrow(by.how, by.bound);
    }
};

} // namespace svdlens::inline v0::detail

#endif
