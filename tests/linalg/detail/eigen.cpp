#include "svdlens/linalg/detail/eigen.hpp"

#include <type_traits>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

/// Entry (i, j) of the map, and whether the map views the matrix' own memory.
bool maps(const sl::matrix& m) {
    return sl::detail::with_map(m, [&](const auto& map) {
        if (map.data() != m.data()) return false;
        if (map.rows() != static_cast<Eigen::Index>(m.rows())) return false;
        for (Eigen::Index i = 0; i < map.rows(); ++i)
            for (Eigen::Index j = 0; j < map.cols(); ++j)
                if (map(i, j) != m(static_cast<std::size_t>(i), static_cast<std::size_t>(j))) return false;
        return true;
    });
}

} // namespace

TEST_CASE("maps show row-major, transposed and sliced matrices in place") {
    const sl::matrix m({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 3, 4);
    CHECK(maps(m));
    CHECK(maps(m.transposed()));
    CHECK(maps(m.row_range(1, 2).column_range(1, 2)));
    CHECK(maps(m.column_range(2, 1)));
    CHECK(maps(m.column_range(2, 1).transposed()));
    CHECK(maps(m.row_range(2, 1).transposed()));
}

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
