/// @file
/// Rotary positions as a matrix: how far queries and keys turn, and weights that are turned.
///
/// A query or key x (a row vector) at position p becomes x R(p): the pair (x_a, x_b) turns to (x_a cos α -
/// x_b sin α, x_b cos α + x_a sin α) by α = p · frequency. R(i) R(j)ᵀ = R(i - j), so that a query at position
/// i and a key at j score q R(i - j) kᵀ. Source: Su et al., RoFormer (2021); the scaling `llama3` as in Llama
/// 3.1.
#ifndef SVDLENS_CIRCUIT_ROTARY_HPP
#define SVDLENS_CIRCUIT_ROTARY_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../io/model_config.hpp"
#include "../linalg/matrix.hpp"
#include "../model/architecture.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

[[noreturn]] inline void throw_rotary(const std::string& where, const std::string& what) {
    throw model_error(errc::invalid_config, where + ": rotary positions: " + what);
}

inline void require_rotary(const std::string& where, std::string_view name, std::string_view expected,
                           double value, bool fits) {
    if (fits && std::isfinite(value)) return;
    throw_rotary(where,
                 "expected " + std::string(name) + " " + std::string(expected) + ", found " + to_text(value));
}

/// Low frequencies turn 1 / factor as far, high ones as before, those between in between.
class llama3_scaling {
  public:
    llama3_scaling(const rotary_scaling& scaling, const std::string& where) : factor_(scaling.factor) {
        if (!scaling.low_frequency_factor || !scaling.high_frequency_factor || !scaling.original_n_ctx)
            throw_rotary(where, "the scaling \"llama3\" needs low_freq_factor, high_freq_factor and "
                                "original_max_position_embeddings, found less");
        low_ = *scaling.low_frequency_factor;
        high_ = *scaling.high_frequency_factor;
        context_ = static_cast<double>(*scaling.original_n_ctx);
        require_rotary(where, "low_freq_factor", "over 0", low_, low_ > 0);
        require_rotary(where, "high_freq_factor", "over low_freq_factor", high_, high_ > low_);
        require_rotary(where, "original_max_position_embeddings", "over 0", context_, context_ > 0);
    }

    double operator()(double frequency) const {
        constexpr double full_turn = 6.283185307179586476925286766559;
        const double turns = context_ * frequency / full_turn; // within the context of the training
        if (turns < low_) return frequency / factor_;
        if (turns > high_) return frequency;
        const double kept = (turns - low_) / (high_ - low_);
        return (1 - kept) * frequency / factor_ + kept * frequency;
    }

  private:
    double factor_;
    double low_ = 0;
    double high_ = 0;
    double context_ = 0;
};

} // namespace detail

/// By how much each pair turns from one position to the next, in radians: theta^(-2 i / dimensions), scaled.
/// O(dimensions), in double. Scaling `linear` (all frequencies / factor) and `llama3` are known.
/// @param where what messages begin with, such as the file's name
/// @throws model_error (invalid_config) for numbers out of range, (unsupported_model) for another scaling:
///         the frequencies of some depend on the length of the text
inline std::vector<double> rotary_frequencies(const rotary_embedding& rotary,
                                              const std::string& where = "(in memory)") {
    const auto& scaling = rotary.scaling;
    const auto dimensions = static_cast<double>(rotary.dimensions);
    detail::require_rotary(where, "dimensions", "that are even and over 0", dimensions,
                           rotary.dimensions != 0 && rotary.dimensions % 2 == 0);
    detail::require_rotary(where, "theta", "over 0", rotary.theta, rotary.theta > 0);
    detail::require_rotary(where, "a scaling factor", "over 0", scaling.factor, scaling.factor > 0);
    std::vector<double> frequencies(rotary.dimensions / 2);
    for (std::size_t i = 0; i < frequencies.size(); ++i)
        frequencies[i] = std::pow(rotary.theta, -2 * static_cast<double>(i) / dimensions);
    if (scaling.kind == "linear") {
        for (double& each : frequencies) each /= scaling.factor;
    } else if (scaling.kind == "llama3") {
        const detail::llama3_scaling scale(scaling, where);
        for (double& each : frequencies) each = scale(each);
    } else if (!scaling.kind.empty()) {
        throw model_error(
            errc::unsupported_model,
            where + ": rotary positions: expected the scaling \"linear\", \"llama3\" or none, found " +
                quoted(scaling.kind) + "; its frequencies are not known here");
    }
    return frequencies;
}

namespace detail {

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
