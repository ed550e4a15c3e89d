/// @file
/// Matrix products between factors of different heads.
#ifndef SVDLENS_DIRECTIONS_DETAIL_PRODUCTS_HPP
#define SVDLENS_DIRECTIONS_DETAIL_PRODUCTS_HPP

#include <algorithm>
#include <cassert>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "../../linalg/detail/core_svd.hpp"
#include "../../linalg/detail/eigen.hpp"
#include "../../linalg/detail/scaled_qr.hpp"
#include "../../linalg/detail/tiny_product.hpp"
#include "../../linalg/matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// a · b. O(rows · inner · columns).
template <std::floating_point T>
basic_matrix<T> multiply(const basic_matrix<T>& a, const basic_matrix<T>& b) {
    assert(a.columns() == b.rows());
    std::vector<T> values(a.rows() * b.columns());
    Eigen::Map<row_major_matrix<T>> result(values.data(), static_cast<Eigen::Index>(a.rows()),
                                           static_cast<Eigen::Index>(b.columns()));
    with_map(a, [&](const auto& left) {
        with_map(b, [&](const auto& right) { set_to_product(left, right, result); });
    });
    return basic_matrix<T>(std::move(values), a.rows(), b.columns());
}

/// Σ x² of the entries, in double.
template <std::floating_point T>
double squared_norm(const basic_matrix<T>& deferred_or_not) {
    const auto m = deferred_or_not.resident();
    double sum = 0;
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t j = 0; j < m.columns(); ++j) {
            const auto x = static_cast<double>(m(i, j));
            sum += x * x;
        }
    return sum;
}

/// Σ x y over entries of equal position, in double.
template <std::floating_point T>
double inner_product(const basic_matrix<T>& a, const basic_matrix<T>& b) {
    assert(a.rows() == b.rows() && a.columns() == b.columns());
    double sum = 0;
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < a.columns(); ++j)
            sum += static_cast<double>(a(i, j)) * static_cast<double>(b(i, j));
    return sum;
}

/// The same values in double; contiguous.
template <std::floating_point T>
basic_matrix<double> in_double(const basic_matrix<T>& deferred_or_not) {
    const auto m = deferred_or_not.resident();
    std::vector<double> values(m.rows() * m.columns());
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t j = 0; j < m.columns(); ++j)
            values[i * m.columns() + j] = static_cast<double>(m(i, j));
    return basic_matrix<double>(std::move(values), m.rows(), m.columns());
}

/// The entries times a power of two that brings the largest near 1; contiguous.
template <std::floating_point T>
basic_matrix<T> scaled_to_one(const basic_matrix<T>& deferred_or_not) {
    const auto m = deferred_or_not.resident();
    std::vector<T> values(m.rows() * m.columns());
    T largest = 0;
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t j = 0; j < m.columns(); ++j) {
            values[i * m.columns() + j] = m(i, j);
            largest = std::abs(m(i, j)) > largest ? std::abs(m(i, j)) : largest;
        }
    const T scale = std::ldexp(T{1}, -binary_exponent(largest));
    for (T& x : values) x *= scale;
    return basic_matrix<T>(std::move(values), m.rows(), m.columns());
}

/// R·b with a = Q·R: as Q is orthonormal, Frobenius norms of products with a·b from the right are those with
/// R·b, which has min(d, r) rows instead of d. Up to a power of two.
template <std::floating_point T>
basic_matrix<T> without_left_basis(const basic_matrix<T>& a, const basic_matrix<T>& b) {
    if (a.rows() == 0 || a.columns() == 0) return basic_matrix<T>({}, 0, b.columns());
    scaled_qr<T> qr;
    std::vector<T> memory(scaled_qr<T>::room(a));
    qr.compute(a, memory.data());
    const auto& triangle = qr.rest();
    std::vector<T> values(static_cast<std::size_t>(triangle.size()));
    const auto rows = static_cast<std::size_t>(triangle.rows());
    Eigen::Map<row_major_matrix<T>>(values.data(), triangle.rows(), triangle.cols()) = triangle;
    return multiply(basic_matrix<T>(std::move(values), rows, a.columns()), scaled_to_one(b));
}

/// ‖a·b‖_F up to a power of two, given `reduced` = without_left_basis(a, b): 0 where it is no more than the
/// rounding of factors that cancel, d · eps · ‖a‖_F ‖b‖_F, so that nobody divides by noise.
template <std::floating_point T>
double significant_norm(const basic_matrix<T>& reduced, const basic_matrix<T>& a, const basic_matrix<T>& b) {
    const double norm = std::sqrt(squared_norm(reduced));
    const double factors = std::sqrt(squared_norm(scaled_to_one(a)) * squared_norm(scaled_to_one(b)));
    const auto d = static_cast<double>((std::max)(a.rows(), b.columns()));
    return norm > d * static_cast<double>(std::numeric_limits<T>::epsilon()) * factors ? norm : 0;
}

/// Matrices of equal width, one below the other.
template <std::floating_point T>
basic_matrix<T> stacked(const std::vector<basic_matrix<T>>& parts) {
    std::vector<T> values;
    for (const auto& part : parts)
        for (std::size_t i = 0; i < part.rows(); ++i)
            for (std::size_t j = 0; j < part.columns(); ++j) values.push_back(part(i, j));
    const std::size_t columns = parts.empty() ? 0 : parts.front().columns();
    const std::size_t rows = columns == 0 ? 0 : values.size() / columns;
    return basic_matrix<T>(std::move(values), rows, columns);
}

/// Block (i, j) of a matrix made of blocks of `rows` × `columns`.
template <std::floating_point T>
basic_matrix<T> block(const basic_matrix<T>& m, std::size_t i, std::size_t j, std::size_t rows,
                      std::size_t columns) {
    return m.row_range(i * rows, rows).column_range(j * columns, columns);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
