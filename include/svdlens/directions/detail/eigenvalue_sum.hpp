/// @file
/// The sum and the absolute sum of a square matrix' eigenvalues.
#ifndef SVDLENS_DIRECTIONS_DETAIL_EIGENVALUE_SUM_HPP
#define SVDLENS_DIRECTIONS_DETAIL_EIGENVALUE_SUM_HPP

#include <complex>
#include <concepts>
#include <cstddef>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include "../../linalg/detail/core_svd.hpp"
#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

struct eigenvalue_sums {
    double real = 0;     ///< Σ Re λ
    double absolute = 0; ///< Σ |λ|
};

/// By the real Schur form, in double. O(n³). The matrix is finite.
template <std::floating_point T>
eigenvalue_sums sum_eigenvalues(const basic_matrix<T>& m) {
    if (m.rows() == 0) return {};
    using dense = dense_matrix<double>;
    const dense values = with_map(m, [](const auto& map) -> dense { return map.template cast<double>(); });
    const Eigen::EigenSolver<dense> solver(values, false);
    eigenvalue_sums sums;
    for (Eigen::Index k = 0; k < values.rows(); ++k) {
        sums.real += solver.eigenvalues()(k).real();
        sums.absolute += std::abs(solver.eigenvalues()(k));
    }
    return sums;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
