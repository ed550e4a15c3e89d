/// @file
/// Matrices as Eigen maps, and Eigen's threads kept out.
#ifndef SVDLENS_LINALG_DETAIL_EIGEN_HPP
#define SVDLENS_LINALG_DETAIL_EIGEN_HPP

#include <cstddef>
#include <utility>

#include <Eigen/Core>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "../matrix.hpp"

namespace svdlens::inline v0_2 {

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

// In a unit compiled with -fopenmp Eigen's products start threads of their own inside each of our workers:
// twice the processor time for nothing. The number of OpenMP threads belongs to the thread that sets it, so a
// worker sets its own and gives it back. Two types rather than two bodies of one function: units with and
// without -fopenmp may be linked together.
#ifdef _OPENMP
class openmp_held_to_one {
  public:
    openmp_held_to_one() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
    ~openmp_held_to_one() { omp_set_num_threads(before_); }
    openmp_held_to_one(const openmp_held_to_one&) = delete;
    openmp_held_to_one& operator=(const openmp_held_to_one&) = delete;

  private:
    int before_;
};
using one_eigen_thread = openmp_held_to_one;
#else
struct no_openmp {};
using one_eigen_thread = no_openmp;
#endif

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
