/// @file
/// What every decomposition promises, checked in long double.
#ifndef SVDLENS_TESTS_LINALG_CHECK_SVD_HPP
#define SVDLENS_TESTS_LINALG_CHECK_SVD_HPP

#include "support/catch.hpp"

#include <cmath>
#include <cstddef>
#include <limits>

#include "support/plain_matrix.hpp"
#include "svdlens/linalg/svd.hpp"

namespace svdlens_tests {

/// U S Vᵀ from the direction-major result.
template <class T>
plain_matrix recomposed(const svdlens::basic_svd<T>& svd) {
    auto left = transposed(plain_matrix(svd.left));
    for (std::size_t i = 0; i < left.rows; ++i)
        for (std::size_t k = 0; k < left.columns; ++k)
            left(i, k) *= static_cast<real>(svd.singular_values[k]);
    return product(left, plain_matrix(svd.right));
}

template <class T>
real spectral_norm(const svdlens::basic_matrix<T>& m) {
    return singular_values(plain_matrix(m)).front();
}

/// What every decomposition promises, `scale` being what errors are measured against.
template <class T>
void check_svd(const svdlens::basic_svd<T>& svd, const plain_matrix& w, std::size_t directions, real scale) {
    const real bound = 20 * std::numeric_limits<T>::epsilon() * std::sqrt(static_cast<real>(directions));
    REQUIRE(svd.size() == directions);
    REQUIRE(svd.left.rows() == directions);
    REQUIRE(svd.left.columns() == w.rows);
    REQUIRE(svd.right.rows() == directions);
    REQUIRE(svd.right.columns() == w.columns);
    CHECK(row_orthonormality(plain_matrix(svd.left)) <= bound);
    CHECK(row_orthonormality(plain_matrix(svd.right)) <= bound);
    CHECK(frobenius_norm(difference(recomposed(svd), w)) <= bound * scale);
    const auto expected = singular_values(w);
    for (std::size_t k = 0; k < directions; ++k) {
        CHECK(std::abs(static_cast<real>(svd.singular_values[k]) - expected[k]) <= bound * scale);
        CHECK(svd.singular_values[k] >= 0);
        if (k != 0) CHECK(svd.singular_values[k] <= svd.singular_values[k - 1]);
    }
}

inline plain_matrix ones(std::size_t rows, std::size_t columns) {
    plain_matrix result(rows, columns);
    for (real& x : result.values) x = 1;
    return result;
}

inline plain_matrix scaled(plain_matrix m, real factor) {
    for (real& x : m.values) x *= factor;
    return m;
}

} // namespace svdlens_tests

#endif
