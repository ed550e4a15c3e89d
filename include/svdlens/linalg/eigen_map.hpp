/// @file
/// Matrices of this library as Eigen maps, for use inside the library.
#ifndef SVDLENS_LINALG_EIGEN_MAP_HPP
#define SVDLENS_LINALG_EIGEN_MAP_HPP

#include <Eigen/Core>

#include <cstddef>
#include <utility>

#include "matrix.hpp"

namespace svdlens::inline v0 {

namespace detail {

template <class T>
using row_major_matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using column_major_matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

template <class Plain>
using strided_map = Eigen::Map<const Plain, Eigen::Unaligned, Eigen::OuterStride<>>;

/// Calls `use` with the matrix as a row-major or a column-major map, whichever its strides are: Eigen's
/// products read both in place, but copy a map whose inner stride is only known at run time. The values of a
/// deferred matrix are there for as long as the call takes.
template <class T, class Use>
decltype(auto) with_map(const basic_matrix<T>& deferred_or_not, Use use) {
    const auto m = deferred_or_not.resident();
    const auto rows = static_cast<Eigen::Index>(m.rows());
    const auto columns = static_cast<Eigen::Index>(m.columns());
    if (m.column_stride() == 1)
        return use(strided_map<row_major_matrix<T>>(
            m.data(), rows, columns, Eigen::OuterStride<>(static_cast<Eigen::Index>(m.row_stride()))));
    return use(strided_map<column_major_matrix<T>>(
        m.data(), rows, columns, Eigen::OuterStride<>(static_cast<Eigen::Index>(m.column_stride()))));
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
