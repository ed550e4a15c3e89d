/// @file
/// The thin singular value decomposition of a product that is never formed.
#ifndef SVDLENS_LINALG_FACTORED_SVD_HPP
#define SVDLENS_LINALG_FACTORED_SVD_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "core_svd.hpp"
#include "finite.hpp"
#include "jacobi_svd.hpp"
#include "matrix.hpp"
#include "scaled_qr.hpp"
#include "svd.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Where a decomposition is written: direction-major, `left` m × rows, `right` m × columns.
template <std::floating_point T>
struct svd_target {
    T* left;
    T* right;
    std::span<T> singular_values;
};

/// The number of directions of a product of d × r and r × d2.
template <std::floating_point T>
std::size_t direction_count(const basic_matrix<T>& a, const basic_matrix<T>& b) {
    return (std::min)({a.rows(), a.columns(), b.columns()});
}

/// The SVD of a·b, finite factors that are not empty. Returns ‖a‖₂ ‖b‖₂ (an upper bound, see spectral_norm).
/// @throws numeric_error (non_finite) when a singular value exceeds T's range
template <std::floating_point T>
double factored_svd_into(const basic_matrix<T>& a, const basic_matrix<T>& b, const svd_target<T>& out) {
    const scaled_qr<T> qr_a(a);
    const scaled_qr<T> qr_b(b.transposed());
    const dense_matrix<double> r_a = qr_a.triangle();
    const dense_matrix<double> r_b = qr_b.triangle();
    const auto core = jacobi_svd(product<double>(r_a, r_b.transpose()));
    const int exponent = qr_a.exponent() + qr_b.exponent();
    if (!write_singular_values(core.values, exponent, out.singular_values))
        throw numeric_error(errc::non_finite, "a singular value exceeds the range of the computing type");
    qr_a.multiply(core.left, out.left);
    qr_b.multiply(core.right, out.right);
    return std::ldexp(spectral_norm(r_a) * spectral_norm(r_b), exponent);
}

} // namespace detail

/// The thin SVD of a · b without forming it: Q₁R₁ = a, Q₂R₂ = bᵀ, SVD of R₁R₂ᵀ = U'SV'ᵀ, U = Q₁U', V = Q₂V'.
///
/// a is d × r, b is r × d2; there are min(d, r, d2) directions. O((d + d2) r² + r³). The errors are a few
/// units in the last place of ‖a‖₂ ‖b‖₂, also where the factors nearly cancel; the core is computed in
/// double.
/// @throws argument_error (invalid_argument) when a has not as many columns as b has rows
/// @throws numeric_error (non_finite) when an entry is NaN or infinite, or a singular value exceeds T's range
template <std::floating_point T>
basic_svd<T> factored_svd(const basic_matrix<T>& a, const basic_matrix<T>& b) {
    if (a.columns() != b.rows())
        throw argument_error(
            errc::invalid_argument,
            "factored SVD: expected as many columns on the left as rows on the right, found " +
                to_text(a.columns()) + " and " + to_text(b.rows()));
    detail::require_finite(a, "left factor");
    detail::require_finite(b, "right factor");
    const std::size_t m = detail::direction_count(a, b);
    std::vector<T> left(m * a.rows());
    std::vector<T> right(m * b.columns());
    std::vector<T> values(m);
    if (m != 0) detail::factored_svd_into<T>(a, b, {left.data(), right.data(), values});
    return {basic_matrix<T>(std::move(left), m, a.rows()), std::move(values),
            basic_matrix<T>(std::move(right), m, b.columns())};
}

} // namespace svdlens::inline v0

#endif
