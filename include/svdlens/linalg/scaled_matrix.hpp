/// @file
/// A matrix whose rows are scaled and whose columns are shifted when its values are asked for.
#ifndef SVDLENS_LINALG_SCALED_MATRIX_HPP
#define SVDLENS_LINALG_SCALED_MATRIX_HPP

#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// diag(factors) W - 1 shiftsᵀ, part by part: makes parts that lie in memory as those of W do. O(values),
/// in double.
template <std::floating_point T>
struct scaled_and_shifted {
    basic_matrix<T> W;
    std::vector<double> factors; ///< one a row
    std::vector<double> shifts;  ///< one a column; empty: none

    basic_matrix<T> operator()(const matrix_part& part) const {
        const auto from = W.row_range(part.row, part.rows).column_range(part.column, part.columns).resident();
        // Not initialised first: a part is made for every tile that reads it.
        std::shared_ptr<T[]> values(new T[part.rows * part.columns]);
        const double* const factor = factors.data() + part.row;
        const std::vector<double> none(shifts.empty() ? part.columns : 0);
        const double* const shift = shifts.empty() ? none.data() : shifts.data() + part.column;
        if (from.column_stride() != 1) {
            for (std::size_t j = 0; j < part.columns; ++j) {
                const T* const column = from.data() + j * from.column_stride();
                T* const out = values.get() + j * part.rows;
                for (std::size_t i = 0; i < part.rows; ++i) out[i] = each(factor[i], column[i], shift[j]);
            }
            return basic_matrix<T>(values.get(), part.columns, part.rows, values).transposed();
        }
        for (std::size_t i = 0; i < part.rows; ++i) {
            const T* const row = from.data() + i * from.row_stride();
            T* const out = values.get() + i * part.columns;
            for (std::size_t j = 0; j < part.columns; ++j) out[j] = each(factor[i], row[j], shift[j]);
        }
        return basic_matrix<T>(values.get(), part.rows, part.columns, values);
    }

    static T each(double factor, T value, double shift) {
        return static_cast<T>(factor * static_cast<double>(value) - shift);
    }
};

} // namespace detail

/// diag(factors) W - 1 shiftsᵀ, deferred: O(rows + columns). There is a factor for every row and a shift for
/// every column, or none at all.
template <std::floating_point T>
basic_matrix<T> scaled_matrix(const basic_matrix<T>& W, std::vector<double> factors,
                              std::vector<double> shifts) {
    return deferred_matrix<T>(W.rows(), W.columns(),
                              detail::scaled_and_shifted<T>{W, std::move(factors), std::move(shifts)});
}

} // namespace svdlens::inline v0_2

#endif
