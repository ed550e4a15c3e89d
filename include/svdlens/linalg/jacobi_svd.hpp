/// @file
/// The singular value decomposition of a small matrix by one-sided Jacobi rotations.
///
/// Why not one of Eigen's: its divide and conquer loses half of the digits where singular values repeat, its
/// two-sided Jacobi is slower than this one, and either costs a unit that decomposes tens of seconds to
/// compile.
#ifndef SVDLENS_LINALG_JACOBI_SVD_HPP
#define SVDLENS_LINALG_JACOBI_SVD_HPP

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "core_svd.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Columns that are made orthogonal pair by pair: G = M V with G's columns orthogonal, V orthogonal (Hestenes
/// 1958). Each rotation is exact to the last places relative to the two columns, whatever their lengths, so
/// small singular values keep their digits (Demmel and Veselić 1992).
template <class Real>
class jacobi_rotations {
  public:
    explicit jacobi_rotations(dense_matrix<Real> m) :
        g_(std::move(m)), v_(dense_matrix<Real>::Identity(g_.cols(), g_.cols())), squares_(g_.cols()) {
        constexpr int most_sweeps =
            60; // about 8 are needed; rounding noise may keep a pair just above the bound
        for (int sweep = 0; sweep < most_sweeps && rotate_all(); ++sweep) {
        }
    }

    /// G, whose columns are the left vectors times the singular values, and V. In no order.
    const dense_matrix<Real>& scaled_left() const { return g_; }
    const dense_matrix<Real>& right() const { return v_; }

  private:
    /// Rotates every pair of columns that is not orthogonal. False when none was.
    bool rotate_all() {
        for (Eigen::Index j = 0; j < g_.cols(); ++j) squares_(j) = g_.col(j).squaredNorm();
        bool rotated = false;
        for (Eigen::Index i = 0; i + 1 < g_.cols(); ++i) {
            move_longest_to(i);
            for (Eigen::Index j = i + 1; j < g_.cols(); ++j) rotated = rotate(i, j) || rotated;
        }
        return rotated;
    }

    /// De Rijk's pivoting (1989): longer columns first, which saves sweeps.
    void move_longest_to(Eigen::Index i) {
        Eigen::Index longest = i;
        for (Eigen::Index j = i + 1; j < g_.cols(); ++j)
            if (squares_(j) > squares_(longest)) longest = j;
        if (longest == i) return;
        g_.col(i).swap(g_.col(longest));
        v_.col(i).swap(v_.col(longest));
        std::swap(squares_(i), squares_(longest));
    }

    bool rotate(Eigen::Index i, Eigen::Index j) {
        constexpr Real bound = 4 * std::numeric_limits<Real>::epsilon();
        const Real product = g_.col(i).dot(g_.col(j));
        if (std::abs(product) <= bound * std::sqrt(squares_(i)) * std::sqrt(squares_(j))) return false;
        const Real tau = (squares_(j) - squares_(i)) / (2 * product);
        const Real tangent = std::copysign(1 / (std::abs(tau) + std::hypot(Real{1}, tau)), tau);
        const Real cosine = 1 / std::sqrt(1 + tangent * tangent);
        turn(g_, i, j, cosine, cosine * tangent);
        turn(v_, i, j, cosine, cosine * tangent);
        squares_(i) = (std::max)(squares_(i) - tangent * product, Real{0});
        squares_(j) = (std::max)(squares_(j) + tangent * product, Real{0});
        return true;
    }

    static void turn(dense_matrix<Real>& m, Eigen::Index i, Eigen::Index j, Real cosine, Real sine) {
        Real* const a = m.data() + i * m.rows();
        Real* const b = m.data() + j * m.rows();
        for (Eigen::Index k = 0; k < m.rows(); ++k) {
            const Real x = a[k];
            a[k] = cosine * x - sine * b[k];
            b[k] = sine * x + cosine * b[k];
        }
    }

    dense_matrix<Real> g_;
    dense_matrix<Real> v_;
    dense_vector<Real> squares_;
};

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
    dense_matrix<Real> excess(q.cols(), q.cols());
    excess.noalias() = q.transpose() * q;
    excess.diagonal().array() -= 1;
    dense_matrix<Real> correction(q.rows(), q.cols());
    correction.noalias() = q * excess;
    q -= correction / 2;
}

/// The thin SVD of a finite matrix whose squares neither overflow nor vanish. O(rows · columns · min), about
/// eight sweeps of min²/2 rotations.
template <class Real>
core_svd<Real> jacobi_svd(const dense_matrix<Real>& m) {
    if (m.rows() < m.cols()) {
        auto transposed = jacobi_svd<Real>(m.transpose());
        return {std::move(transposed.right), std::move(transposed.values), std::move(transposed.left)};
    }
    const jacobi_rotations<Real> rotations(m);
    const Eigen::Index n = m.cols();
    // The rounding of many rotations stretches a column of G and of V alike: the quotient is free of it.
    const dense_vector<Real> lengths = rotations.scaled_left()
                                           .colwise()
                                           .norm()
                                           .cwiseQuotient(rotations.right().colwise().norm())
                                           .transpose();
    std::vector<Eigen::Index> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](Eigen::Index a, Eigen::Index b) { return lengths(a) > lengths(b); });

    core_svd<Real> result{dense_matrix<Real>(m.rows(), n), dense_vector<Real>(n), dense_matrix<Real>(n, n)};
    // Rotations make columns orthogonal relative to their own lengths, rounding noise of a rank-deficient
    // matrix included. Only what is so short that its squares could vanish has no direction.
    constexpr Real epsilon = std::numeric_limits<Real>::epsilon();
    const Real nothing = n == 0 ? 0 : lengths(order.front()) * epsilon * epsilon;
    Eigen::Index known = 0;
    for (Eigen::Index k = 0; k < n; ++k) {
        const Eigen::Index from = order[static_cast<std::size_t>(k)];
        result.values(k) = lengths(from);
        result.right.col(k) = rotations.right().col(from);
        if (!(lengths(from) > nothing)) continue;
        result.left.col(k) = rotations.scaled_left().col(from).normalized();
        known = k + 1;
    }
    complete_basis(result.left, known);
    orthonormalize(result.left);
    orthonormalize(result.right);
    return result;
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
