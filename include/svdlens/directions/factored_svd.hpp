/// @file
/// The thin singular value decomposition of a product that is never formed.
#ifndef SVDLENS_DIRECTIONS_FACTORED_SVD_HPP
#define SVDLENS_DIRECTIONS_FACTORED_SVD_HPP

#include <concepts>

#include "../linalg/matrix.hpp"
#include "../linalg/svd.hpp"

namespace svdlens::inline v0_2 {

/// The thin SVD of a · b without forming it: Q₁R₁ = a, Q₂R₂ = bᵀ, SVD of R₁R₂ᵀ = U'SV'ᵀ, U = Q₁U', V = Q₂V'.
///
/// a is d × r, b is r × d2; there are min(d, r, d2) directions. O((d + d2) r² + r³). The errors are a few
/// units in the last place of ‖a‖₂ ‖b‖₂, also where the factors nearly cancel: ‖ab - USVᵀ‖_F <= 20 eps √r of it,
/// and ‖UᵀU - 1‖_F, ‖VᵀV - 1‖_F <= 20 eps √r. Singular values are rounded to T, small ones to subnormal
/// numbers or 0.
/// @throws argument_error (invalid_argument) when a has not as many columns as b has rows
/// @throws numeric_error (non_finite) when an entry is NaN or infinite, or the largest singular value exceeds
///         T's range
/// @throws numeric_error (underflow) when the largest singular value is not 0 and vanishes below T's range
template <std::floating_point T>
basic_svd<T> factored_svd(const basic_matrix<T>& a, const basic_matrix<T>& b);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/factored_svd.hpp"
#endif

#endif
