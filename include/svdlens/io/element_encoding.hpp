/// @file
/// Numbers as the bytes of a file: the way back from `convert`.
#ifndef SVDLENS_IO_ELEMENT_ENCODING_HPP
#define SVDLENS_IO_ELEMENT_ENCODING_HPP

#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "dtype.hpp"
#include "small_float.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// A number as JSON writes it: integers are kept exactly, all else is a double.
using json_number = std::variant<double, std::int64_t, std::uint64_t>;

inline double to_double(const json_number& number) noexcept {
    return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

/// Nothing for what is no integer or out of range.
template <std::integral Integer>
std::optional<Integer> to_integer(const json_number& number) noexcept {
    if (const auto* real = std::get_if<double>(&number)) {
        using limits = std::numeric_limits<Integer>;
        const double end = std::ldexp(1.0, limits::digits); // one beyond the largest
        const double begin = std::is_signed_v<Integer> ? -end : 0.0;
        if (!(*real >= begin && *real < end) || std::trunc(*real) != *real) return std::nullopt;
        return static_cast<Integer>(*real);
    }
    return std::visit(
        [](auto value) -> std::optional<Integer> {
            if constexpr (std::integral<decltype(value)>) {
                if (std::in_range<Integer>(value)) return static_cast<Integer>(value);
            }
            return std::nullopt;
        },
        number);
}

/// A power of two from 2^-127 to 2^127, or NaN, as E8M0; nothing else has a pattern.
inline std::optional<std::uint32_t> encode_e8m0(double value) noexcept {
    if (std::isnan(value)) return 255;
    int exponent = 0;
    if (!std::isfinite(value) || std::frexp(value, &exponent) != 0.5) return std::nullopt;
    const int pattern = exponent - 1 + 127;
    if (pattern < 0 || pattern > 254) return std::nullopt;
    return static_cast<std::uint32_t>(pattern);
}

/// The lowest `size` bytes of a pattern, little-endian.
inline void append_little(std::vector<std::byte>& out, std::uint64_t pattern, std::size_t size) {
    for (std::size_t k = 0; k < size; ++k) out.push_back(static_cast<std::byte>(pattern >> (8 * k) & 255U));
}

template <std::integral Integer>
std::optional<std::uint64_t> integer_pattern(const json_number& number) noexcept {
    const auto value = to_integer<Integer>(number);
    return value ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

inline std::optional<std::uint64_t> floating_pattern(dtype type, double value) noexcept {
    if (type == dtype::f64) return std::bit_cast<std::uint64_t>(value);
    if (type == dtype::f32) {
        const auto narrow = static_cast<float>(value);
        if (std::isinf(narrow) && std::isfinite(value)) return std::nullopt;
        return std::bit_cast<std::uint32_t>(narrow);
    }
    if (type == dtype::f8_e8m0) return encode_e8m0(value);
    const auto format = small_float_of(type);
    return format ? encode_small(*format, value) : std::nullopt;
}

/// An element's bits: floats rounded to nearest, ties to even; integers and BOOL (0 and 1) exact. Nothing for
/// what the dtype cannot hold: a finite number beyond its range, a fraction as an integer, NaN or an infinity
/// in a dtype that has none, anything in a dtype that is not convertible.
inline std::optional<std::uint64_t> element_pattern(dtype type, const json_number& number) noexcept {
    switch (type) {
    case dtype::boolean: {
        const auto value = to_integer<std::uint8_t>(number);
        return value && *value <= 1 ? std::optional<std::uint64_t>(*value) : std::nullopt;
    }
    case dtype::u8:
        return integer_pattern<std::uint8_t>(number);
    case dtype::i8:
        return integer_pattern<std::int8_t>(number);
    case dtype::i16:
        return integer_pattern<std::int16_t>(number);
    case dtype::u16:
        return integer_pattern<std::uint16_t>(number);
    case dtype::i32:
        return integer_pattern<std::int32_t>(number);
    case dtype::u32:
        return integer_pattern<std::uint32_t>(number);
    case dtype::i64:
        return integer_pattern<std::int64_t>(number);
    case dtype::u64:
        return integer_pattern<std::uint64_t>(number);
    default:
        return floating_pattern(type, to_double(number));
    }
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
