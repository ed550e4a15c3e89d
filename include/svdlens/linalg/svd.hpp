/// @file
/// What a singular value decomposition gives.
#ifndef SVDLENS_LINALG_SVD_HPP
#define SVDLENS_LINALG_SVD_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include "core_svd.hpp"
#include "finite.hpp"
#include "matrix.hpp"

namespace svdlens::inline v0 {

/// W = Σ_k S_k u_k v_kᵀ, the directions as **rows**: `left` is m × rows(W), `right` m × columns(W), S
/// descending. The common sign of u_k and v_k is arbitrary; `apply_sign_rule` fixes it.
template <std::floating_point T>
struct basic_svd {
    basic_matrix<T> left;
    std::vector<T> singular_values;
    basic_matrix<T> right;

    /// m, the number of directions.
    std::size_t size() const { return singular_values.size(); }
};

using svd = basic_svd<float>;

namespace detail {

/// Writes 2^exponent · values. False when one of them exceeds T's range.
template <std::floating_point T, std::floating_point Real>
bool write_singular_values(const dense_vector<Real>& values, int exponent, std::span<T> out) {
    for (std::size_t k = 0; k < out.size(); ++k)
        out[k] = static_cast<T>(std::ldexp(double{values(static_cast<Eigen::Index>(k))}, exponent));
    return all_finite(out.data(), out.size());
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
