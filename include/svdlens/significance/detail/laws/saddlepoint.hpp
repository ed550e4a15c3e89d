/// @file
/// The tails of a sum of squares of normal numbers by its saddlepoint.
///
/// Source: Lugannani and Rice (1980) in the form of Barndorff-Nielsen; Kuonen (1999) for quadratic forms.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_LAWS_SADDLEPOINT_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_LAWS_SADDLEPOINT_HPP

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "log_tails.hpp"

namespace svdlens::inline v0_2::detail {

/// A weight, and how many squares (any positive number, as of a chi-square law) have it.
struct weighted_squares {
    double weight;
    double count;
};

/// Σ weight Z² less an offset, of which it is asked on which side of 0 it is. It takes values on both.
struct quadratic_form {
    std::span<const weighted_squares> squares;
    double offset = 0;
};

/// The derivatives of the cumulant function K(t) = -½ Σ count ln(1 - 2 t weight) - t offset.
struct cumulant_slopes {
    double first = 0;
    double second = 0;
    double third = 0;
};

inline cumulant_slopes slopes_at(const quadratic_form& form, double t) {
    cumulant_slopes k;
    k.first = -form.offset;
    for (const auto& [weight, count] : form.squares) {
        const double x = weight / (1 - 2 * t * weight);
        k.first += count * x;
        k.second += 2 * count * x * x;
        k.third += 8 * count * x * x * x;
    }
    return k;
}

/// The t between the poles of K at which K' is 0: K' rises from below 0 to above.
inline double saddle_of(const quadratic_form& form) {
    double least = 0, most = 0;
    for (const auto& each : form.squares) {
        least = (std::min)(least, each.weight);
        most = (std::max)(most, each.weight);
    }
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double below = least < 0 ? 1 / (2 * least) : -infinity;
    double above = most > 0 ? 1 / (2 * most) : infinity;
    double t = 0;
    for (int step = 0; step < 200; ++step) {
        const auto k = slopes_at(form, t);
        (k.first > 0 ? above : below) = t;
        double next = t - k.first / k.second;
        if (!(next > below && next < above)) next = 0.5 * (below + above); // Newton's step is finite
        if (std::abs(next - t) <= 1e-13 * std::abs(next)) return next;
        t = next;
    }
    return t;
}

/// ln P(Σ weight Z² <= offset), and above.
inline log_tails saddlepoint_tails(const quadratic_form& form) {
    const double t = saddle_of(form);
    const auto k = slopes_at(form, t);
    double fall = 2 * t * form.offset; // -2 K
    for (const auto& [weight, count] : form.squares) fall += count * std::log1p(-2 * t * weight);
    const double w = std::copysign(std::sqrt((std::max)(0.0, fall)), t);
    if (std::abs(w) < 1e-4) return normal_tails(w + k.third / std::pow(k.second, 1.5) / 6);
    return normal_tails(w + std::log(t * std::sqrt(k.second) / w) / w);
}

} // namespace svdlens::inline v0_2::detail

#endif
