/// @file
/// Rotary positions as a matrix: how far queries and keys turn, and weights that are turned.
///
/// A query or key x (a row vector) at position p becomes x R(p): the pair (x_a, x_b) turns to (x_a cos α -
/// x_b sin α, x_b cos α + x_a sin α) by α = p · frequency. R(i) R(j)ᵀ = R(i - j), so that a query at position
/// i and a key at j score q R(i - j) kᵀ. Source: Su et al., RoFormer (2021); the scaling `llama3` as in Llama
/// 3.1.
#ifndef SVDLENS_CIRCUIT_ROTARY_HPP
#define SVDLENS_CIRCUIT_ROTARY_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../linalg/matrix.hpp"
#include "../model/architecture.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

[[noreturn]] void throw_rotary(const std::string& where, const std::string& what);

} // namespace detail

/// By how much each pair turns from one position to the next, in radians: theta^(-2 i / dimensions), scaled.
/// O(dimensions), in double. Scaling `linear` (all frequencies / factor) and `llama3` are known.
/// @param where what messages begin with, such as the file's name
/// @throws model_error (invalid_config) for numbers out of range, (unsupported_model) for another scaling:
///         the frequencies of some depend on the length of the text
std::vector<double> rotary_frequencies(const rotary_embedding& rotary,
                                              const std::string& where = "(in memory)");

namespace detail {

/// The angles that each pair turns by, as cosine and sine.
struct rotary_turn {
    std::size_t first;
    std::size_t second;
    double cosine;
    double sine;
};

std::vector<rotary_turn> rotary_turns(const rotary_embedding& rotary,
                                             const std::vector<double>& frequencies, std::int64_t offset);

/// W R(offset): every row turned; columns from `dimensions` on stay. Row-major copy, O(values), in double.
template <std::floating_point T>
basic_matrix<T> turned_rows(const basic_matrix<T>& deferred_or_not, const std::vector<rotary_turn>& turns) {
    const auto W = deferred_or_not.resident();
    const std::size_t rows = W.rows(), columns = W.columns();
    std::vector<T> values(rows * columns);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) values[r * columns + c] = W(r, c);
    for (const auto& turn : turns) {
        for (T* row = values.data(); row != values.data() + values.size(); row += columns) {
            const auto a = static_cast<double>(row[turn.first]), b = static_cast<double>(row[turn.second]);
            row[turn.first] = static_cast<T>(a * turn.cosine - b * turn.sine);
            row[turn.second] = static_cast<T>(b * turn.cosine + a * turn.sine);
        }
    }
    return basic_matrix<T>(std::move(values), rows, columns);
}

/// W R(offset), turned when it is asked for.
template <std::floating_point T>
basic_matrix<T> turned(const basic_matrix<T>& W, const rotary_embedding& rotary,
                       const std::vector<double>& frequencies, std::int64_t offset) {
    return deferred_matrix<T>(
        W.rows(), W.columns(),
        [W, turns = rotary_turns(rotary, frequencies, offset)](const matrix_part& part) {
            return turned_rows(W.row_range(part.row, part.rows), turns)
                .column_range(part.column, part.columns);
        });
}

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/rotary.hpp"
#endif

#endif
