#include "support/catch.hpp"

#include <type_traits>

#include "svdlens/linalg/eigen_threads.hpp"

namespace detail = svdlens::detail;

TEST_CASE("a worker's slot can hold Eigen to one thread") {
    CHECK(std::is_default_constructible_v<detail::one_eigen_thread>);
#ifdef _OPENMP
    const int before = omp_get_max_threads();
    {
        const detail::one_eigen_thread held;
        CHECK(omp_get_max_threads() == 1);
    }
    CHECK(omp_get_max_threads() == before);
#endif
}
