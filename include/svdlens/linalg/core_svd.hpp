/// @file
/// What decompositions are computed in, whatever type they are asked for: dense matrices of double.
#ifndef SVDLENS_LINALG_CORE_SVD_HPP
#define SVDLENS_LINALG_CORE_SVD_HPP

#include <Eigen/Core>

namespace svdlens::inline v0 {

namespace detail {

// Templates, although Real is always double: Eigen's code is then compiled only in units that decompose.

template <class Real>
using dense_matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;
template <class Real>
using dense_vector = Eigen::Matrix<Real, Eigen::Dynamic, 1>;

/// M = left · diag(values) · rightᵀ with min(rows, columns) values, descending.
template <class Real>
struct core_svd {
    dense_matrix<Real> left;
    dense_vector<Real> values;
    dense_matrix<Real> right;
};

/// The product of two plain matrices: one shape of product for all decompositions, as each costs compile
/// time.
template <class Real>
dense_matrix<Real> product(const dense_matrix<Real>& a, const dense_matrix<Real>& b) {
    dense_matrix<Real> result(a.rows(), b.cols());
    result.noalias() = a * b;
    return result;
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
