/// @file
/// Whether all weights are numbers, by their bits: the answer also holds under -ffast-math.
#ifndef SVDLENS_LINALG_FINITE_HPP
#define SVDLENS_LINALG_FINITE_HPP

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "matrix.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Whether the exponent's bits are not all set.
template <std::floating_point T>
constexpr bool is_finite(T value) {
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    static_assert(sizeof(bits) == sizeof(T) && std::numeric_limits<T>::is_iec559, "float or double");
    constexpr bits exponent = std::bit_cast<bits>(std::numeric_limits<T>::infinity());
    return (std::bit_cast<bits>(value) & exponent) != exponent;
}

template <std::floating_point T>
bool all_finite(const T* values, std::size_t count) {
    bool finite = true; // without an early exit, so that the loop vectorises
    for (std::size_t k = 0; k < count; ++k) finite &= is_finite(values[k]);
    return finite;
}

/// Whether every entry is finite. O(rows · columns).
template <std::floating_point T>
bool all_finite(const basic_matrix<T>& deferred_or_not) {
    const auto m = deferred_or_not.resident();
    if (m.column_stride() != 1) return m.row_stride() == 1 && all_finite(m.transposed());
    for (std::size_t i = 0; i < m.rows(); ++i)
        if (!all_finite(m.data() + i * m.row_stride(), m.columns())) return false;
    return true;
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

} // namespace svdlens::inline v0

#endif
