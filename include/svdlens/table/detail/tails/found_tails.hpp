/// @file
/// Rows beyond exact quantiles with these, what asks for them, and what they take.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_FOUND_TAILS_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_FOUND_TAILS_HPP

#include <concepts>
#include <cstdint>
#include <optional>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../bounds.hpp"
#include "../order/quantile_place.hpp"
#include "../order/radix_sort.hpp"
#include "../rows/row_list.hpp"
#include "bounds.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A side of a distribution: nothing, or all beyond a quantile.
using tail = std::optional<double>;

/// @throws argument_error (invalid_argument) for a probability outside [0, 1] or a low one above the high one
inline void check_tails(const tail_options& wanted) {
    for (const auto& side : {wanted.low, wanted.high})
        if (side) check_probabilities({&*side, 1});
    if (wanted.low && wanted.high && *wanted.low > *wanted.high)
        throw argument_error(errc::invalid_argument, "tails: the low probability " + to_text(*wanted.low) +
                                                         " is above the high one " + to_text(*wanted.high));
}

/// A zero of either sign becomes +0, so that bounds do not tell in which order scores went by.
inline score_bounds to_bounds(double low, double high) { return {low + 0.0, high + 0.0}; }

/// Rows beyond bounds, and the bounds.
template <std::floating_point T>
struct found_tails {
    score_bounds bounds;
    row_list<T> rows;
};

/// What finding tails of that many rows takes in either way: candidates and a list of rows, or a list and
/// its sorting.
template <std::floating_point T>
constexpr std::uint64_t tail_bytes(std::uint64_t rows) {
    return rows * (sizeof(row_number) + 2 * sizeof(T) + 2 * sizeof(keyed_position<std::uint64_t>));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
