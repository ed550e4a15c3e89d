/// @file
/// The product of two matrices that is made when its values are asked for.
#ifndef SVDLENS_LINALG_PRODUCT_MATRIX_HPP
#define SVDLENS_LINALG_PRODUCT_MATRIX_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A B, part by part: every value a sum in double in the order of the inner axis, whatever the part.
template <std::floating_point T>
struct product_parts {
    basic_matrix<T> A;
    basic_matrix<T> B;

    basic_matrix<T> operator()(const matrix_part& part) const {
        const auto left = A.row_range(part.row, part.rows).resident();
        const auto right = B.column_range(part.column, part.columns).resident();
        std::vector<T> values(part.rows * part.columns);
        std::vector<double> sums(part.columns);
        for (std::size_t i = 0; i < part.rows; ++i) {
            sums.assign(part.columns, 0.0);
            for (std::size_t k = 0; k < left.columns(); ++k) {
                const auto factor = static_cast<double>(left(i, k));
                const T* const row = right.data() + k * right.row_stride();
                for (std::size_t j = 0; j < part.columns; ++j)
                    sums[j] += factor * static_cast<double>(row[j * right.column_stride()]);
            }
            for (std::size_t j = 0; j < part.columns; ++j)
                values[i * part.columns + j] = static_cast<T>(sums[j]);
        }
        return basic_matrix<T>(std::move(values), part.rows, part.columns);
    }
};

} // namespace detail

/// A B, deferred: O(1), and 2 · inner operations a value that is asked for; the values of A and B that it
/// takes are in memory meanwhile. Sums in double, the same whatever part is asked for.
/// @throws argument_error (invalid_argument) when A has other columns than B rows
template <std::floating_point T>
basic_matrix<T> product_matrix(const basic_matrix<T>& A, const basic_matrix<T>& B) {
    if (A.columns() != B.rows())
        throw argument_error(errc::invalid_argument, "product: expected " + to_text(A.columns()) +
                                                         " rows, found " + to_text(B.rows()));
    return deferred_matrix<T>(A.rows(), B.columns(), detail::product_parts<T>{A, B});
}

} // namespace svdlens::inline v0_2

#endif
