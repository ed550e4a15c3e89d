/// @file
/// The bodies of linalg/detail/dense_svd.hpp.
#ifndef SVDLENS_LINALG_DETAIL_BODIES_DENSE_SVD_HPP
#define SVDLENS_LINALG_DETAIL_BODIES_DENSE_SVD_HPP

#include <cmath>
#include <concepts>
#include <limits>
#include <utility>
#include <vector>

#include <Eigen/Core>
#include <Eigen/SVD>

#include "../core_svd.hpp"
#include "../dense_svd.hpp"
#include "../householder_qr.hpp"
#include "../jacobi_svd.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline constexpr int thin_options = Eigen::ComputeThinU | Eigen::ComputeThinV;

// Eigen 5 takes the options as a template argument and deprecates the run-time ones that Eigen 3.4 has.
template <std::floating_point Real>
core_svd<Real> divide_and_conquer_svd(const dense_matrix<Real>& m) {
#if EIGEN_VERSION_AT_LEAST(5, 0, 0)
    const Eigen::BDCSVD<dense_matrix<Real>, thin_options> svd(m);
#else
    const Eigen::BDCSVD<dense_matrix<Real>> svd(m, static_cast<unsigned>(thin_options));
#endif
    return {svd.matrixU(), svd.singularValues(), svd.matrixV()};
}

/// Whether the columns are orthonormal within `bound` (Frobenius norm of QᵀQ - I). False for NaN.
template <std::floating_point Real>
bool is_orthonormal(const dense_matrix<Real>& q, Real bound) {
    dense_matrix<Real> gram = transposed_product<Real>(q, q);
    gram.diagonal().array() -= 1;
    return gram.norm() <= bound;
}

template <std::floating_point Real>
bool is_accurate(const core_svd<Real>& svd, const dense_matrix<Real>& m) {
    const Real bound = 18 * std::numeric_limits<Real>::epsilon() * std::sqrt(static_cast<Real>(m.rows()));
    if (!is_orthonormal(svd.left, bound) || !is_orthonormal(svd.right, bound)) return false;
    const dense_matrix<Real> scaled = svd.left * svd.values.asDiagonal();
    return (m - product<Real>(scaled, svd.right.transpose())).norm() <= bound * svd.values(0);
}

/// Divide and conquer is faster than Jacobi for large matrices, but Eigen's loses half of the digits, and
/// more, where singular values repeat (a matrix of ones, blocks of constants): hence the check. From a thousand
/// columns on its vectors are a little farther from orthonormal than is promised, and are straightened.
template <std::floating_point Real>
core_svd<Real> square_svd(const dense_matrix<Real>& m) {
    auto svd = divide_and_conquer_svd(m);
    if (is_accurate(svd, m)) return svd;
    orthonormalize(svd.left);
    orthonormalize(svd.right);
    if (is_accurate(svd, m)) return svd;
    return jacobi_svd(m);
}

template <std::floating_point Real>
core_svd<Real> decompose(const dense_matrix<Real>& m) {
    if (m.rows() == m.cols()) return square_svd(m);
    if (m.rows() < m.cols()) {
        auto transposed = decompose<Real>(m.transpose());
        return {std::move(transposed.right), std::move(transposed.values), std::move(transposed.left)};
    }
    householder_qr<Real> qr;
    std::vector<Real> memory(qr.room(m.rows(), m.cols()));
    qr.clear(m.rows(), m.cols(), memory.data()) = m;
    qr.compute();
    auto svd = square_svd<Real>(qr.triangle());
    dense_matrix<Real> left(m.rows(), m.cols());
    qr.multiply(svd.left, left.data());
    svd.left = std::move(left);
    return svd;
}

#ifdef SVDLENS_COMPILED
template bool is_accurate(const core_svd<double>&, const dense_matrix<double>&);
template core_svd<double> decompose(const dense_matrix<double>&);
#endif

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
