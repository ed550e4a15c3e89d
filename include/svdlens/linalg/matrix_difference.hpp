/// @file
/// The difference of two matrices, taken when its values are asked for.
#ifndef SVDLENS_LINALG_MATRIX_DIFFERENCE_HPP
#define SVDLENS_LINALG_MATRIX_DIFFERENCE_HPP

#include <concepts>
#include <cstddef>
#include <memory>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "matrix.hpp"

namespace svdlens::inline v0_2 {

/// A - B, deferred: O(1). Both may be deferred. Rounded once: exact where entries are within a factor of two of
/// each other.
/// @throws argument_error (invalid_argument) when the shapes differ
template <std::floating_point T>
basic_matrix<T> matrix_difference(const basic_matrix<T>& A, const basic_matrix<T>& B) {
    if (A.rows() != B.rows() || A.columns() != B.columns())
        throw argument_error(errc::invalid_argument, "matrix_difference: expected " + to_text(A.rows()) +
                                                         " x " + to_text(A.columns()) + ", found " +
                                                         to_text(B.rows()) + " x " + to_text(B.columns()));
    return deferred_matrix<T>(A.rows(), A.columns(), [A, B](const matrix_part& part) {
        const auto of = [&](const basic_matrix<T>& m) {
            return m.row_range(part.row, part.rows).column_range(part.column, part.columns).resident();
        };
        const auto a = of(A), b = of(B);
        std::shared_ptr<T[]> values(new T[part.rows * part.columns]);
        T* value = values.get();
        for (std::size_t i = 0; i < part.rows; ++i)
            for (std::size_t j = 0; j < part.columns; ++j) *value++ = a(i, j) - b(i, j);
        return basic_matrix<T>(values.get(), part.rows, part.columns, values);
    });
}

} // namespace svdlens::inline v0_2

#endif
