/// @file
/// A matrix whose blocks are scaled when its values are asked for.
#ifndef SVDLENS_LINALG_BLOCK_SCALED_MATRIX_HPP
#define SVDLENS_LINALG_BLOCK_SCALED_MATRIX_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "detail/filled_rows.hpp"
#include "matrix.hpp"

namespace svdlens::inline v0_2 {

/// How many rows and columns share a factor.
struct block_shape {
    std::size_t rows;
    std::size_t columns;
};

namespace detail {

/// How many blocks hold `count` entries from `first` on.
constexpr std::size_t blocks_over(std::size_t first, std::size_t count, std::size_t block) {
    return count == 0 ? 0 : (first + count - 1) / block - first / block + 1;
}

/// W ∘ (scales of blocks), part by part: makes parts that lie in memory as those of W do. O(values), in double.
template <std::floating_point T>
struct block_scaled {
    basic_matrix<T> W;
    basic_matrix<T> scales;
    block_shape block;

    basic_matrix<T> operator()(const matrix_part& part) const {
        const auto factors = scales
                                 .row_range((std::min)(part.row / block.rows, scales.rows()),
                                            blocks_over(part.row, part.rows, block.rows))
                                 .column_range((std::min)(part.column / block.columns, scales.columns()),
                                               blocks_over(part.column, part.columns, block.columns))
                                 .resident();
        const auto from = W.row_range(part.row, part.rows).column_range(part.column, part.columns).resident();
        const block_shape begin{part.row % block.rows, part.column % block.columns};
        if (from.column_stride() == 1) return scaled(from, factors, block, begin);
        return scaled(from.transposed(), factors.transposed(), {block.columns, block.rows},
                      {begin.columns, begin.rows})
            .transposed();
    }

    /// @param begin how far in its block the first entry is
    static basic_matrix<T> scaled(const basic_matrix<T>& from, const basic_matrix<T>& factors,
                                  block_shape block, block_shape begin) {
        return filled_rows(from, [&](std::size_t i, const T* row, T* out) {
            const std::size_t line = (begin.rows + i) / block.rows;
            std::size_t j = 0;
            for (std::size_t k = 0; k < factors.columns(); ++k) {
                const auto factor = static_cast<double>(factors(line, k));
                const std::size_t left = block.columns - (k == 0 ? begin.columns : 0);
                const std::size_t end = j + (std::min)(left, from.columns() - j);
                for (; j < end; ++j) out[j] = static_cast<T>(factor * static_cast<double>(row[j]));
            }
        });
    }
};

} // namespace detail

/// W with every block of `block.rows` × `block.columns` entries multiplied by its entry of `scales`, deferred:
/// O(1). The last blocks of rows and columns may be cut short. A factor a row is a block of {1, columns}, one
/// for all a block of {rows, columns}. Each product is rounded once. Both matrices may be deferred.
/// @throws argument_error (invalid_argument) for a block without rows or columns, and when `scales` has not
///         one entry for each block
template <std::floating_point T>
basic_matrix<T> block_scaled_matrix(const basic_matrix<T>& W, const basic_matrix<T>& scales,
                                    block_shape block) {
    const bool fits = block.rows != 0 && block.columns != 0 &&
                      scales.rows() == detail::blocks_over(0, W.rows(), block.rows) &&
                      scales.columns() == detail::blocks_over(0, W.columns(), block.columns);
    if (!fits)
        throw argument_error(errc::invalid_argument,
                             "block_scaled_matrix: expected a factor for each block of " +
                                 to_text(block.rows) + " x " + to_text(block.columns) + " entries of " +
                                 to_text(W.rows()) + " x " + to_text(W.columns()) + ", found " +
                                 to_text(scales.rows()) + " x " + to_text(scales.columns()));
    return deferred_matrix<T>(W.rows(), W.columns(), detail::block_scaled<T>{W, scales, block});
}

} // namespace svdlens::inline v0_2

#endif
