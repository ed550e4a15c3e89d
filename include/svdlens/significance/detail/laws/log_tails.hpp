/// @file
/// Both tails of a law at a point, in log space, and those of the normal law.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_LAWS_LOG_TAILS_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_LAWS_LOG_TAILS_HPP

#include <cmath>
#include <limits>
#include <numbers>

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::detail {

/// Of a law at a point x. Each is exact where it is small.
struct log_tails {
    double below; ///< ln P(X <= x)
    double above; ///< ln P(X >= x)
};

/// ln(1 - exp(log_p)).
inline double log_of_rest(double log_p) {
    if (!(log_p < 0)) return -std::numeric_limits<double>::infinity();
    return log_p > -std::numbers::ln2 ? std::log(-std::expm1(log_p)) : std::log1p(-std::exp(log_p));
}

inline log_tails tails_from_below(double log_p) { return {log_p, log_of_rest(log_p)}; }
inline log_tails tails_from_above(double log_p) { return {log_of_rest(log_p), log_p}; }

/// exp(y²) erfc(y) for y >= 0, of any size.
inline double scaled_erfc(double y) {
    if (y < 10) return std::exp(y * y) * std::erfc(y);
    const double s = 1 / (2 * y * y); // the asymptotic series; its next term is below 1e-13
    const double series = 1 - s * (1 - 3 * s * (1 - 5 * s * (1 - 7 * s * (1 - 9 * s * (1 - 11 * s)))));
    return series / (y * std::sqrt(std::numbers::pi));
}

/// Of the normal law at z standard deviations.
inline log_tails normal_tails(double z) {
    const double y = std::abs(z) / std::numbers::sqrt2;
    const double log_p = std::log(0.5 * scaled_erfc(y)) - y * y;
    return z > 0 ? tails_from_above(log_p) : tails_from_below(log_p);
}

} // namespace svdlens::inline v0_2::detail

#endif
