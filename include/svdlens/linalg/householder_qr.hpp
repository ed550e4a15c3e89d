/// @file
/// QR by Householder reflections, sixteen columns at a time, with all reflections as one product.
#ifndef SVDLENS_LINALG_HOUSEHOLDER_QR_HPP
#define SVDLENS_LINALG_HOUSEHOLDER_QR_HPP

#include <Eigen/Core>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>

#include "core_svd.hpp"
#include "lanes.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// M = Q R for a tall or square M. Q = I - V T Vᵀ is the product of all reflections; kept are V and T⁻¹,
/// whose upper triangle is that of VᵀV, the diagonal halved (Puglisi 1992). So Q times a few columns is one
/// large product and two small ones.
///
/// Why not Eigen's: its panels of 48 columns leave most of the work of 64 columns to matrix times vector. A
/// third of its time here.
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
        r_.setZero(columns, columns);
        inverse_t_.setZero(columns, columns);
        return {values_, rows, columns, Eigen::OuterStride<>(padded(rows))};
    }

    /// Decomposes what `clear` was filled with. Entries near 1 at most. O(rows · columns²).
    void compute() {
        for (Eigen::Index first = 0; first < columns_; first += panel) {
            const Eigen::Index count = (std::min)(panel, columns_ - first);
            if (first != 0) reflect_panel(first, count);
            factor_panel(first, first + count);
            add_transposed_product<T>(columns(0, first + count, length()), columns(first, count, length()),
                                      part_to(inverse_t_, 0, first, first + count, count));
            for (Eigen::Index j = first; j < first + count; ++j) inverse_t_(j, j) /= 2;
        }
    }

    /// columns × columns, upper triangular; the diagonal of either sign.
    const dense_matrix<T>& triangle() const { return r_; }

    /// Writes Q · [top; 0], one result column after the other: rows × top.cols() values from `out` on.
    void multiply(const dense_matrix<T>& top, T* out) const {
        dense_part<T> result(out, rows_, top.cols(), Eigen::OuterStride<>(rows_));
        result.topRows(columns_) = top;
        result.bottomRows(rows_ - columns_).setZero();
        // T V₁ᵀ top, transposed: its columns are long enough for vector instructions.
        dense_matrix<T> factor = dense_matrix<T>::Zero(top.cols(), columns_);
        add_transposed_product<T>(part_of(top), columns(0, columns_, columns_), part_to(factor));
        for (Eigen::Index j = columns_ - 1; j >= 0; --j) {
            factor.col(j) /= inverse_t_(j, j);
            for (Eigen::Index k = 0; k < j; ++k) subtract_column(factor, k, inverse_t_(k, j), j);
        }
        add_product<T>(columns(0, columns_, rows_), part_of<T>(dense_matrix<T>(-factor.transpose())), result);
    }

  private:
    static constexpr Eigen::Index panel = 16;

    static Eigen::Index padded(Eigen::Index rows) {
        constexpr auto stripe = static_cast<Eigen::Index>(dot_width<T>);
        return (rows + stripe - 1) / stripe * stripe;
    }

    Eigen::Index length() const { return padded(rows_); }
    T* column(Eigen::Index j) { return values_ + j * length(); }

    /// The upper `rows` rows of some columns.
    const_dense_part<T> columns(Eigen::Index first, Eigen::Index count, Eigen::Index rows) const {
        return {values_ + first * length(), rows, count, Eigen::OuterStride<>(length())};
    }

    static void subtract_column(dense_matrix<T>& m, Eigen::Index k, T factor, Eigen::Index j) {
        add_multiple(m.data() + k * m.rows(), -factor, m.data() + j * m.rows(),
                     static_cast<std::size_t>(m.rows()));
    }

    /// Applies all reflections so far to the next columns: P -= V Tᵀ Vᵀ P.
    void reflect_panel(Eigen::Index first, Eigen::Index count) {
        dense_matrix<T> factor = dense_matrix<T>::Zero(count, first);
        add_transposed_product<T>(columns(first, count, length()), columns(0, first, length()),
                                  part_to(factor));
        for (Eigen::Index j = 0; j < first; ++j) {
            for (Eigen::Index k = 0; k < j; ++k) subtract_column(factor, j, inverse_t_(k, j), k);
            factor.col(j) /= inverse_t_(j, j);
        }
        add_product<T>(columns(0, first, length()), part_of<T>(dense_matrix<T>(-factor.transpose())),
                       dense_part<T>(column(first), length(), count, Eigen::OuterStride<>(length())));
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

    /// Moves a column's part of R out and leaves v with v_j = 1 and zeros above. Returns 2 / ‖v‖².
    T make_reflection(Eigen::Index j) {
        T* const x = column(j);
        std::copy_n(x, j, r_.data() + j * r_.rows());
        std::fill_n(x, j, T{0});
        const T square = dot(x, x, static_cast<std::size_t>(length()));
        // A column whose squares vanish is zero beside entries near 1.
        constexpr T nothing = std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon();
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
    dense_matrix<T> inverse_t_;
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
