/// @file
/// Scores as integers that sort: for verbs that order rows.
#ifndef SVDLENS_TABLE_SCORE_ORDER_HPP
#define SVDLENS_TABLE_SCORE_ORDER_HPP

#include <concepts>
#include <cstdint>
#include <limits>

#include "order_image.hpp"

namespace svdlens::inline v0 {

/// Which way round verbs order rows.
enum class sort_order { ascending, descending };

namespace detail {

/// Comes after every number in either order.
inline constexpr std::uint64_t nan_place = (std::numeric_limits<std::uint64_t>::max)();

/// An integer that ascends as scores are ordered. The two zeros are equal; NaN is last in either order, as in
/// pandas.
template <std::floating_point T>
constexpr std::uint64_t score_place(T score, sort_order order) {
    if (score != score) return nan_place;
    const image_type<T> image = order_image(score == 0 ? T{0} : score);
    return order == sort_order::ascending ? image : static_cast<image_type<T>>(~image);
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
