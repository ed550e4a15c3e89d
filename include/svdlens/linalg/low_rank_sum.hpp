/// @file
/// A matrix to which a product of two thin ones is added when its values are asked for.
#ifndef SVDLENS_LINALG_LOW_RANK_SUM_HPP
#define SVDLENS_LINALG_LOW_RANK_SUM_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "detail/filled_rows.hpp"
#include "matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// W + scale B A, part by part: makes parts that lie in memory as those of W do. O(values · rank), in double.
template <std::floating_point T>
struct with_product {
    basic_matrix<T> W;
    basic_matrix<T> B;
    basic_matrix<T> A;
    double scale;

    basic_matrix<T> operator()(const matrix_part& part) const {
        const auto from = W.row_range(part.row, part.rows).column_range(part.column, part.columns).resident();
        const auto b = B.row_range(part.row, part.rows).resident();
        const auto a = A.column_range(part.column, part.columns).resident();
        if (from.column_stride() == 1) return sum(from, b, a, scale);
        return sum(from.transposed(), a.transposed(), b.transposed(), scale).transposed();
    }

    /// Columns whose sums are held in registers.
    static constexpr std::size_t strip = 16;

    /// Every entry is summed over the rank in ascending order: whatever part it is made in, the same bits.
    static basic_matrix<T> sum(const basic_matrix<T>& from, const basic_matrix<T>& b,
                               const basic_matrix<T>& a, double scale) {
        const std::size_t rank = a.rows(), columns = a.columns();
        const auto across = strips_of(a);
        std::vector<double> down(rank);
        return filled_rows(from, [&](std::size_t i, const T* row, T* out) {
            for (std::size_t q = 0; q < rank; ++q) down[q] = static_cast<double>(b(i, q));
            for (std::size_t first = 0; first < columns; first += strip) {
                const double* line = across.data() + first * rank;
                double product[strip] = {};
                for (std::size_t q = 0; q < rank; ++q, line += strip)
                    for (std::size_t j = 0; j < strip; ++j) product[j] += down[q] * line[j];
                const std::size_t count = (std::min)(strip, columns - first);
                for (std::size_t j = 0; j < count; ++j)
                    out[first + j] = static_cast<T>(static_cast<double>(row[first + j]) + scale * product[j]);
            }
        });
    }

    /// A strip of columns after the other, row by row, the last one filled up with zeros.
    static std::vector<double> strips_of(const basic_matrix<T>& a) {
        const std::size_t rank = a.rows(), columns = a.columns();
        std::vector<double> values((columns + strip - 1) / strip * strip * rank);
        for (std::size_t q = 0; q < rank; ++q)
            for (std::size_t j = 0; j < columns; ++j)
                values[j / strip * strip * rank + q * strip + j % strip] = static_cast<double>(a(q, j));
        return values;
    }
};

} // namespace detail

/// W + scale · B A, deferred: O(1); B is rows × r, A r × columns. All three may be deferred. Sums are in double
/// and rounded once. A part of m × n entries takes O(m n r) and, beside its values, r n doubles (m of them where
/// W lies by columns).
/// @throws argument_error (invalid_argument) when the shapes do not fit each other
template <std::floating_point T>
basic_matrix<T> low_rank_sum(const basic_matrix<T>& W, const basic_matrix<T>& B, const basic_matrix<T>& A,
                             double scale) {
    if (B.rows() != W.rows() || A.columns() != W.columns() || B.columns() != A.rows())
        throw argument_error(errc::invalid_argument, "low_rank_sum: expected " + to_text(W.rows()) +
                                                         " x r and r x " + to_text(W.columns()) + ", found " +
                                                         to_text(B.rows()) + " x " + to_text(B.columns()) +
                                                         " and " + to_text(A.rows()) + " x " +
                                                         to_text(A.columns()));
    return deferred_matrix<T>(W.rows(), W.columns(), detail::with_product<T>{W, B, A, scale});
}

} // namespace svdlens::inline v0_2

#endif
