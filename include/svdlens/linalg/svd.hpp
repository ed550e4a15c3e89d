/// @file
/// The singular value decomposition of a dense matrix.
#ifndef SVDLENS_LINALG_SVD_HPP
#define SVDLENS_LINALG_SVD_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "../core/error.hpp"
#include "detail/core_svd.hpp"
#include "detail/dense_svd.hpp"
#include "detail/eigen.hpp"
#include "detail/finite.hpp"
#include "detail/scaled_qr.hpp"
#include "detail/singular_values.hpp"
#include "matrix.hpp"

namespace svdlens::inline v0_2 {

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

template <std::floating_point T>
std::vector<T> to_rows(const dense_matrix<double>& directions) {
    std::vector<T> values(static_cast<std::size_t>(directions.size()));
    Eigen::Map<column_major_matrix<T>>(values.data(), directions.rows(), directions.cols()) =
        directions.cast<T>();
    return values;
}

} // namespace detail

/// The thin SVD of a dense matrix: min(rows, columns) directions. Computed in double, O(rows · columns
/// · min).
/// @throws numeric_error (non_finite) when an entry is NaN or infinite, or a singular value exceeds T's range
template <std::floating_point T>
basic_svd<T> thin_svd(const basic_matrix<T>& w) {
    const std::size_t m = (std::min)(w.rows(), w.columns());
    basic_svd<T> result{basic_matrix<T>({}, 0, w.rows()), {}, basic_matrix<T>({}, 0, w.columns())};
    if (m == 0) return result;
    detail::require_finite(w, "matrix");
    using dense = detail::dense_matrix<double>;
    dense scaled = detail::with_map(w, [](const auto& map) -> dense { return map.template cast<double>(); });
    const int exponent = detail::binary_exponent(scaled.cwiseAbs().maxCoeff());
    scaled *= std::ldexp(1.0, -exponent);
    const auto core = detail::decompose(scaled);
    if (!detail::holds<T>(core.values(0), exponent))
        detail::refuse_singular_value<T>("matrix: ", core.values(0), exponent);
    result.singular_values.resize(m);
    detail::write_singular_values<T>(core.values, exponent, result.singular_values);
    result.left = basic_matrix<T>(detail::to_rows<T>(core.left), m, w.rows());
    result.right = basic_matrix<T>(detail::to_rows<T>(core.right), m, w.columns());
    return result;
}

} // namespace svdlens::inline v0_2

#endif
