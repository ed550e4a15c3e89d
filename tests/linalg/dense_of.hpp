/// @file
/// A reference matrix as what the library hands to Eigen.
#ifndef SVDLENS_TESTS_LINALG_DENSE_OF_HPP
#define SVDLENS_TESTS_LINALG_DENSE_OF_HPP

#include <cstddef>

#include "support/plain_matrix.hpp"
#include "svdlens/linalg/detail/core_svd.hpp"

namespace svdlens_tests {

using dense_double = svdlens::detail::dense_matrix<double>;

inline dense_double dense_of(const plain_matrix& m) {
    dense_double result(m.rows, m.columns);
    for (std::size_t i = 0; i < m.rows; ++i)
        for (std::size_t j = 0; j < m.columns; ++j)
            result(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = static_cast<double>(m(i, j));
    return result;
}

} // namespace svdlens_tests

#endif
