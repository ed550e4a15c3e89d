/// @file
/// QR by Householder reflections, sixteen columns at a time, with all reflections as one product.
#ifndef SVDLENS_LINALG_DETAIL_HOUSEHOLDER_QR_HPP
#define SVDLENS_LINALG_DETAIL_HOUSEHOLDER_QR_HPP

#include <algorithm>
#include <cassert>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>

#include <Eigen/Core>

#include "core_svd.hpp"
#include "lanes.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// M = Q R for a tall or square M. The reflections of sixteen columns together are I - V T Vᵀ; kept are V and
/// T⁻¹, whose upper triangle is that of VᵀV, the diagonal halved (Puglisi 1992). One T for all columns would
/// save a product, but its rounding errors grow with its size: twice as far from orthonormal.
///
/// Why not Eigen's: its panels of 48 columns leave most of the work of 64 columns to matrix times vector.
template <std::floating_point T>
class householder_qr {
  public:
    /// How many values `clear` needs room for.
    static std::size_t room(Eigen::Index rows, Eigen::Index columns) {
        return static_cast<std::size_t>(padded(rows) * columns);
    }

    /// Where the caller puts a matrix. `memory` is used as long as this object is.
    dense_part<T> clear(Eigen::Index rows, Eigen::Index columns, T* memory) {
        assert(rows >= columns);
        rows_ = rows;
        columns_ = columns;
        values_ = memory;
        for (Eigen::Index j = 0; j < columns; ++j)
            std::fill(column(j) + rows, column(j) + padded(rows), T{0});
        return {values_, rows, columns, Eigen::OuterStride<>(padded(rows))};
    }

    /// Decomposes what `clear` was filled with. Entries near 1 at most. O(rows · columns²).
    void compute() {
        r_.setZero(columns_, columns_);
        inverse_t_.setZero(panel, columns_);
        for (Eigen::Index first = 0; first < columns_; first += panel) {
            const Eigen::Index last = first + panel_width(first);
            factor_panel(first, last);
            multiply_reflections(first, last);
            if (last < columns_)
                reflect(first, dense_part<T>(column(last), length(), columns_ - last, stride()),
                        [&](dense_matrix<T>& factor) { multiply_by_t(factor, first); });
        }
    }

    /// columns × columns, upper triangular; the diagonal of either sign.
    const dense_matrix<T>& triangle() const { return r_; }

    /// Writes Q · [top; 0], one result column after the other: rows × top.cols() values from `out` on.
    void multiply(const dense_matrix<T>& top, T* out) const {
        dense_part<T> result(out, rows_, top.cols(), Eigen::OuterStride<>(rows_));
        result.topRows(columns_) = top;
        result.bottomRows(rows_ - columns_).setZero();
        for (Eigen::Index first = (columns_ - 1) / panel * panel; first >= 0; first -= panel)
            reflect(first, result, [&](dense_matrix<T>& factor) { multiply_by_transposed_t(factor, first); });
    }

  private:
    static constexpr Eigen::Index panel = 16;

    static Eigen::Index padded(Eigen::Index rows) {
        constexpr auto stripe = static_cast<Eigen::Index>(dot_width<T>);
        return (rows + stripe - 1) / stripe * stripe;
    }

    Eigen::Index length() const { return padded(rows_); }
    T* column(Eigen::Index j) { return values_ + j * length(); }

    Eigen::OuterStride<> stride() const { return Eigen::OuterStride<>(length()); }
    Eigen::Index panel_width(Eigen::Index first) const { return (std::min)(panel, columns_ - first); }

    /// target -= V T' Vᵀ target with the reflections of one panel. `use_t` makes (T' Vᵀ target)ᵀ of
    /// (Vᵀ target)ᵀ, transposed because its columns are then long enough for vector instructions.
    template <class UseT>
    void reflect(Eigen::Index first, dense_part<T> target, UseT use_t) const {
        const Eigen::Index rows = target.rows() - first; // V is zero above
        const const_dense_part<T> v(values_ + first * length() + first, rows, panel_width(first), stride());
        const dense_part<T> below(target.data() + first, rows, target.cols(),
                                  Eigen::OuterStride<>(target.outerStride()));
        dense_matrix<T> factor = dense_matrix<T>::Zero(target.cols(), v.cols());
        const const_dense_part<T> before(below.data(), rows, target.cols(),
                                         Eigen::OuterStride<>(target.outerStride()));
        add_transposed_product<T>(before, v, part_to(factor));
        use_t(factor);
        const dense_matrix<T> transposed = -factor.transpose();
        add_product<T>(v, part_from(transposed), below);
    }

    /// factor · T
    void multiply_by_t(dense_matrix<T>& factor, Eigen::Index first) const {
        for (Eigen::Index j = 0; j < factor.cols(); ++j) {
            for (Eigen::Index k = 0; k < j; ++k) subtract_column(factor, j, inverse_t_(k, first + j), k);
            factor.col(j) /= inverse_t_(j, first + j);
        }
    }

    /// factor · Tᵀ
    void multiply_by_transposed_t(dense_matrix<T>& factor, Eigen::Index first) const {
        for (Eigen::Index j = factor.cols() - 1; j >= 0; --j) {
            factor.col(j) /= inverse_t_(j, first + j);
            for (Eigen::Index k = 0; k < j; ++k) subtract_column(factor, k, inverse_t_(k, first + j), j);
        }
    }

    static void subtract_column(dense_matrix<T>& m, Eigen::Index k, T factor, Eigen::Index j) {
        add_multiple(m.data() + k * m.rows(), -factor, m.data() + j * m.rows(),
                     static_cast<std::size_t>(m.rows()));
    }

    void factor_panel(Eigen::Index first, Eigen::Index last) {
        for (Eigen::Index j = first; j < last; ++j) {
            const T tau = make_reflection(j);
            const std::size_t above = static_cast<std::size_t>(j) / dot_width<T> * dot_width<T>;
            const std::size_t count = static_cast<std::size_t>(length()) - above;
            for (Eigen::Index k = j + 1; k < last; ++k) {
                const T factor = tau * dot(column(j) + above, column(k) + above, count);
                add_multiple(column(k) + above, -factor, column(j) + above, count);
            }
        }
    }

    /// T⁻¹ of a panel. By `dot`, whose partial sums round less than those of a product, which for equal
    /// entries all round in the same direction.
    void multiply_reflections(Eigen::Index first, Eigen::Index last) {
        const auto count = static_cast<std::size_t>(length());
        for (Eigen::Index j = first; j < last; ++j) {
            for (Eigen::Index i = first; i < j; ++i)
                inverse_t_(i - first, j) = dot(column(i), column(j), count);
            inverse_t_(j - first, j) = dot(column(j), column(j), count) / 2;
        }
    }

    /// Moves a column's part of R out and leaves v with v_j = 1 and zeros above. Returns 2 / ‖v‖².
    T make_reflection(Eigen::Index j) {
        T* const x = column(j);
        std::copy_n(x, j, r_.data() + j * r_.rows());
        std::fill_n(x, j, T{0});
        const T square = dot(x, x, static_cast<std::size_t>(length()));
        // A column whose squares vanish is zero beside entries near 1.
        constexpr T nothing = (std::numeric_limits<T>::min)() / std::numeric_limits<T>::epsilon();
        if (square < nothing) std::fill_n(x + j + 1, length() - j - 1, T{0});
        const T head = x[j];
        const T norm = square < nothing ? std::abs(head) : std::sqrt(square);
        r_(j, j) = head > 0 ? -norm : norm;
        const T pivot = head - r_(j, j);
        x[j] = 1;
        if (pivot == 0) return 2;
        for (Eigen::Index i = j + 1; i < length(); ++i) x[i] /= pivot;
        return -pivot / r_(j, j);
    }

    Eigen::Index rows_ = 0;
    Eigen::Index columns_ = 0;
    T* values_ = nullptr; // the matrix before, the reflections V after; zero rows fill up vectors
    dense_matrix<T> r_;
    dense_matrix<T> inverse_t_; // T⁻¹ of each panel beside that of the one before
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
