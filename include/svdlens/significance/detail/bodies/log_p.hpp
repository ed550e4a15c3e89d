/// @file
/// The bodies of significance/log_p.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_LOG_P_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_LOG_P_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../log_p.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// ln(Γ(a + 1/2) / Γ(a)), a > 0. A difference of two lgammas loses six digits at a = 1e5. The series' next
/// term is below 1e-16 from 16 on; below, Γ(a + 1) = a Γ(a).
SVDLENS_BODY double log_gamma_ratio(double a) {
    double shift = 0;
    for (; a < 16; ++a) shift += std::log1p(0.5 / a);
    const double s = 1 / (a * a);
    const double series = -1.0 / 8 + s * (1.0 / 192 - s * (1.0 / 640 - s * 17 / 14336 + s * s * 31 / 18432));
    return 0.5 * std::log(a) + series / a - shift;
}

/// ln B(a, 1/2), the beta function.
SVDLENS_BODY double log_beta_half(double a) { return 0.5 * std::log(std::numbers::pi) - log_gamma_ratio(a); }

/// The continued fraction of the incomplete beta function, I_x(a, b) = x^a (1 - x)^b / (a B(a, b)) times
/// this, by the modified Lentz rule. For x below (a + 1) / (a + b + 2): at most about 50 steps there. (To
/// stop at one rounding would be never to stop.)
SVDLENS_BODY double beta_fraction(double a, double b, double x) {
    double c = 1;
    double d = 1 / (1 - (a + b) * x / (a + 1));
    double result = d;
    for (int m = 1; m < 500; ++m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        c = 1 + even / c;
        d = 1 / (1 + even * d);
        result *= c * d;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        c = 1 + odd / c;
        d = 1 / (1 + odd * d);
        result *= c * d;
        if (std::abs(c * d - 1) < 1e-15) break;
    }
    return result;
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
    return std::isnan(score) ? score : std::min(std::abs(score), 1.0);
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
        return a * log_x + std::log(c / a) - log_beta + std::log(detail::beta_fraction(a, 0.5, x));
    const double inside = 2 * c * std::exp(a * log_x - log_beta) * detail::beta_fraction(0.5, a, y);
    return std::log1p(-std::min(inside, 1.0));
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

namespace detail {

/// ln B(a, members / 2) from members 1 or 2 on: B(a, b + 1) = B(a, b) b / (a + b).
SVDLENS_BODY double log_beta_of(double a, std::size_t members) {
    double b = members % 2 == 1 ? 0.5 : 1;
    double result = members % 2 == 1 ? log_beta_half(a) : -std::log(a);
    for (; 2 * b < static_cast<double>(members); ++b) result += std::log(b / (a + b));
    return result;
}

} // namespace detail

SVDLENS_BODY double log_p_of_block(double energy, std::size_t members, std::uint64_t dimension) {
    constexpr double rounding = 1e-4;
    if (members == 0 || members > dimension)
        throw argument_error(errc::invalid_argument, "log_p_of_block: expected 1 to " + to_text(dimension) +
                                                         " members, found " + to_text(members));
    if (energy < -rounding || energy > 1 + rounding)
        throw argument_error(errc::invalid_argument,
                             "log_p_of_block: expected an energy between 0 and 1, found " + to_text(energy));
    if (std::isnan(energy)) return energy;
    if (members == dimension || energy <= 0) return 0;
    if (energy >= 1) return -std::numeric_limits<double>::infinity();
    const double a = 0.5 * static_cast<double>(dimension - members), b = 0.5 * static_cast<double>(members);
    const double x = 1 - energy, log_x = std::log1p(-energy), log_y = std::log(energy);
    const double log_front = a * log_x + b * log_y - detail::log_beta_of(a, members);
    if (x < (a + 1) / (a + b + 2)) return log_front - std::log(a) + std::log(detail::beta_fraction(a, b, x));
    const double inside = std::exp(log_front - std::log(b)) * detail::beta_fraction(b, a, energy);
    return std::log1p(-(std::min)(inside, 1.0));
}

} // namespace svdlens::inline v0_2

#endif
