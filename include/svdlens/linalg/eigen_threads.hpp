/// @file
/// Keeps Eigen's own OpenMP threads out of our workers.
#ifndef SVDLENS_LINALG_EIGEN_THREADS_HPP
#define SVDLENS_LINALG_EIGEN_THREADS_HPP

#ifdef _OPENMP
#include <omp.h>
#endif

namespace svdlens::inline v0 {

namespace detail {

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

} // namespace svdlens::inline v0

#endif
