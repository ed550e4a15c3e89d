/// @file
/// Several matrices as one, below each other, without a copy.
#ifndef SVDLENS_LINALG_STACKED_MATRIX_HPP
#define SVDLENS_LINALG_STACKED_MATRIX_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Matrices of one shape below each other, part by part. A part that lies in one of them is a view of it.
template <std::floating_point T>
struct stacked_parts {
    std::vector<basic_matrix<T>> pieces; ///< at least one, of at least one row

    basic_matrix<T> operator()(const matrix_part& part) const {
        const std::size_t each = pieces.front().rows(), piece = part.row / each, within = part.row % each;
        if (part.rows != 0 && within + part.rows <= each)
            return pieces[piece].row_range(within, part.rows).column_range(part.column, part.columns);
        std::shared_ptr<T[]> values(new T[part.rows * part.columns]);
        for (std::size_t row = 0; row < part.rows;) row += copy(part, row, values.get());
        return basic_matrix<T>(values.get(), part.rows, part.columns, values);
    }

  private:
    /// Copies the rows from the given one of the part on that lie in one piece. Returns how many.
    std::size_t copy(const matrix_part& part, std::size_t row, T* out) const {
        const std::size_t each = pieces.front().rows(), at = part.row + row;
        const std::size_t count = (std::min)(part.rows - row, each - at % each);
        const auto from =
            pieces[at / each].row_range(at % each, count).column_range(part.column, part.columns);
        const auto values = from.resident();
        for (std::size_t i = 0; i < count; ++i)
            for (std::size_t j = 0; j < part.columns; ++j)
                out[(row + i) * part.columns + j] =
                    values.data()[i * values.row_stride() + j * values.column_stride()];
        return count;
    }
};

} // namespace detail

/// Matrices of one shape below each other, deferred: O(pieces), and what is asked for at a time.
/// @throws argument_error (invalid_argument) when their shapes differ
template <std::floating_point T>
basic_matrix<T> stacked_matrix(std::vector<basic_matrix<T>> pieces) {
    if (pieces.empty()) return {};
    const std::size_t rows = pieces.front().rows(), columns = pieces.front().columns();
    for (const auto& each : pieces)
        if (each.rows() != rows || each.columns() != columns)
            throw argument_error(errc::invalid_argument,
                                 "stacked matrices: expected " + to_text(rows) + " x " + to_text(columns) +
                                     ", found " + to_text(each.rows()) + " x " + to_text(each.columns()));
    if (pieces.size() == 1 || rows == 0) return std::move(pieces.front());
    const std::size_t all = pieces.size() * rows;
    return deferred_matrix<T>(all, columns, detail::stacked_parts<T>{std::move(pieces)});
}

} // namespace svdlens::inline v0_2

#endif
