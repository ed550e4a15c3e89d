/// @file
/// Where a quantile lies between two order statistics, by each of the nine rules.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_QUANTILE_PLACE_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_QUANTILE_PLACE_HPP

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../bounds.hpp"

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Rounded to double before it goes into a sum: a compiler that fuses the two would leave NumPy's bits, and
/// step over whole numbers where NumPy stands on them.
inline double rounded_product(double a, double b) {
    const volatile double product = a * b;
    return product;
}

/// A quantile lies between the ranks `low` and `high`, which are neighbours or the same, `share` on the way.
struct quantile_place {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    double share = 0;
};

inline quantile_place place_at(std::uint64_t rank) { return {rank, rank, 0}; }

/// Between the neighbours of a rank that need not be whole; at the ends outside of them.
inline quantile_place place_between(std::uint64_t n, double h) {
    if (h >= static_cast<double>(n - 1)) return place_at(n - 1);
    if (h < 0) return place_at(0);
    const double low = std::floor(h);
    const auto rank = static_cast<std::uint64_t>(low);
    return {rank, rank + 1, h - low};
}

/// The rank floor(h) or the one after it.
inline quantile_place place_step(std::uint64_t n, double h, bool stays) {
    const double rank = std::floor(h) + (stays ? 0 : 1);
    if (!(rank > 0)) return place_at(0);
    return place_at(rank >= static_cast<double>(n - 1) ? n - 1 : static_cast<std::uint64_t>(rank));
}

/// The general continuous rule, in NumPy's order of operations.
inline quantile_place place_continuous(std::uint64_t n, double p, double alpha, double beta) {
    const double whole = rounded_product(static_cast<double>(n), p);
    return place_between(n, whole + (alpha + rounded_product(p, 1 - alpha - beta)) - 1);
}

/// Where the quantile of n > 0 scores at p lies; bit by bit NumPy's virtual index.
inline quantile_place find_place(std::uint64_t n, double p, quantile_rule rule) {
    const double whole = rounded_product(static_cast<double>(n), p);
    switch (rule) {
    case quantile_rule::inverted_cdf:
        return place_step(n, whole - 1, whole - 1 == std::floor(whole - 1));
    case quantile_rule::averaged_inverted_cdf: {
        const auto place = place_between(n, whole - 1);
        return place.share == 0 ? quantile_place{place.low, place.high, 0.5} : place_at(place.high);
    }
    case quantile_rule::closest_observation: {
        const double h = whole - 1 - 0.5;
        return place_step(n, h, h == std::floor(h) && std::fmod(h, 2) == 0);
    }
    case quantile_rule::interpolated_inverted_cdf:
        return place_continuous(n, p, 0, 1);
    case quantile_rule::hazen:
        return place_continuous(n, p, 0.5, 0.5);
    case quantile_rule::weibull:
        return place_continuous(n, p, 0, 0);
    case quantile_rule::linear:
        break;
    case quantile_rule::median_unbiased:
        return place_continuous(n, p, 1 / 3.0, 1 / 3.0);
    case quantile_rule::normal_unbiased:
        return place_continuous(n, p, 3 / 8.0, 3 / 8.0);
    }
    return place_between(n, rounded_product(static_cast<double>(n - 1), p));
}

/// Whether a number is one of those that double has room for.
inline bool is_bounded(double x) { return std::fabs(x) <= (std::numeric_limits<double>::max)(); }

/// Between two neighbours, the lower first, as NumPy interpolates numbers that have a finite distance. A whole
/// rank is its own value, whatever comes after it, and equal neighbours give theirs. Next to an infinity it is
/// that infinity; between two NaN.
inline double interpolate(double low, double high, double share) {
    if (share == 0 || low == high) return low;
    if (!is_bounded(low) || !is_bounded(high)) return low + high;
    const double distance = high - low;
    if (!is_bounded(distance)) return 2 * interpolate(low / 2, high / 2, share);
    return share >= 0.5 ? high - rounded_product(distance, 1 - share)
                        : low + rounded_product(distance, share);
}

/// @throws argument_error (invalid_argument) for one that is not from 0 to 1
inline void check_probabilities(std::span<const double> probabilities) {
    for (const double p : probabilities)
        if (!(p >= 0 && p <= 1))
            throw argument_error(errc::invalid_argument,
                                 "quantiles: expected probabilities from 0 to 1, found " + to_text(p));
}

/// Where the quantiles of n > 0 scores lie.
inline std::vector<quantile_place> find_places(std::uint64_t n, std::span<const double> probabilities,
                                               quantile_rule rule) {
    std::vector<quantile_place> places;
    for (const double p : probabilities) places.push_back(find_place(n, p, rule));
    return places;
}

/// The ranks that the places name.
inline std::vector<std::uint64_t> ranks_of(std::span<const quantile_place> places) {
    std::vector<std::uint64_t> ranks;
    for (const auto& place : places) {
        ranks.push_back(place.low);
        ranks.push_back(place.high);
    }
    return ranks;
}

/// The value of a quantile, from what stands at its ranks.
template <class Score>
double quantile_at(const quantile_place& place, const Score& score) {
    return interpolate(static_cast<double>(score(place.low)), static_cast<double>(score(place.high)),
                       place.share);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
