/// @file
/// Query or key weights that are turned by rotary positions.
#ifndef SVDLENS_CIRCUIT_DETAIL_TURNED_WEIGHTS_HPP
#define SVDLENS_CIRCUIT_DETAIL_TURNED_WEIGHTS_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../linalg/matrix.hpp"
#include "../../model/architecture.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

[[noreturn]] inline void throw_rotary(const std::string& where, const std::string& what) {
    throw model_error(errc::invalid_config, where + ": rotary positions: " + what);
}

/// The two columns of pair i.
inline std::pair<std::size_t, std::size_t> rotary_pair(const rotary_embedding& rotary, std::size_t i) {
    if (rotary.pairing == rotary_pairing::interleaved) return {2 * i, 2 * i + 1};
    return {i, i + rotary.dimensions / 2};
}

/// The angles that each pair turns by, as cosine and sine.
struct rotary_turn {
    std::size_t first;
    std::size_t second;
    double cosine;
    double sine;
};

inline std::vector<rotary_turn> rotary_turns(const rotary_embedding& rotary,
                                             const std::vector<double>& frequencies, std::int64_t offset) {
    std::vector<rotary_turn> turns;
    for (std::size_t i = 0; i < frequencies.size(); ++i) {
        const auto [first, second] = rotary_pair(rotary, i);
        const double angle = static_cast<double>(offset) * frequencies[i];
        turns.push_back({first, second, std::cos(angle), std::sin(angle)});
    }
    return turns;
}

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

#endif
