/// @file
/// The singular value decomposition of small matrices by one-sided Jacobi rotations.
///
/// Why not one of Eigen's: its divide and conquer loses half of the digits where singular values repeat,
/// its two-sided Jacobi is several times slower, and either costs a unit that decomposes tens of seconds
/// to compile.
#ifndef SVDLENS_LINALG_DETAIL_JACOBI_SVD_HPP
#define SVDLENS_LINALG_DETAIL_JACOBI_SVD_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "core_svd.hpp"
#include "householder_qr.hpp"
#include "lane_jacobi.hpp"
#include "scaled_qr.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Replaces columns from `first` on, which have no direction of their own, so that all are orthonormal. Each
/// is made from the coordinate axis that is farthest from the columns before it, at least 1/√rows away.
/// O(rows² · columns).
template <class Real>
void complete_basis(dense_matrix<Real>& q, Eigen::Index first) {
    for (Eigen::Index k = first; k < q.cols(); ++k) {
        Eigen::Index axis = 0;
        q.leftCols(k).rowwise().squaredNorm().minCoeff(&axis);
        q.col(k).setZero();
        q(axis, k) = 1;
        for (int round = 0; round < 2; ++round) { // twice: the second round removes what rounding left
            for (Eigen::Index j = 0; j < k; ++j) q.col(k) -= q.col(j).dot(q.col(k)) * q.col(j);
            q.col(k).normalize();
        }
    }
}

/// One step of Newton and Schulz: nearly orthonormal columns become orthonormal to the last places.
template <class Real>
void orthonormalize(dense_matrix<Real>& q) {
    dense_matrix<Real> correction = transposed_product<Real>(q, q);
    correction.diagonal().array() -= 1;
    correction /= -2;
    q += product<Real>(q, correction);
}

/// The columns of a lane, the longest first, at unit length, and their lengths.
template <class Real>
void read_lane(const lane_jacobi<Real>& lanes, std::size_t lane, dense_matrix<Real>& directions,
               dense_vector<Real>& lengths) {
    std::vector<std::size_t> order(lanes.columns());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return lanes.length(lane, a) > lanes.length(lane, b);
    });
    Eigen::Index known = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
        const auto to = static_cast<Eigen::Index>(k);
        lengths(to) = lanes.length(lane, order[k]);
        if (!(lengths(to) > lanes.no_length)) continue;
        lanes.read_column(lane, order[k], 1 / lengths(to), directions.data() + to * directions.rows());
        known = to + 1;
    }
    complete_basis(directions, known);
    orthonormalize(directions);
}

/// The orthonormal basis that Gram and Schmidt make of the columns of a square matrix, one after the other,
/// however short or dependent they are.
template <class Real>
dense_matrix<Real> orthonormal_basis(const dense_matrix<Real>& m) {
    householder_qr<Real> qr;
    std::vector<Real> memory(qr.room(m.rows(), m.cols()));
    qr.clear(m.rows(), m.cols(), memory.data()) = m;
    qr.compute();
    dense_matrix<Real> signs = dense_matrix<Real>::Zero(m.cols(), m.cols());
    for (Eigen::Index k = 0; k < m.cols(); ++k) signs(k, k) = qr.triangle()(k, k) < 0 ? Real{-1} : Real{1};
    dense_matrix<Real> result(m.rows(), m.cols());
    qr.multiply(signs, result.data());
    return result;
}

/// Matrices of one shape that are decomposed side by side. Each result is the same as if it were alone.
///
/// The rotations give the left vectors U and S. V is made from MᵀU = V S, whose columns are orthogonal up to
/// the rounding of M: orthonormalising them in order of S gives V with ‖M - U S Vᵀ‖ of a few ε ‖M‖, for any
/// spectrum, and saves half of the rotations' work. O(rows · columns · min) each.
template <class Real>
class jacobi_batch {
  public:
    /// The most matrices for which arrays that are gone through again and again still fit the cache.
    static std::size_t most_lanes(Eigen::Index rows, Eigen::Index columns) {
        constexpr std::size_t most_values = (std::size_t{1} << 19) / sizeof(Real);
        std::size_t lanes = lane_jacobi<Real>::most_lanes;
        const auto size = static_cast<std::size_t>(rows * columns);
        while (lanes > lane_jacobi<Real>::fewest_lanes && lanes * size > most_values) lanes /= 2;
        return lanes;
    }

    /// Room for `count` matrices, `most_lanes` at most.
    jacobi_batch(Eigen::Index rows, Eigen::Index columns, std::size_t count) :
        wide_(rows < columns), lanes_(static_cast<std::size_t>((std::max)(rows, columns)),
                                      static_cast<std::size_t>((std::min)(rows, columns)), count) {}

    /// Adds a finite matrix.
    void add(const dense_matrix<Real>& m) {
        if (wide_)
            matrices_.push_back(m.transpose());
        else
            matrices_.push_back(m);
        auto& scaled = matrices_.back();
        exponents_.push_back(
            binary_exponent(largest_magnitude(scaled.data(), static_cast<std::size_t>(scaled.size()))));
        scaled *= std::ldexp(Real{1}, -exponents_.back());
        lanes_.write(matrices_.size() - 1, scaled.data());
    }

    /// Decomposes all.
    void run() { lanes_.run(); }

    /// The decomposition of the k-th matrix is 2^exponent(k) times the result.
    int exponent(std::size_t k) const { return exponents_[k]; }

    core_svd<Real> operator[](std::size_t k) const {
        const auto& m = matrices_[k];
        core_svd<Real> result{dense_matrix<Real>(m.rows(), m.cols()), dense_vector<Real>(m.cols()), {}};
        read_lane(lanes_, k, result.left, result.values);
        result.right = orthonormal_basis(transposed_product<Real>(m, result.left));
        if (wide_) std::swap(result.left, result.right);
        return result;
    }

    /// Forgets all matrices.
    void clear() {
        matrices_.clear();
        exponents_.clear();
        lanes_.clear();
    }

  private:
    bool wide_;
    lane_jacobi<Real> lanes_;
    std::vector<dense_matrix<Real>> matrices_; // tall or square, largest entry about 1
    std::vector<int> exponents_;
};

/// The thin SVD of a finite matrix. O(rows · columns · min), about six sweeps of min²/2 rotations.
template <class Real>
core_svd<Real> jacobi_svd(const dense_matrix<Real>& m) {
    jacobi_batch<Real> batch(m.rows(), m.cols(), 1);
    batch.add(m);
    batch.run();
    auto result = batch[0];
    result.values *= std::ldexp(Real{1}, batch.exponent(0));
    return result;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
