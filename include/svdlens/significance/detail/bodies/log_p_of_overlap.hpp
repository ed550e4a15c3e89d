/// @file
/// The bodies of significance/log_p_of_overlap.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_LOG_P_OF_OVERLAP_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_LOG_P_OF_OVERLAP_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../log_p.hpp"
#include "../../log_p_of_overlap.hpp"
#include "../laws/gamma_tails.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Where an integrand is asked for: s below the upper end 0 of ln |y|, and how far above the lower one.
struct overlap_place {
    double below_upper;
    double above_lower;
};

/// What is integrated over ln |y|: its density times the probability that |x| is at least |overlap / y|.
class overlap_integrand {
  public:
    overlap_integrand(double overlap, std::size_t left_dimension, std::size_t right_dimension) :
        log_overlap_(std::log(overlap)), left_(left_dimension),
        power_(0.5 * (static_cast<double>(right_dimension) - 3)) {
        const double a = 0.5 * static_cast<double>(right_dimension - 1);
        log_front_ = std::numbers::ln2 + log_gamma(a + 0.5) - log_gamma(a) - 0.5 * std::log(std::numbers::pi);
    }

    double width() const { return -log_overlap_; }

    double log_value(const overlap_place& at) const {
        const double log_y = -at.below_upper; // 1 - y² without cancellation
        return log_front_ + log_y + power_ * std::log(-std::expm1(2 * log_y)) +
               log_p(std::exp(-at.above_lower), left_);
    }

    /// At a share of the width, from the lower end.
    double log_value(double share) const { return log_value({width() * (1 - share), width() * share}); }

  private:
    double log_overlap_;
    std::size_t left_;
    double power_;
    double log_front_ = 0;
};

/// The share of the width at which the integrand is largest: it has one maximum. By golden section.
inline double peak_of(const overlap_integrand& of) {
    constexpr double golden = 0.6180339887498949;
    double from = 0, to = 1;
    for (int step = 0; step < 40; ++step) {
        const double left = to - golden * (to - from), right = from + golden * (to - from);
        if (of.log_value(left) < of.log_value(right))
            from = left;
        else
            to = right;
    }
    return 0.5 * (from + to);
}

/// How far from the peak towards an end (a share) the integrand is still not negligible.
inline double reach_of(const overlap_integrand& of, double peak, double end) {
    constexpr double negligible = 45;
    const double least = of.log_value(peak) - negligible;
    if (of.log_value(peak + (end - peak) * (1 - 1e-9)) > least) return end;
    double inside = peak, outside = end;
    for (int step = 0; step < 40; ++step) {
        const double middle = 0.5 * (inside + outside);
        (of.log_value(middle) > least ? inside : outside) = middle;
    }
    return outside;
}

/// ln of the integral between two shares, by the double exponential rule, which ends of any power do not disturb.
inline double log_integral(const overlap_integrand& of, double from, double to) {
    constexpr double step = 1.0 / 16;
    constexpr int most = 64;
    std::vector<double> terms;
    double largest = -std::numeric_limits<double>::infinity();
    for (int k = -most; k <= most; ++k) {
        const double t = step * k;
        const double u = 0.5 * std::numbers::pi * std::sinh(t);
        const double low = 1 / (1 + std::exp(-2 * u)), high = 1 / (1 + std::exp(2 * u)); // low + high = 1
        const double weight = std::numbers::pi * std::cosh(t) * low * high * step;
        const double above = from + (to - from) * low, below = (1 - to) + (to - from) * high;
        const double value =
            of.log_value({of.width() * below, of.width() * above}) + std::log(weight * (to - from));
        if (!std::isfinite(value)) continue;
        terms.push_back(value);
        largest = (std::max)(largest, value);
    }
    double sum = 0;
    for (const double each : terms) sum += std::exp(each - largest);
    return largest + std::log(sum) + std::log(of.width());
}

} // namespace detail

SVDLENS_BODY double log_p_of_overlap(double overlap, std::size_t left_dimension,
                                     std::size_t right_dimension) {
    // Checks, and what is left where one side has one dimension: its cosine is 1.
    const double left = log_p(overlap, left_dimension), right = log_p(overlap, right_dimension);
    if (std::isnan(overlap) || overlap == 0 || left_dimension == 1 || right_dimension == 1)
        return left_dimension == 1 ? right : left;
    if (!std::isfinite(left) || !std::isfinite(right)) return -std::numeric_limits<double>::infinity();
    const detail::overlap_integrand of(std::abs(overlap), left_dimension, right_dimension);
    const double peak = detail::peak_of(of);
    return (std::min)(
        0.0, detail::log_integral(of, detail::reach_of(of, peak, 0.0), detail::reach_of(of, peak, 1.0)));
}

} // namespace svdlens::inline v0_2

#endif
