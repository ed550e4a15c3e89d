#include "svdlens/linalg/detail/lane_jacobi.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace detail = svdlens::detail;
using svdlens_tests::matrix_maker;
using svdlens_tests::plain_matrix;
using svdlens_tests::real;

namespace {

/// Column after column.
template <class T>
std::vector<T> columns_of(const plain_matrix& m) {
    std::vector<T> result;
    for (std::size_t j = 0; j < m.columns; ++j)
        for (std::size_t i = 0; i < m.rows; ++i) result.push_back(static_cast<T>(m(i, j)));
    return result;
}

/// G of every lane, column after column.
template <class T>
std::vector<std::vector<T>> turned(const std::vector<plain_matrix>& matrices, std::size_t room) {
    const std::size_t rows = matrices[0].rows, columns = matrices[0].columns;
    detail::lane_jacobi<T> lanes(rows, columns, room);
    for (std::size_t k = 0; k < matrices.size(); ++k) lanes.write(k, columns_of<T>(matrices[k]).data());
    lanes.run();
    std::vector<std::vector<T>> result;
    for (std::size_t k = 0; k < matrices.size(); ++k) {
        std::vector<T> g(rows * columns);
        for (std::size_t j = 0; j < columns; ++j) {
            lanes.read_column(k, j, T{1}, g.data() + j * rows);
            real sum = 0;
            for (std::size_t i = 0; i < rows; ++i)
                sum += static_cast<real>(g[j * rows + i]) * static_cast<real>(g[j * rows + i]);
            CHECK(static_cast<double>(lanes.length(k, j)) ==
                  Approx(static_cast<double>(std::sqrt(sum))).epsilon(1e-6));
        }
        result.push_back(std::move(g));
    }
    return result;
}

template <class T>
void check_lengths(const plain_matrix& m) {
    const auto g = turned<T>({m}, 1)[0];
    plain_matrix columns(m.columns, m.rows); // the columns of G as rows
    for (std::size_t k = 0; k < g.size(); ++k) columns.values[k] = static_cast<real>(g[k]);
    std::vector<real> lengths;
    for (std::size_t j = 0; j < m.columns; ++j) {
        real sum = 0;
        for (std::size_t i = 0; i < m.rows; ++i) sum += columns(j, i) * columns(j, i);
        lengths.push_back(std::sqrt(sum));
    }
    std::sort(lengths.begin(), lengths.end(), std::greater<>());
    const auto expected = singular_values(m);
    const real bound = 20 * std::numeric_limits<T>::epsilon() * std::sqrt(static_cast<real>(m.columns));
    for (std::size_t j = 0; j < m.columns; ++j)
        CHECK(std::abs(lengths[j] - expected[j]) <= bound * expected[0]);
}

template <class T>
void check_independence() {
    matrix_maker make(2);
    std::vector<plain_matrix> matrices;
    for (std::size_t k = 0; k < detail::lane_jacobi<T>::most_lanes; ++k)
        matrices.push_back(make.uniform(19, 13));
    matrices[1] = plain_matrix(19, 13); // nothing to turn
    matrices[2] = make.with_singular_values(19, 13, std::vector<real>(13, 1));
    const auto together = turned<T>(matrices, matrices.size());
    for (std::size_t k = 0; k < matrices.size(); ++k)
        for (const std::size_t room : {1U, 2U, 3U, 8U})
            CHECK(turned<T>({matrices[k]}, room)[0] == together[k]);
}

} // namespace

TEST_CASE("rotations leave columns as long as the singular values") {
    matrix_maker make(1);
    for (const auto& m : {make.uniform(1, 1), make.uniform(2, 2), make.uniform(9, 5), make.uniform(33, 33),
                          make.orthonormal_rows(12, 12), plain_matrix(6, 6)}) {
        check_lengths<float>(m);
        check_lengths<double>(m);
    }
}

TEST_CASE("a matrix has the same bits alone and beside others, in any number of lanes") {
    check_independence<float>();
    check_independence<double>();
}

namespace {

/// Ones and a little noise: after the first turn next to nothing is left of the shorter column of a pair.
plain_matrix nearly_rank_one(std::size_t rows, std::size_t columns, real noise, std::uint64_t seed) {
    auto m = matrix_maker(seed).uniform(rows, columns);
    for (real& x : m.values) x = (1 + noise * x) / 2;
    return m;
}

} // namespace

TEST_CASE("a squared length of which nothing is left does not spread infinities") {
    for (const real noise : {1e-2L, 1e-3L, 3e-4L, 1e-4L, 1e-5L, 1e-7L, 1e-9L, 0.0L})
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            check_lengths<float>(nearly_rank_one(8, 8, noise, seed));
            check_lengths<double>(nearly_rank_one(8, 8, noise * 1e-8L, seed));
        }
    plain_matrix sines(8, 8); // nothing random
    for (std::size_t i = 0; i < 8; ++i)
        for (std::size_t j = 0; j < 8; ++j)
            sines(i, j) = 1 + std::sin(static_cast<real>(i * j + i * i)) / 3000;
    check_lengths<float>(sines);
}

TEST_CASE("lanes that are measured again have the bits that they have alone") {
    std::vector<plain_matrix> matrices;
    for (std::size_t k = 0; k < 8; ++k)
        matrices.push_back(k % 2 == 0 ? nearly_rank_one(9, 6, 1e-3L, k) : matrix_maker(k).uniform(9, 6));
    const auto together = turned<float>(matrices, 8);
    for (std::size_t k = 0; k < matrices.size(); ++k)
        CHECK(turned<float>({matrices[k]}, 1)[0] == together[k]);
}

TEST_CASE("a cleared batch holds zero matrices") {
    detail::lane_jacobi<float> lanes(3, 2, 2);
    const std::vector<float> values{1, 2, 3, 4, 5, 6};
    lanes.write(1, values.data());
    lanes.clear();
    lanes.run();
    CHECK(lanes.length(1, 0) == 0);
    CHECK(lanes.length(1, 1) == 0);
}
