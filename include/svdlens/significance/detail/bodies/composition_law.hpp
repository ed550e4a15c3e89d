/// @file
/// The bodies of significance/composition_law.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_COMPOSITION_LAW_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_COMPOSITION_LAW_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../composition_law.hpp"
#include "../laws/gamma_tails.hpp"
#include "../laws/log_tails.hpp"
#include "../laws/saddlepoint.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The gamma law of three moments. One of negative skewness is mirrored.
SVDLENS_BODY log_tails three_moment_tails(double value, const composition_moments& m) {
    const double z = m.z(value);
    const double skewness = std::abs(m.skewness);
    if (skewness <= 1e-6) return normal_tails(z);
    const double shape = 4 / (skewness * skewness);
    const double above_origin = (m.skewness > 0 ? z : -z) * std::sqrt(shape) + shape;
    const auto both = gamma_tails(shape, above_origin);
    return m.skewness > 0 ? both : log_tails{both.above, both.below};
}

/// The products a_i b_j, gathered in bins 2 % wide: the saddlepoint does not see the difference.
SVDLENS_BODY std::vector<weighted_squares> binned_products(const spectrum& a, const spectrum& b) {
    constexpr double bins_an_octave = 32;
    constexpr std::size_t bins = 2048; // 64 octaves: what is less is nothing
    const auto places = [&](const std::vector<double>& shares) {
        std::vector<std::size_t> result;
        for (const double x : shares)
            result.push_back(static_cast<std::size_t>(
                (std::min)(-bins_an_octave * std::log2(x), static_cast<double>(bins))));
        return result;
    };
    const auto of_a = places(a.shares()), of_b = places(b.shares());
    std::vector<weighted_squares> sums(bins, {0, 0});
    for (std::size_t i = 0; i < of_a.size(); ++i)
        for (std::size_t j = 0; j < of_b.size() && of_a[i] + of_b[j] < bins; ++j) {
            auto& bin = sums[of_a[i] + of_b[j]];
            bin.weight += a.shares()[i] * b.shares()[j];
            bin.count += 1;
        }
    std::erase_if(sums, [](const weighted_squares& bin) { return bin.count == 0; });
    for (auto& bin : sums) bin.weight /= bin.count;
    return sums;
}

/// The least that X can be: the largest of one spectrum on the least of the other.
SVDLENS_BODY double least_composition(const spectrum& a, const spectrum& b) {
    const auto d = static_cast<std::size_t>(a.dimension());
    double sum = 0;
    for (std::size_t i = 0; i < a.shares().size(); ++i)
        if (d - 1 - i < b.shares().size()) sum += a.shares()[i] * b.shares()[d - 1 - i];
    return sum;
}

/// ln P(X <= value) of Σ a_i b_j χ²_ν / ν over the least value, of the exact mean and variance.
SVDLENS_BODY double log_p_by_squares(double value, const spectrum& a, const spectrum& b, double variance) {
    const double least = least_composition(a, b);
    if (!(value > least)) return -std::numeric_limits<double>::infinity();
    auto squares = binned_products(a, b);
    double total = 0, square_sum = 0;
    for (const auto& each : squares) total += each.weight * each.count;
    const double mean = 1 / static_cast<double>(a.dimension()) - least;
    for (auto& each : squares) {
        each.weight *= mean / total;
        square_sum += each.weight * each.weight * each.count;
    }
    const double freedom = 2 * square_sum / variance; // of each product
    for (auto& each : squares) {
        each.weight /= freedom;
        each.count *= freedom;
    }
    return saddlepoint_tails({squares, value - least}).below;
}

} // namespace detail

SVDLENS_BODY composition_moments moments_of_composition(const spectrum& a, const spectrum& b) {
    if (a.dimension() != b.dimension())
        throw argument_error(errc::invalid_argument, "composition: expected spectra in " +
                                                         to_text(a.dimension()) + " dimensions, found " +
                                                         to_text(b.dimension()));
    const auto d = static_cast<double>(a.dimension());
    composition_moments m{1 / d, 0, 0};
    if (a.dimension() <= 2) return m;
    m.variance = 2 * a.second() * b.second() / ((d - 1) * (d + 2));
    if (m.variance == 0) return m;
    const double third = 8 * d * a.third() * b.third() / ((d - 1) * (d - 2) * (d + 2) * (d + 4));
    m.skewness = third / (m.variance * std::sqrt(m.variance));
    return m;
}

SVDLENS_BODY double log_p_of_composition(double value, const spectrum& a, const spectrum& b,
                                         score_side side) {
    const auto m = moments_of_composition(a, b);
    if (std::isnan(value)) return value;
    if (m.variance == 0) return 0;
    const auto both = detail::three_moment_tails(value, m);
    if (side == score_side::above) return both.above;
    if (value >= m.mean) return both.below;
    return (std::max)(both.below, detail::log_p_by_squares(value, a, b, m.variance));
}

SVDLENS_BODY double log_p_of_energy(double value, const spectrum& a, score_side side) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (std::isnan(value)) return value;
    if (a.dimension() == 1 || a.second() == 0) return 0;
    const auto& shares = a.shares();
    const double zeros = static_cast<double>(a.dimension()) - static_cast<double>(shares.size());
    const double least = zeros > 0 ? 0 : shares.back();
    if (value >= shares.front()) return side == score_side::above ? -infinity : 0;
    if (value <= least) return side == score_side::above ? 0 : -infinity;
    std::vector<detail::weighted_squares> squares;
    for (const double each : shares) squares.push_back({each - value, 1});
    if (zeros > 0) squares.push_back({-value, zeros});
    const auto both = detail::saddlepoint_tails({squares, 0});
    return side == score_side::above ? both.above : both.below;
}

} // namespace svdlens::inline v0_2

#endif
