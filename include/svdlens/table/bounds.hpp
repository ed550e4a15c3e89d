/// @file
/// Bounds of scores, given or as exact quantiles, and the nine rules by which a quantile lies between
/// two scores.
#ifndef SVDLENS_TABLE_BOUNDS_HPP
#define SVDLENS_TABLE_BOUNDS_HPP

#include <limits>
#include <optional>

#include "by.hpp"

namespace svdlens::inline v0_2 {

/// What lies strictly below `low` or strictly above `high` is outside: `{.low = -0.5, .high = 0.5}`, or one
/// of the two. Compared in double. NaN, as where a side is left out, leaves nothing beyond it.
struct score_bounds {
    double low = std::numeric_limits<double>::quiet_NaN();
    double high = std::numeric_limits<double>::quiet_NaN();
};

/// The tails of a distribution, by probability: `{.low = 0.001, .high = 0.999}`, or one of the two; of every
/// group's with `.by = by("head")`.
struct tail_options {
    std::optional<double> low = {};  ///< what lies below the quantile at this probability
    std::optional<double> high = {}; ///< what lies above the quantile at this probability
    by_columns by = {};              ///< the quantiles of each group; no columns: of the whole table
};

/// The sample quantiles of Hyndman and Fan (1996), "Sample Quantiles in Statistical Packages", in their order
/// and by NumPy's names (`numpy.quantile(x, p, method=...)`). Of n scores at p, with ranks counted from 0:
enum class quantile_rule {
    inverted_cdf,          ///< 1: the score at rank ceil(n p) - 1
    averaged_inverted_cdf, ///< 2: that one; where n p is a whole number, half way to the next one
    closest_observation,   ///< 3: the score at the rank nearest to n p - 1, the even one of two (NumPy 1; 2:
                           ///< the odd)
    interpolated_inverted_cdf, ///< 4: h = n p - 1
    hazen,                     ///< 5: h = n p - 1/2
    weibull,                   ///< 6: h = (n + 1) p - 1
    linear,                    ///< 7: h = (n - 1) p; the default here, in NumPy, pandas and R
    median_unbiased,           ///< 8: h = (n + 1/3) p - 2/3
    normal_unbiased,           ///< 9: h = (n + 1/4) p - 5/8
};

} // namespace svdlens::inline v0_2

#endif
