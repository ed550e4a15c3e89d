/// @file
/// What decompositions compute with: dense column-major matrices, and one shape of product for all of them.
#ifndef SVDLENS_LINALG_DETAIL_CORE_SVD_HPP
#define SVDLENS_LINALG_DETAIL_CORE_SVD_HPP

#include <algorithm>

#include <Eigen/Core>

#include "../../core/detail/requirements.hpp"
#include "tiny_product.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

template <class Real>
using dense_matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;
template <class Real>
using dense_vector = Eigen::Matrix<Real, Eigen::Dynamic, 1>;

/// Some rows and columns of a dense matrix. A type of its own, so that products of whole matrices and of
/// parts are compiled once.
template <class Real>
using dense_part = Eigen::Map<dense_matrix<Real>, Eigen::Unaligned, Eigen::OuterStride<>>;
template <class Real>
using const_dense_part = Eigen::Map<const dense_matrix<Real>, Eigen::Unaligned, Eigen::OuterStride<>>;

template <class Real>
const_dense_part<Real> part_from(const dense_matrix<Real>& m, Eigen::Index row, Eigen::Index column,
                                 Eigen::Index rows, Eigen::Index columns) {
    return {m.data() + column * m.rows() + row, rows, columns, Eigen::OuterStride<>(m.rows())};
}
template <class Real>
const_dense_part<Real> part_from(const dense_matrix<Real>& m) {
    return part_from(m, 0, 0, m.rows(), m.cols());
}
template <class Real>
dense_part<Real> part_to(dense_matrix<Real>& m, Eigen::Index row, Eigen::Index column, Eigen::Index rows,
                         Eigen::Index columns) {
    return {m.data() + column * m.rows() + row, rows, columns, Eigen::OuterStride<>(m.rows())};
}
template <class Real>
dense_part<Real> part_to(dense_matrix<Real>& m) {
    return part_to(m, 0, 0, m.rows(), m.cols());
}

/// c += a · b
template <class Real>
void add_product(const const_dense_part<Real>& a, const const_dense_part<Real>& b, dense_part<Real> c) {
    add_to_product(a, b, c);
}

/// Some rows of a part.
template <class Real>
const_dense_part<Real> row_range(const const_dense_part<Real>& m, Eigen::Index first, Eigen::Index rows) {
    return {m.data() + first, rows, m.cols(), Eigen::OuterStride<>(m.outerStride())};
}

/// c += aᵀ · b. Strips of rows are summed one after the other and then added up, long columns in halves: the
/// rounding of a long sum of like entries goes all in one direction, and is in proportion to its length.
template <class Real>
void add_transposed_product(const const_dense_part<Real>& a, const const_dense_part<Real>& b,
                            dense_part<Real> c) {
    constexpr Eigen::Index strip = 64;
    constexpr Eigen::Index longest = 16 * strip;
    if (a.rows() > longest) {
        const Eigen::Index half = a.rows() / strip / 2 * strip;
        const Eigen::Index rest = a.rows() - half;
        add_transposed_product<Real>(row_range<Real>(a, 0, half), row_range<Real>(b, 0, half), c);
        dense_matrix<Real> second = dense_matrix<Real>::Zero(c.rows(), c.cols());
        add_transposed_product<Real>(
            row_range<Real>(a, half, rest), row_range<Real>(b, half, rest),
            dense_part<Real>(second.data(), c.rows(), c.cols(), Eigen::OuterStride<>(c.rows())));
        c += second;
        return;
    }
    for (Eigen::Index first = 0; first < a.rows(); first += strip) {
        const Eigen::Index rows = (std::min)(strip, a.rows() - first);
        const auto above = row_range<Real>(a, first, rows);
        const auto beside = row_range<Real>(b, first, rows);
        add_to_product(above.transpose(), beside, c);
    }
}

/// a · b
template <class Real>
dense_matrix<Real> product(const dense_matrix<Real>& a, const dense_matrix<Real>& b) {
    dense_matrix<Real> result = dense_matrix<Real>::Zero(a.rows(), b.cols());
    add_product<Real>(part_from(a), part_from(b), part_to(result));
    return result;
}

/// aᵀ · b
template <class Real>
dense_matrix<Real> transposed_product(const dense_matrix<Real>& a, const dense_matrix<Real>& b) {
    dense_matrix<Real> result = dense_matrix<Real>::Zero(a.cols(), b.cols());
    add_transposed_product<Real>(part_from(a), part_from(b), part_to(result));
    return result;
}

/// M = left · diag(values) · rightᵀ with min(rows, columns) values, descending.
template <class Real>
struct core_svd {
    dense_matrix<Real> left;
    dense_vector<Real> values;
    dense_matrix<Real> right;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
