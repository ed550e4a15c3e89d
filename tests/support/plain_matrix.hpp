/// @file
/// Matrices for tests that share no code with the library: loops in long double.
#ifndef SVDLENS_TESTS_SUPPORT_PLAIN_MATRIX_HPP
#define SVDLENS_TESTS_SUPPORT_PLAIN_MATRIX_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "svdlens/linalg/matrix.hpp"

namespace svdlens_tests {

using real = long double;

struct plain_matrix {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<real> values;

    plain_matrix(std::size_t r, std::size_t c) : rows(r), columns(c), values(r * c) {}
    template <class T>
    explicit plain_matrix(const svdlens::basic_matrix<T>& m) : plain_matrix(m.rows(), m.columns()) {
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < columns; ++j) (*this)(i, j) = static_cast<real>(m(i, j));
    }
    real& operator()(std::size_t i, std::size_t j) { return values[i * columns + j]; }
    real operator()(std::size_t i, std::size_t j) const { return values[i * columns + j]; }

    template <class T>
    svdlens::basic_matrix<T> as() const {
        std::vector<T> out;
        for (const real x : values) out.push_back(static_cast<T>(x));
        return {std::move(out), rows, columns};
    }
};

inline plain_matrix transposed(const plain_matrix& m) {
    plain_matrix result(m.columns, m.rows);
    for (std::size_t i = 0; i < m.rows; ++i)
        for (std::size_t j = 0; j < m.columns; ++j) result(j, i) = m(i, j);
    return result;
}

inline plain_matrix product(const plain_matrix& a, const plain_matrix& b) {
    plain_matrix result(a.rows, b.columns);
    for (std::size_t i = 0; i < a.rows; ++i)
        for (std::size_t k = 0; k < a.columns; ++k)
            for (std::size_t j = 0; j < b.columns; ++j) result(i, j) += a(i, k) * b(k, j);
    return result;
}

inline real frobenius_norm(const plain_matrix& m) {
    real sum = 0;
    for (const real x : m.values) sum += x * x;
    return std::sqrt(sum);
}

inline plain_matrix difference(plain_matrix a, const plain_matrix& b) {
    for (std::size_t k = 0; k < a.values.size(); ++k) a.values[k] -= b.values[k];
    return a;
}

/// The singular values, descending, by one-sided Jacobi (Hestenes 1958) on the shorter side.
inline std::vector<real> singular_values(const plain_matrix& m) {
    plain_matrix rows = m.rows <= m.columns ? m : transposed(m); // rotations of rows
    const auto dot = [&](std::size_t p, std::size_t q) {
        real sum = 0;
        for (std::size_t j = 0; j < rows.columns; ++j) sum += rows(p, j) * rows(q, j);
        return sum;
    };
    bool rotated = true;
    for (int sweep = 0; rotated && sweep < 60; ++sweep) {
        rotated = false;
        for (std::size_t p = 0; p < rows.rows; ++p)
            for (std::size_t q = p + 1; q < rows.rows; ++q) {
                const real pp = dot(p, p), qq = dot(q, q), pq = dot(p, q);
                if (std::abs(pq) <= 1e-18L * std::sqrt(pp * qq) || pq == 0) continue;
                rotated = true;
                const real zeta = (qq - pp) / (2 * pq);
                const real t = (zeta >= 0 ? 1 : -1) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
                const real c = 1 / std::sqrt(1 + t * t), s = c * t;
                for (std::size_t j = 0; j < rows.columns; ++j) {
                    const real x = rows(p, j), y = rows(q, j);
                    rows(p, j) = c * x - s * y;
                    rows(q, j) = s * x + c * y;
                }
            }
    }
    std::vector<real> result;
    for (std::size_t p = 0; p < rows.rows; ++p) result.push_back(std::sqrt(dot(p, p)));
    std::sort(result.begin(), result.end(), std::greater<>());
    return result;
}

/// How far the rows are from orthonormal: ‖M Mᵀ - I‖_F.
inline real row_orthonormality(const plain_matrix& m) {
    auto gram = product(m, transposed(m));
    for (std::size_t k = 0; k < gram.rows; ++k) gram(k, k) -= 1;
    return frobenius_norm(gram);
}

/// Random matrices, the same on every machine.
class matrix_maker {
  public:
    explicit matrix_maker(std::uint64_t seed) : bits_(seed) {}

    /// Entries in [-1, 1).
    plain_matrix uniform(std::size_t rows, std::size_t columns) {
        plain_matrix result(rows, columns);
        for (real& x : result.values) x = static_cast<real>(bits_() >> 11) * 0x1p-52L - 1;
        return result;
    }

    /// rows <= columns orthonormal rows, by Gram-Schmidt done twice.
    plain_matrix orthonormal_rows(std::size_t rows, std::size_t columns) {
        auto m = uniform(rows, columns);
        for (std::size_t i = 0; i < rows; ++i)
            for (int pass = 0; pass < 2; ++pass) {
                for (std::size_t k = 0; k < i; ++k) subtract_projection(m, i, k);
                real sum = 0;
                for (std::size_t j = 0; j < columns; ++j) sum += m(i, j) * m(i, j);
                for (std::size_t j = 0; j < columns; ++j) m(i, j) /= std::sqrt(sum);
            }
        return m;
    }

    /// rows × columns with the given singular values, as many as the shorter side.
    plain_matrix with_singular_values(std::size_t rows, std::size_t columns,
                                      const std::vector<real>& values) {
        auto left = transposed(orthonormal_rows(values.size(), rows));
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t k = 0; k < values.size(); ++k) left(i, k) *= values[k];
        return product(left, orthonormal_rows(values.size(), columns));
    }

  private:
    static void subtract_projection(plain_matrix& m, std::size_t i, std::size_t k) {
        real dot = 0;
        for (std::size_t j = 0; j < m.columns; ++j) dot += m(i, j) * m(k, j);
        for (std::size_t j = 0; j < m.columns; ++j) m(i, j) -= dot * m(k, j);
    }

    std::mt19937_64 bits_;
};

} // namespace svdlens_tests

#endif
