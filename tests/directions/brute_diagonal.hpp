/// @file
/// Diagonal tests by the whole matrix, in long double: the independent answer.
#ifndef SVDLENS_TESTS_DIRECTIONS_BRUTE_DIAGONAL_HPP
#define SVDLENS_TESTS_DIRECTIONS_BRUTE_DIAGONAL_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "support/plain_matrix.hpp"
#include "svdlens/directions/factored_set.hpp"
#include "svdlens/directions/vector_set.hpp"

namespace svdlens_tests {

struct brute_diagonal {
    double advantage; ///< mean of the diagonal minus mean off it
    double z;         ///< of the trace against all permutations, by the matrix' doubly centred entries
};

inline brute_diagonal brute_test(const plain_matrix& m) {
    const std::size_t n = m.rows;
    std::vector<real> rows(n), columns(n);
    real all = 0, diagonal = 0;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            rows[i] += m(i, j) / static_cast<real>(n);
            columns[j] += m(i, j) / static_cast<real>(n);
            all += m(i, j);
            if (i == j) diagonal += m(i, j);
        }
    const auto count = static_cast<real>(n);
    const real mean = all / (count * count);
    real squares = 0, trace = 0;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            const real centred = m(i, j) - rows[i] - columns[j] + mean;
            squares += centred * centred;
            if (i == j) trace += centred;
        }
    const real off = (all - diagonal) / (count * (count - 1));
    return {static_cast<double>(diagonal / count - off),
            static_cast<double>(trace / std::sqrt(squares / (count - 1)))};
}

/// The same z by drawing permutations: the trace in units of its spread.
inline double drawn_z(const plain_matrix& m, std::size_t draws, std::uint64_t seed) {
    std::vector<std::size_t> order(m.rows);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937_64 bits(seed);
    const auto trace = [&] {
        real sum = 0;
        for (std::size_t i = 0; i < m.rows; ++i) sum += m(i, order[i]);
        return static_cast<double>(sum);
    };
    const double found = trace();
    double sum = 0, squares = 0;
    for (std::size_t k = 0; k < draws; ++k) {
        for (std::size_t i = m.rows; i > 1; --i) std::swap(order[i - 1], order[bits() % i]);
        const double x = trace();
        sum += x;
        squares += x * x;
    }
    const double mean = sum / static_cast<double>(draws);
    return (found - mean) / std::sqrt(squares / static_cast<double>(draws) - mean * mean);
}

/// A set of vectors that things have, a row each.
template <class T>
svdlens::basic_vector_set<T> set_of_things(const std::string& name, const plain_matrix& rows) {
    const svdlens::label_column identity("token", "{token}");
    return {.name = name,
            .axes = svdlens::axes({svdlens::axis("token", rows.rows)}, {identity}),
            .identity = identity,
            .layers = {rows.as<T>()}};
}

template <class T>
svdlens::basic_factored_set<T> set_of_heads(const std::string& name, std::size_t layers,
                                            const std::vector<std::pair<plain_matrix, plain_matrix>>& heads) {
    svdlens::basic_factored_set<T> set;
    set.name = name;
    set.axes = svdlens::head_axes(layers, heads.size() / layers);
    for (const auto& head : heads)
        set.matrices.push_back({head.first.as<T>(), head.second.as<T>(), name + ".a", name + ".b"});
    return set;
}

inline plain_matrix scaled_by(plain_matrix m, real factor) {
    for (real& x : m.values) x *= factor;
    return m;
}

/// The same row added to all.
inline plain_matrix shifted_by(plain_matrix m, const plain_matrix& row) {
    for (std::size_t i = 0; i < m.rows; ++i)
        for (std::size_t j = 0; j < m.columns; ++j) m(i, j) += row(0, j);
    return m;
}

/// X A B Yᵀ.
inline plain_matrix whole_matrix(const plain_matrix& x, const plain_matrix& a, const plain_matrix& b,
                                 const plain_matrix& y) {
    return product(product(x, a), product(b, transposed(y)));
}

} // namespace svdlens_tests

#endif
