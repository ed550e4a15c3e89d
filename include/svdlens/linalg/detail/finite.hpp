/// @file
/// Whether all weights are numbers, by their bits: the answer also holds under -ffast-math.
#ifndef SVDLENS_LINALG_DETAIL_FINITE_HPP
#define SVDLENS_LINALG_DETAIL_FINITE_HPP

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../matrix.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether the exponent's bits are not all set.
template <std::floating_point T>
constexpr bool is_finite(T value) {
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    static_assert(sizeof(bits) == sizeof(T) && std::numeric_limits<T>::is_iec559, "float or double");
    constexpr bits exponent = std::bit_cast<bits>(std::numeric_limits<T>::infinity());
    return (std::bit_cast<bits>(value) & exponent) != exponent;
}

/// The largest magnitude, NaN counting as larger than infinity: by the bits, because comparing integers
/// vectorises and comparing floats does not.
template <std::floating_point T>
T largest_magnitude(const T* values, std::size_t count) {
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    constexpr auto magnitude = static_cast<bits>(~bits{0} >> 1);
    bits largest = 0;
    for (std::size_t k = 0; k < count; ++k) {
        const bits each = std::bit_cast<bits>(values[k]) & magnitude;
        largest = each > largest ? each : largest;
    }
    return std::bit_cast<T>(largest);
}

template <std::floating_point T>
bool all_finite(const T* values, std::size_t count) {
    return is_finite(largest_magnitude(values, count));
}

/// Calls `use(first, count)` with the values of a matrix, in runs as long as there are; until it says false.
template <std::floating_point T, class Use>
bool for_runs(const basic_matrix<T>& deferred_or_not, Use use) {
    const auto m = deferred_or_not.resident();
    if (m.column_stride() != 1) return for_runs(m.transposed(), use);
    if (m.row_stride() == m.columns()) return use(m.data(), m.rows() * m.columns());
    for (std::size_t i = 0; i < m.rows(); ++i)
        if (!use(m.data() + i * m.row_stride(), m.columns())) return false;
    return true;
}

/// Whether every entry is finite. O(rows · columns).
template <std::floating_point T>
bool all_finite(const basic_matrix<T>& m) {
    return for_runs(m, [](const T* values, std::size_t count) { return all_finite(values, count); });
}

/// The largest magnitude of finite entries. O(rows · columns).
template <std::floating_point T>
T largest_magnitude(const basic_matrix<T>& m) {
    T largest = 0;
    for_runs(m, [&](const T* values, std::size_t count) {
        const T each = largest_magnitude(values, count);
        largest = each > largest ? each : largest;
        return true;
    });
    return largest;
}

/// The largest magnitude in each column of finite entries. O(rows · columns).
template <std::floating_point T>
std::vector<T> largest_in_columns(const basic_matrix<T>& deferred_or_not) {
    const auto m = deferred_or_not.resident();
    std::vector<T> largest(m.columns());
    if (m.column_stride() != 1) {
        for (std::size_t j = 0; j < m.columns(); ++j)
            largest[j] = largest_magnitude(m.data() + j * m.column_stride(), m.rows());
        return largest;
    }
    for (std::size_t i = 0; i < m.rows(); ++i) {
        const T* const row = m.data() + i * m.row_stride();
        for (std::size_t j = 0; j < m.columns(); ++j) {
            const T each = row[j] < 0 ? -row[j] : row[j];
            largest[j] = each > largest[j] ? each : largest[j];
        }
    }
    return largest;
}

/// Where a matrix is not finite.
struct entry_position {
    std::size_t row;
    std::size_t column;
};

/// The first entry, row by row, that is NaN or infinite.
template <std::floating_point T>
std::optional<entry_position> find_non_finite(const basic_matrix<T>& deferred_or_not) {
    const auto m = deferred_or_not.resident();
    if (all_finite(m)) return std::nullopt;
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t j = 0; j < m.columns(); ++j)
            if (!is_finite(m(i, j))) return entry_position{i, j};
    return std::nullopt;
}

/// @throws numeric_error (non_finite) naming `what` and the first such entry
template <std::floating_point T>
void require_finite(const basic_matrix<T>& deferred_or_not, const std::string& what) {
    const auto m = deferred_or_not.resident();
    const auto bad = find_non_finite(m);
    if (!bad) return;
    throw numeric_error(errc::non_finite, what + ": expected finite weights, found " +
                                              to_text(m(bad->row, bad->column)) + " at row " +
                                              to_text(bad->row) + ", column " + to_text(bad->column));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
