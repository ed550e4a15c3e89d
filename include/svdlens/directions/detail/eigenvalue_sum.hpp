/// @file
/// What a square matrix' eigenvalues add up to, and on which side of 0 they lie.
#ifndef SVDLENS_DIRECTIONS_DETAIL_EIGENVALUE_SUM_HPP
#define SVDLENS_DIRECTIONS_DETAIL_EIGENVALUE_SUM_HPP

#include <algorithm>
#include <complex>
#include <concepts>
#include <cstddef>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../linalg/detail/core_svd.hpp"
#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

struct eigenvalue_sums {
    double real = 0;     ///< Σ Re λ
    double absolute = 0; ///< Σ |λ|
    double largest = 0;  ///< max |λ|
    double positive = 0; ///< the share with Re λ > 0 of those over a millionth of the largest
};

/// By the real Schur form, in double. O(n³). The matrix is finite.
/// @throws numeric_error (not_converged): no matrix is known for which that happens
template <std::floating_point T>
eigenvalue_sums sum_eigenvalues(const basic_matrix<T>& m) {
    if (m.rows() == 0) return {};
    using dense = dense_matrix<double>;
    const dense values = with_map(m, [](const auto& map) -> dense { return map.template cast<double>(); });
    const Eigen::EigenSolver<dense> solver(values, false);
    if (static_cast<int>(solver.info()) != 0)
        throw numeric_error(errc::not_converged, "eigenvalues: expected those of a matrix of " +
                                                     to_text(m.rows()) + " rows within " +
                                                     to_text(40 * m.rows()) + " steps, found no end");
    eigenvalue_sums sums;
    for (const auto& each : solver.eigenvalues()) {
        sums.real += each.real();
        sums.absolute += std::abs(each);
        sums.largest = (std::max)(sums.largest, std::abs(each));
    }
    std::size_t counted = 0, positive = 0;
    for (const auto& each : solver.eigenvalues()) {
        if (std::abs(each) <= 1e-6 * sums.largest) continue; // a matrix of lower rank: rounding
        ++counted;
        if (each.real() > 0) ++positive;
    }
    if (counted != 0) sums.positive = static_cast<double>(positive) / static_cast<double>(counted);
    return sums;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
