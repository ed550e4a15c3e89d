/// @file
/// How many directions a matrix has in effect, where singular values of chance end, and how they fall off.
#ifndef SVDLENS_DIRECTIONS_SPECTRA_HPP
#define SVDLENS_DIRECTIONS_SPECTRA_HPP

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "../core/detail/body.hpp"
#include "singular_directions.hpp"

namespace svdlens::inline v0_2 {

/// Four numbers that are all called the effective rank of singular values s, between 1 and how many are not
/// 0; 0 of a zero matrix. They differ by factors: L0H3 of a trained model has 1.3, 1.6, 2.5 and 10.
struct spectrum_ranks {
    double stable = 0;            ///< Σ s² / s₀²
    double participation = 0;     ///< (Σ s²)² / Σ s⁴
    double entropy = 0;           ///< exp H(s² / Σ s²), of energies
    double entropy_of_values = 0; ///< exp H(s / Σ s)
};

/// @param values singular values in any order
/// @throws argument_error (invalid_argument) for a value that is negative or no number
spectrum_ranks ranks_of(std::span<const double> values);

/// Between which numbers singular values of A·B lie, A d × r and B r × d of independent entries of one
/// variance each, as d grows: in the unit ‖A‖_F ‖B‖_F / r.
struct product_law {
    double lower = 0;
    double upper = 0;
};

/// √λ±, λ = (1+z)(1+cz)²/z at z = (-c ± √(c²+8c)) / (4c), c = r / d; lower is 0 where r >= d. (The law of
/// Marchenko and Pastur is that of one factor.) At d = 128 and r = 16 the largest value is 5 % below the edge
/// on average, and beyond it by 5 % in one head of a hundred.
/// @throws argument_error (invalid_argument) when d or r is 0
product_law product_law_of(std::size_t d, std::size_t r);

/// The fall of squared singular values λ = s²: a density in proportion to λ^-exponent from the cut-off on.
struct power_law {
    double exponent = 0;
    double standard_error = 0; ///< (exponent - 1) / √values
    double cut_off = 0;        ///< the λ from which on
    std::size_t values = 0;    ///< at or above it
    double distance = 0; ///< the largest between the two distribution functions (Kolmogorov and Smirnov)
};

struct power_law_options {
    /// The λ from which on; empty: the one among the values whose law is nearest to what is there, ten values
    /// left.
    std::optional<double> cut_off = {};
};

/// By maximum likelihood: 1 + n / Σ ln(λ / cut-off). Nothing where fewer than ten values are left, or all are
/// equal. O(n²) where the cut-off is looked for. Source: Clauset, Shalizi, Newman, Power-law distributions in
/// empirical data (2009), equations 3.1 and 3.2, and section 3.3 for the cut-off.
/// @throws as `ranks_of`; argument_error (invalid_argument) for a cut-off that is not above 0
std::optional<power_law> power_law_of(std::span<const double> values, const power_law_options& options = {});

/// The singular values of all heads of a layer together.
struct layer_spectrum {
    std::size_t layer = 0;
    std::size_t values = 0; ///< more than null space
    double largest = 0;
    spectrum_ranks ranks;
    std::optional<power_law> fall;
};

/// One for each layer. O(layers · (heads · r)²)
template <std::floating_point T>
std::vector<layer_spectrum> layer_spectra(const basic_singular_directions<T>& directions,
                                          const power_law_options& options = {}) {
    std::vector<layer_spectrum> result;
    for (std::size_t l = 0; l < directions.layers(); ++l) {
        std::vector<double> values;
        double largest = 0;
        for (std::size_t h = 0; h < directions.heads(); ++h)
            for (std::size_t k = 0; k < directions.directions(); ++k) {
                if (directions.is_null(l, h, k)) continue;
                values.push_back(static_cast<double>(directions.singular_value(l, h, k)));
                largest = values.back() > largest ? values.back() : largest;
            }
        result.push_back({l, values.size(), largest, ranks_of(values), power_law_of(values, options)});
    }
    return result;
}

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/spectra.hpp"
#endif

#endif
