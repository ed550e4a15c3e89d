/// @file
/// A matrix made row by row from one that lies in memory.
#ifndef SVDLENS_LINALG_DETAIL_FILLED_ROWS_HPP
#define SVDLENS_LINALG_DETAIL_FILLED_ROWS_HPP

#include <cassert>
#include <concepts>
#include <cstddef>
#include <memory>

#include "../matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A matrix of the shape of `from`, row-major: `fill(i, row, out)` writes row i of it from row i of `from`, both
/// of which lie without gaps. Of a matrix stored by columns ask for the transpose of its transpose's.
template <std::floating_point T, class Fill>
basic_matrix<T> filled_rows(const basic_matrix<T>& from, Fill fill) {
    assert(from.column_stride() == 1);
    // Not initialised first: a part is made for every tile that reads it.
    std::shared_ptr<T[]> values(new T[from.rows() * from.columns()]);
    for (std::size_t i = 0; i < from.rows(); ++i)
        fill(i, from.data() + i * from.row_stride(), values.get() + i * from.columns());
    return basic_matrix<T>(values.get(), from.rows(), from.columns(), values);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
