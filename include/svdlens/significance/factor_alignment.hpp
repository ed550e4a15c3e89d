/// @file
/// Whether the two factors of a head fit each other by more than chance.
#ifndef SVDLENS_SIGNIFICANCE_FACTOR_ALIGNMENT_HPP
#define SVDLENS_SIGNIFICANCE_FACTOR_ALIGNMENT_HPP

#include <algorithm>
#include <cstdint>
#include <vector>

#include "../directions/head_spectra.hpp"
#include "composition_law.hpp"
#include "log_p.hpp"
#include "spectrum.hpp"

namespace svdlens::inline v0_2 {

/// How a head's `alignment` compares with that of the same factors turned at random in the head's own r
/// dimensions. Untrained heads have z about 0, those of a trained transformer about 20.
struct factor_alignment {
    double share = 0; ///< ‖A B‖² / (‖A‖² ‖B‖²)
    double z = 0;
    double log_p = 0; ///< ln P(that or more): as `log_p_of_composition`; 0 where no test is possible
};

/// By three exact moments of the factors' singular values. O(r)
inline factor_alignment alignment_of(const head_spectrum& head) {
    const auto is_zero = [](const std::vector<double>& values) {
        return std::all_of(values.begin(), values.end(), [](double s) { return s == 0; });
    };
    if (is_zero(head.left_values) || is_zero(head.right_values)) return {};
    const auto r = static_cast<std::uint64_t>(head.left_values.size());
    const spectrum left(head.left_values, r), right(head.right_values, r);
    return {head.alignment, moments_of_composition(left, right).z(head.alignment),
            log_p_of_composition(head.alignment, left, right, score_side::above)};
}

} // namespace svdlens::inline v0_2

#endif
