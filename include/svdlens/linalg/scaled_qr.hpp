/// @file
/// Householder QR of one factor of W = A·B, scaled so that no weight overflows or underflows on the way.
#ifndef SVDLENS_LINALG_SCALED_QR_HPP
#define SVDLENS_LINALG_SCALED_QR_HPP

#include <Eigen/Core>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>

#include "core_svd.hpp"
#include "eigen_map.hpp"
#include "matrix.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// An upper bound of ‖m‖₂, at most n^(1/128) times too large (3 % for n = 64), by five squarings of mᵀm:
/// ‖m‖₂^64 <= ‖(mᵀm)^32‖_F <= √n ‖m‖₂^64. No start vector, no iteration that might not converge. O(n³).
template <class Real>
Real spectral_norm(const dense_matrix<Real>& m) {
    const Real scale = m.norm();
    if (scale == 0) return 0;
    const dense_matrix<Real> unit = m / scale;
    dense_matrix<Real> power = product<Real>(unit.transpose(), unit);
    Real logarithm = 0; // (unitᵀ unit)^exponent = power · e^logarithm
    int exponent = 1;
    for (; exponent < 32; exponent *= 2) {
        const Real norm = power.norm();
        power /= norm;
        power = product(power, power);
        logarithm = 2 * (logarithm + std::log(norm));
    }
    return scale * std::exp((logarithm + std::log(power.norm())) / static_cast<Real>(2 * exponent));
}

/// The e for which 2^-e · largest is about 1; 2^e and 2^-e are normal numbers.
template <std::floating_point T>
int binary_exponent(T largest) {
    constexpr int limit = std::numeric_limits<T>::max_exponent - 8;
    if (largest == 0) return 0;
    int exponent = 0;
    std::frexp(largest, &exponent);
    return (std::max)(-limit, (std::min)(limit, exponent));
}

/// M = 2^exponent · Q · R with Q of min(rows, columns) columns, kept as Householder vectors.
///
/// The scale is a power of two, so nothing is rounded, and R's entries are near 1: squares of weights of 1e30
/// or 1e-30 would not fit a float.
template <std::floating_point T>
class scaled_qr {
  public:
    explicit scaled_qr(const basic_matrix<T>& m) {
        with_map(m, [&](const auto& map) {
            exponent_ = binary_exponent(map.cwiseAbs().maxCoeff());
            qr_.compute(map * std::ldexp(T{1}, -exponent_));
        });
    }

    int exponent() const { return exponent_; }

    /// R, min(rows, columns) × columns.
    dense_matrix<double> triangle() const {
        const Eigen::Index size = (std::min)(qr_.rows(), qr_.cols());
        const column_major_matrix<T> upper =
            qr_.matrixQR().topRows(size).template triangularView<Eigen::Upper>();
        return upper.template cast<double>();
    }

    /// Writes Q · top, one result column after the other: rows × top.cols() values from `out` on.
    void multiply(const dense_matrix<double>& top, T* out) const {
        Eigen::Map<column_major_matrix<T>> result(out, qr_.rows(), top.cols());
        result.topRows(top.rows()) = top.cast<T>();
        result.bottomRows(qr_.rows() - top.rows()).setZero();
        result.applyOnTheLeft(qr_.householderQ());
    }

  private:
    int exponent_ = 0;
    Eigen::HouseholderQR<column_major_matrix<T>> qr_;
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
