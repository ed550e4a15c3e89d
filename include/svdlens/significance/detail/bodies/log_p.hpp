/// @file
/// The bodies of significance/log_p.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_LOG_P_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_LOG_P_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <string>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../log_p.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// ln(Γ(a + 1/2) / Γ(a)), a > 0. A difference of two lgammas loses six digits at a = 1e5. The series' next term is
/// below 1e-16 from 16 on; below, Γ(a + 1) = a Γ(a).
SVDLENS_BODY double log_gamma_ratio(double a) {
    double shift = 0;
    for (; a < 16; ++a) shift += std::log1p(0.5 / a);
    const double s = 1 / (a * a);
    const double series = -1.0 / 8 + s * (1.0 / 192 - s * (1.0 / 640 - s * 17 / 14336 + s * s * 31 / 18432));
    return 0.5 * std::log(a) + series / a - shift;
}

/// ln B(a, 1/2), the beta function.
SVDLENS_BODY double log_beta_half(double a) { return 0.5 * std::log(std::numbers::pi) - log_gamma_ratio(a); }

/// f in I_x(a, 1/2) = x^a y^(1/2) / (B f), y = 1 - x, for x from about the mean on: the continued fraction of Didonato and
/// Morris (1992, eq. 9) by the modified Lentz rule. At most about 30 steps. All that it is made of is taken from y, which
/// is known to rounding where x is near 1: with x alone, or by the common fraction, a > 1e4 costs two digits.
SVDLENS_BODY double beta_fraction(double a, double y) {
    constexpr double b = 0.5;
    const double x = 1 - y;
    const double lambda = a * y - b * x;
    double result = a / (a + 1) * (lambda + 1);
    double c = result;
    double d = 0;
    for (int n = 1; n < 500; ++n) {
        const double before = a + 2 * n - 1;
        const double alpha = (a + n - 1) / before * (a + b + n - 1) / before * n * (b - n) * x * x;
        const double beta =
            n + n * (b - n) * x / before + (a + n) / (a + 2 * n + 1) * (lambda + 1 + n * (1 + y));
        d = 1 / (beta + alpha * d);
        c = beta + alpha / c;
        result *= c * d;
        if (std::abs(c * d - 1) < 1e-15) break;
    }
    return result;
}

/// Σ (a + 1/2)_n / (3/2)_n y^n: I_y(1/2, a) = 2 y^(1/2) (1 - y)^a / B times this. Positive terms that fall from the first
/// on where (a + 1/2) y < 3/2.
SVDLENS_BODY double beta_series(double a, double y) {
    double sum = 1;
    double term = 1;
    for (int n = 0; n < 500 && term > 1e-17 * sum; ++n) sum += term *= (a + 0.5 + n) / (1.5 + n) * y;
    return sum;
}

/// |score|, at most 1.
SVDLENS_BODY double checked_score(double score, std::size_t dimension) {
    constexpr double rounding = 1e-4;
    if (dimension == 0)
        throw argument_error(errc::invalid_argument, "log_p: expected a dimension of at least 1, found 0");
    if (std::abs(score) > 1 + rounding)
        throw argument_error(errc::invalid_argument,
                             "log_p: expected a cosine or a share, at most 1 in size, found " +
                                 to_text(score));
    return std::isnan(score) ? score : (std::min)(std::abs(score), 1.0);
}

} // namespace detail

SVDLENS_BODY double log_p(double score, std::size_t dimension) {
    const double c = detail::checked_score(score, dimension);
    if (std::isnan(c)) return c;
    if (dimension == 1 || c == 0) return 0;
    if (c == 1) return -std::numeric_limits<double>::infinity();
    const double a = 0.5 * static_cast<double>(dimension - 1);
    const double x = (1 - c) * (1 + c);
    const double y = c * c;
    const double log_x = y < 0.5 ? std::log1p(-y) : std::log(x);
    const double log_beta = detail::log_beta_half(a);
    if (y * (a + 2.5) > 1.5)
        return a * log_x + std::log(c) - log_beta - std::log(detail::beta_fraction(a, y));
    const double inside = 2 * c * std::exp(a * log_x - log_beta) * detail::beta_series(a, y);
    return std::log1p(-(std::min)(inside, 1.0));
}

SVDLENS_BODY double log_p_one_sided(double score, std::size_t dimension, score_side side) {
    const double both = log_p(score, dimension);
    const bool improbable = side == score_side::above ? score > 0 : score < 0;
    return improbable || score == 0 ? both - std::numbers::ln2 : std::log1p(-0.5 * std::exp(both));
}

SVDLENS_BODY double critical_score(double log_p, std::size_t dimension) {
    if (std::isnan(log_p)) throw argument_error(errc::invalid_argument, "critical_score: log_p is NaN");
    double below = 0;
    double above = 1;
    if (detail::checked_score(0, dimension) == 0 && log_p >= 0) return 0;
    while (above - below > 1e-10 * above) {
        const double middle = 0.5 * (below + above);
        (svdlens::log_p(middle, dimension) <= log_p ? above : below) = middle;
    }
    return below;
}

} // namespace svdlens::inline v0_2

#endif
