/// @file
/// QR of one factor of W = A·B, scaled so that no weight overflows or underflows on the way.
#ifndef SVDLENS_LINALG_DETAIL_SCALED_QR_HPP
#define SVDLENS_LINALG_DETAIL_SCALED_QR_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "../matrix.hpp"
#include "core_svd.hpp"
#include "finite.hpp"
#include "householder_qr.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// An upper bound of ‖m‖₂, at most n^(1/128) times too large (3 % for n = 64) but for rounding, by five
/// squarings of mᵀm: ‖m‖₂^64 <= ‖(mᵀm)^32‖_F <= √n ‖m‖₂^64. No start vector, no iteration that might not
/// converge. O(n³).
template <class Real>
Real spectral_norm(const dense_matrix<Real>& m) {
    const Real scale = m.norm();
    if (scale == 0) return 0;
    const dense_matrix<Real> unit = m / scale;
    dense_matrix<Real> power = transposed_product<Real>(unit, unit);
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

/// The columns of m times 2^-exponent, each with its own. Rows of m are read sixteen at a time, so that a
/// row-major matrix is not read once for every column. In two factors: one alone may be no normal number.
template <std::floating_point T>
void copy_scaled(const basic_matrix<T>& m, std::span<const int> exponents, dense_part<T> out) {
    constexpr std::size_t strip = 16;
    for (std::size_t first = 0; first < m.rows(); first += strip) {
        const std::size_t count = (std::min)(strip, m.rows() - first);
        for (std::size_t j = 0; j < m.columns(); ++j) {
            const T* const from = m.data() + first * m.row_stride() + j * m.column_stride();
            T* const to = out.data() + static_cast<std::ptrdiff_t>(j) * out.outerStride() + first;
            const T factor = std::ldexp(T{1}, -exponents[j] / 2);
            const T other = std::ldexp(T{1}, -exponents[j] - -exponents[j] / 2);
            for (std::size_t i = 0; i < count; ++i) to[i] = from[i * m.row_stride()] * factor * other;
        }
    }
}

/// M = Q · R · diag(2^exponents) with Q of min(rows, columns) orthonormal columns. A wide M is its own R.
///
/// The scales are powers of two, so nothing is rounded, and entries are near 1: squares of weights of 1e30 or
/// 1e-30 would not fit a float.
template <std::floating_point T>
class scaled_qr {
  public:
    /// How many values `compute` needs room for.
    static std::size_t room(const basic_matrix<T>& m) {
        if (m.rows() < m.columns()) return 0;
        return householder_qr<T>::room(static_cast<Eigen::Index>(m.rows()),
                                       static_cast<Eigen::Index>(m.columns()));
    }

    /// Decomposes a finite matrix, all of whose columns are scaled by one exponent, which is returned.
    int compute(const basic_matrix<T>& m, T* memory) {
        const int exponent = binary_exponent(largest_magnitude(m));
        compute(m, std::vector<int>(m.columns(), exponent), memory);
        return exponent;
    }

    /// Decomposes a finite matrix with exponents that leave no entry far above 1. `memory` is used as long as
    /// this object is.
    void compute(const basic_matrix<T>& m, std::span<const int> exponents, T* memory) {
        const auto rows = static_cast<Eigen::Index>(m.rows());
        const auto columns = static_cast<Eigen::Index>(m.columns());
        wide_ = rows < columns;
        if (wide_) {
            rest_.resize(rows, columns);
            copy_scaled(m, exponents, part_to(rest_));
            return;
        }
        copy_scaled(m, exponents, qr_.clear(rows, columns, memory));
        qr_.compute();
    }

    /// R, min(rows, columns) × columns.
    const dense_matrix<T>& rest() const { return wide_ ? rest_ : qr_.triangle(); }

    /// Writes Q · top, one result column after the other: rows × top.cols() values from `out` on.
    void multiply(const dense_matrix<T>& top, T* out) const {
        if (wide_)
            std::copy_n(top.data(), top.size(), out);
        else
            qr_.multiply(top, out);
    }

  private:
    bool wide_ = false;
    dense_matrix<T> rest_; // of a wide matrix
    householder_qr<T> qr_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
