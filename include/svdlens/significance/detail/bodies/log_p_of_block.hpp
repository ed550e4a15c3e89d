/// @file
/// The bodies of significance/log_p_of_block.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_LOG_P_OF_BLOCK_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_LOG_P_OF_BLOCK_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../log_p.hpp"
#include "../../log_p_of_block.hpp"
#include "../laws/gamma_tails.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The continued fraction of the incomplete beta function, I_x(a, b) = x^a (1 - x)^b / (a B(a, b)) times
/// this, by the modified Lentz rule, for x below (a + 1) / (a + b + 2).
SVDLENS_BODY double common_beta_fraction(double a, double b, double x) {
    double c = 1;
    double d = 1 / (1 - (a + b) * x / (a + 1));
    double result = d;
    for (int m = 1; m < 2000; ++m) {
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

SVDLENS_BODY void require_block_energy(double energy, std::size_t members, std::uint64_t dimension) {
    constexpr double rounding = 1e-4;
    if (members == 0 || members > dimension)
        throw argument_error(errc::invalid_argument, "log_p_of_block: expected 1 to " + to_text(dimension) +
                                                         " members, found " + to_text(members));
    if (energy < -rounding || energy > 1 + rounding)
        throw argument_error(errc::invalid_argument,
                             "log_p_of_block: expected an energy between 0 and 1, found " + to_text(energy));
}

} // namespace detail

SVDLENS_BODY double log_p_of_block(double energy, std::size_t members, std::uint64_t dimension) {
    detail::require_block_energy(energy, members, dimension);
    if (std::isnan(energy)) return energy;
    if (members == dimension || energy <= 0) return 0;
    if (energy >= 1) return -std::numeric_limits<double>::infinity();
    if (members == 1) return log_p(std::sqrt(energy), static_cast<std::size_t>(dimension));
    const double a = 0.5 * static_cast<double>(dimension - members), b = 0.5 * static_cast<double>(members);
    const double log_beta = detail::log_gamma(a) + detail::log_gamma(b) - detail::log_gamma(a + b);
    const double log_front = a * std::log1p(-energy) + b * std::log(energy) - log_beta;
    if (1 - energy < (a + 1) / (a + b + 2))
        return log_front - std::log(a) + std::log(detail::common_beta_fraction(a, b, 1 - energy));
    const double inside = std::exp(log_front - std::log(b)) * detail::common_beta_fraction(b, a, energy);
    return std::log1p(-(std::min)(inside, 1.0));
}

} // namespace svdlens::inline v0_2

#endif
