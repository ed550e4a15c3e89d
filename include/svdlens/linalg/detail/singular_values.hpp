/// @file
/// Singular values of a scaled matrix, scaled back.
#ifndef SVDLENS_LINALG_DETAIL_SINGULAR_VALUES_HPP
#define SVDLENS_LINALG_DETAIL_SINGULAR_VALUES_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>

#include <Eigen/Core>

#include "core_svd.hpp"
#include "finite.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Writes 2^exponent · values. False when one of them exceeds T's range.
template <std::floating_point T, std::floating_point Real>
bool write_singular_values(const dense_vector<Real>& values, int exponent, std::span<T> out) {
    for (std::size_t k = 0; k < out.size(); ++k)
        out[k] = static_cast<T>(std::ldexp(double{values(static_cast<Eigen::Index>(k))}, exponent));
    return all_finite(out.data(), out.size());
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
