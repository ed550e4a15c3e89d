/// @file
/// What every head's spectrum says: its ranks, what is beyond chance in it, whether its factors fit each
/// other.
#ifndef SVDLENS_DIRECTIONS_HEAD_SPECTRA_HPP
#define SVDLENS_DIRECTIONS_HEAD_SPECTRA_HPP

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "composition.hpp"
#include "factored_set.hpp"
#include "singular_directions.hpp"
#include "spectra.hpp"

namespace svdlens::inline v0_2 {

/// One head's W = A·B.
struct head_spectrum {
    std::string head; ///< `L0H3`
    head_index index;
    spectrum_ranks ranks;
    double largest = 0;          ///< S₀
    double product_edge = 0;     ///< where singular values of a product of random factors of these sizes end
    std::size_t beyond_edge = 0; ///< how many are larger
    /// ‖A B‖² / (‖A‖² ‖B‖²), 1 / r where the factors have nothing to do with each other: whether training
    /// reached the head at all. `factor_alignment` says how much more than chance.
    double alignment = 0;
    std::vector<double>
        left_values; ///< the singular values of A, min(d, r) and zeros up to r, in a unit of their own
    std::vector<double> right_values; ///< those of B
    /// ⟨W², W⟩² / (‖W²‖² ‖W‖²): 1 where W² is a multiple of W, as of a projection; of square W. 0: W² is 0.
    double idempotence = 0;
    std::optional<power_law> fall; ///< of what is more than null space
};

/// One for each head, in the set's order. In parallel over heads, same bits for any number of threads.
/// O(layers · heads · (d r² + r³)).
/// @param directions of the same set
/// @throws argument_error (invalid_argument) when the matrices are not square or the directions are another
///         set's;
/// @throws numeric_error (non_finite) naming head and tensor; model_error (wrong_shape); cancelled_error
template <std::floating_point T>
std::vector<head_spectrum> head_spectra(const basic_factored_set<T>& set,
                                        const basic_singular_directions<T>& directions,
                                        const power_law_options& options = {}, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/head_spectra.hpp"
#endif

#endif
