/// @file
/// Scores as unsigned integers in the same order, and the total order of rows.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_ORDER_IMAGE_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_ORDER_IMAGE_HPP

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "../../../core/detail/requirements.hpp"
#include "../../score_key.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// An unsigned integer as wide as a float.
template <std::floating_point T>
using image_type = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

inline constexpr unsigned digit_bits = 16;
inline constexpr std::size_t digit_values = std::size_t{1} << digit_bits;

/// How many digits the image of a T has.
template <std::floating_point T>
inline constexpr unsigned digits_of = static_cast<unsigned>(sizeof(T) * 8 / digit_bits);

/// The highest bit of an image.
template <std::floating_point T>
inline constexpr image_type<T> image_sign = image_type<T>{1} << (sizeof(T) * 8 - 1);

/// An integer that orders as the score does; -0 comes right before +0. NaN has no place in the order.
template <std::floating_point T>
constexpr image_type<T> order_image(T score) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "scores are float or double");
    using image = image_type<T>;
    const auto bits = std::bit_cast<image>(score);
    const auto negative =
        static_cast<image>(image{0} - (bits >> (sizeof(T) * 8 - 1))); // no branch: all or none
    return bits ^ (negative | image_sign<T>);
}

/// The score of an image.
template <std::floating_point T>
constexpr T from_order_image(image_type<T> image) {
    const bool positive = (image & image_sign<T>) != 0;
    return std::bit_cast<T>(image ^
                            (positive ? image_sign<T> : static_cast<image_type<T>>(~image_type<T>{0})));
}

/// The `depth + 1` highest digits of an image.
template <std::floating_point T>
constexpr image_type<T> leading_digits(image_type<T> image, unsigned depth) {
    return static_cast<image_type<T>>(image >> (digit_bits * (digits_of<T> - 1 - depth)));
}

/// Comes after every number in either order.
inline constexpr std::uint64_t nan_place = (std::numeric_limits<std::uint64_t>::max)();

/// An integer that ascends as scores are ordered. The two zeros are equal; NaN is last in either order, as
/// in pandas.
template <std::floating_point T>
constexpr std::uint64_t score_place(T score, sort_order order) {
    if (score != score) return nan_place;
    const image_type<T> image = order_image(score == 0 ? T{0} : score);
    return order == sort_order::ascending ? image : static_cast<image_type<T>>(~image);
}

/// The score of a place that is not NaN's; of the zeros' +0.
template <std::floating_point T>
constexpr T score_at_place(image_type<T> place, sort_order order) {
    return from_order_image<T>(order == sort_order::ascending ? place : static_cast<image_type<T>>(~place));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
