/// @file
/// Parts of a matrix, however they are asked for, against the same entries of the whole.
#ifndef SVDLENS_TESTS_LINALG_MATRIX_PARTS_HPP
#define SVDLENS_TESTS_LINALG_MATRIX_PARTS_HPP

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "svdlens/linalg/matrix.hpp"

namespace svdlens_tests {

/// What to expect of a matrix: its values in row-major order.
template <class T>
struct expected_values {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<T> values = {};

    T operator()(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
};

/// `value(i, j)` of every entry.
template <class T, class Value>
expected_values<T> make_expected(std::size_t rows, std::size_t columns, Value value) {
    expected_values<T> result{rows, columns, {}};
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j) result.values.push_back(value(i, j));
    return result;
}

/// The values of a matrix that is made as a whole, and of which nobody keeps anything.
template <class T>
expected_values<T> whole(const svdlens::basic_matrix<T>& m) {
    const auto made = m.resident();
    return make_expected<T>(m.rows(), m.columns(), [&](std::size_t i, std::size_t j) { return made(i, j); });
}

/// Stretches of an axis: all of it, from the start, from the middle, to the end, one entry, none.
inline std::vector<std::pair<std::size_t, std::size_t>> stretches(std::size_t extent) {
    std::vector<std::pair<std::size_t, std::size_t>> all{{0, extent}, {0, 0}, {extent, 0}, {0, extent / 2}};
    if (extent == 0) return all;
    all.insert(all.end(), {{extent - 1, 1}, {extent / 3, extent - extent / 3}, {extent / 2, 0}});
    if (extent > 2) all.insert(all.end(), {{1, extent - 2}, {extent / 2, 1}});
    return all;
}

/// One part, cut out in each of several ways.
template <class T>
std::vector<svdlens::basic_matrix<T>> cut_out(const svdlens::basic_matrix<T>& m,
                                              const svdlens::matrix_part& p) {
    const auto turned = m.transposed();
    return {m.row_range(p.row, p.rows).column_range(p.column, p.columns),
            m.column_range(p.column, p.columns).row_range(p.row, p.rows),
            turned.row_range(p.column, p.columns).column_range(p.row, p.rows).transposed(),
            m.row_range(p.row, p.rows).transposed().row_range(p.column, p.columns).transposed(),
            m.row_range(p.row, m.rows() - p.row)
                .column_range(p.column, m.columns() - p.column)
                .row_range(0, p.rows)
                .column_range(0, p.columns)};
}

template <class T>
bool is_part(const svdlens::basic_matrix<T>& found, const expected_values<T>& whole,
             const svdlens::matrix_part& p) {
    if (found.rows() != p.rows || found.columns() != p.columns || found.is_deferred()) return false;
    for (std::size_t i = 0; i < p.rows; ++i)
        for (std::size_t j = 0; j < p.columns; ++j) {
            const T a = found(i, j), b = whole(p.row + i, p.column + j);
            if (std::memcmp(&a, &b, sizeof a) != 0) return false;
        }
    return true;
}

/// Asks for many parts, one by one and without anything being kept, and compares them bit by bit. Says which
/// one differs; nothing when none does.
template <class T>
std::string differing_part(const svdlens::basic_matrix<T>& m, const expected_values<T>& whole) {
    if (m.rows() != whole.rows || m.columns() != whole.columns) return "shape";
    for (const auto& [row, rows] : stretches(m.rows()))
        for (const auto& [column, columns] : stretches(m.columns())) {
            const svdlens::matrix_part part{row, column, rows, columns};
            const auto ways = cut_out(m, part);
            for (std::size_t k = 0; k < ways.size(); ++k)
                if (!is_part(ways[k].resident(), whole, part))
                    return std::to_string(rows) + " x " + std::to_string(columns) + " from row " +
                           std::to_string(row) + ", column " + std::to_string(column) + ", cut out in way " +
                           std::to_string(k);
        }
    return {};
}

} // namespace svdlens_tests

#endif
