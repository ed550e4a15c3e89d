/// @file
/// Norms of groups, also where squares leave double's range.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_NORM_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_NORM_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>
#include <string>
#include <type_traits>

#include "../../aggregates.hpp"

namespace svdlens::inline v0_2::detail {

/// Whether energies, and their products, are well inside double's range; NaN, of no scores, is. Those of floats
/// always are.
template <std::floating_point T>
bool squares_fit(std::span<const double> energies) {
    if constexpr (std::is_same_v<T, float>) return true;
    return std::all_of(energies.begin(), energies.end(),
                       [](double e) { return e != e || (e > 1e-150 && e < 1e150); });
}

/// Sums of squares, in units of their own where scores are so small or large that squares leave double's range.
struct square_sums {
    double middle = 0;
    double tiny = 0;  ///< of scores times 2^600
    double large = 0; ///< of scores times 2^-600
};

/// Euclidean norms of doubles whose squares do not fit.
struct norm {
    using state = square_sums;
    static constexpr auto nan = nan_scores::skipped;
    static std::string name() { return "norm"; }

    static void add(square_sums& s, double score) {
        const double size = std::fabs(score);
        const double tiny = size < 0x1p-400 ? score * 0x1p600 : 0.0;
        const double large = size > 0x1p400 ? score * 0x1p-600 : 0.0;
        const double middle = size >= 0x1p-400 && size <= 0x1p400 ? score : 0.0; // not NaN
        s.tiny += tiny * tiny;
        s.large += large * large;
        s.middle += middle * middle;
    }
    static void merge(square_sums& s, const square_sums& other) {
        s.tiny += other.tiny;
        s.large += other.large;
        s.middle += other.middle;
    }
    /// @param less divides a large norm, which double may have no room for, by 2^less
    static double value(const square_sums& s, int less = 0) {
        if (s.large > 0) return std::ldexp(std::sqrt(s.large + std::ldexp(s.middle, -1200)), 600 - less);
        if (s.middle > 0) return std::sqrt(s.middle + std::ldexp(s.tiny, -1200));
        return std::sqrt(s.tiny) * 0x1p-600;
    }
};

} // namespace svdlens::inline v0_2::detail

#endif
