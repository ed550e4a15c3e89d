/// @file
/// The tails of gamma laws, in log space: the regularised incomplete gamma functions.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_LAWS_GAMMA_TAILS_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_LAWS_GAMMA_TAILS_HPP

#include <cmath>
#include <limits>
#include <numbers>

#include "log_tails.hpp"

namespace svdlens::inline v0_2::detail {

/// ln Γ(a), a > 0, by Stirling's series. (The C library's function writes a global.)
inline double log_gamma(double a) {
    double shift = 0;
    for (; a < 16; ++a) shift += std::log(a);
    const double s = 1 / (a * a);
    const double series = 1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s / 1188)));
    return (a - 0.5) * std::log(a) - a + 0.5 * std::log(2 * std::numbers::pi) + series / a - shift;
}

/// m - ln(1 + m) for m > -1, without cancellation.
inline double excess_over_log(double m) {
    if (std::abs(m) > 0.4) return m - std::log1p(m);
    const double r = m / (2 + m), y = r * r; // ln(1 + m) = 2 artanh r
    double term = y, sum = 0;
    for (int k = 3; k < 60 && term > 1e-18 * (sum + 1e-300); k += 2, term *= y) sum += term / k;
    return r * (m - 2 * sum);
}

/// For large shapes, uniformly in x: Temme (1979), DLMF 8.12, to the second term: 1e-11 from shape 1e4 on.
inline log_tails gamma_tails_by_normal(double shape, double x) {
    const double m = x / shape - 1;
    const double half_square = excess_over_log(m); // η² / 2
    const double eta = std::copysign(std::sqrt(2 * half_square), m);
    const double c0 = std::abs(m) < 1e-3 ? -1.0 / 3 + eta / 12 : 1 / m - 1 / eta;
    const double c1 = std::abs(m) < 0.03
                          ? -1.0 / 540 - eta / 288
                          : 1 / (eta * eta * eta) - 1 / (m * m * m) - 1 / (m * m) - 1 / (12 * m);
    const double rest = (c0 + c1 / shape) / std::sqrt(2 * std::numbers::pi * shape);
    const double y = std::abs(eta) * std::sqrt(shape / 2);
    const double scaled = 0.5 * scaled_erfc(y) + (m > 0 ? rest : -rest);
    const double log_p = std::log(scaled) - shape * half_square;
    return m > 0 ? tails_from_above(log_p) : tails_from_below(log_p);
}

/// x^shape e^-x / Γ(shape + 1), its logarithm.
inline double log_gamma_power(double shape, double x) {
    return shape * std::log(x) - x - log_gamma(shape) - std::log(shape);
}

/// P(shape, x) by its power series, for x < shape + 1.
inline double log_gamma_series(double shape, double x) {
    double term = 1, sum = 1;
    for (int n = 1; n < 100000 && term > 1e-17 * sum; ++n) {
        term *= x / (shape + n);
        sum += term;
    }
    return log_gamma_power(shape, x) + std::log(sum);
}

/// Q(shape, x) by its continued fraction (modified Lentz), for x >= shape + 1.
inline double log_gamma_fraction(double shape, double x) {
    double b = x + 1 - shape;
    double c = 1e300;
    double d = 1 / b;
    double result = d;
    for (int n = 1; n < 100000; ++n) {
        const double a = -n * (n - shape);
        b += 2;
        d = 1 / (a * d + b);
        c = b + a / c;
        result *= c * d;
        if (std::abs(c * d - 1) < 1e-15) break;
    }
    return log_gamma_power(shape, x) + std::log(shape) + std::log(result);
}

/// The tails at x of the gamma law of a shape, scale 1.
inline log_tails gamma_tails(double shape, double x) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (!(x > 0)) return {-infinity, 0};
    if (shape > 1e4) return gamma_tails_by_normal(shape, x);
    if (x < shape + 1) return tails_from_below(log_gamma_series(shape, x));
    return tails_from_above(log_gamma_fraction(shape, x));
}

} // namespace svdlens::inline v0_2::detail

#endif
