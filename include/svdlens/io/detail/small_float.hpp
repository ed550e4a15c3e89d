/// @file
/// Floating-point formats of 8 and 16 bits, and how elements are encoded.
#ifndef SVDLENS_IO_DETAIL_SMALL_FLOAT_HPP
#define SVDLENS_IO_DETAIL_SMALL_FLOAT_HPP

#include <algorithm>
#include <array>
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

#include "../dtype.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A sign bit, exponent bits and mantissa bits, from the highest to the lowest, with gradual underflow.
/// Sources: IEEE 754-2019 (F16); OCP 8-bit Floating Point Specification 1.0 (E5M2, E4M3); Noune et al.,
/// 8-bit Numerical Formats for Deep Neural Networks, arXiv 2206.02915 (FNUZ).
struct small_float {
    int exponent_bits = 0;
    int mantissa_bits = 0;
    int bias = 0;
    std::uint32_t largest = 0; ///< pattern of the largest finite value
    std::uint32_t nan = 0;     ///< pattern that NaN is written as
    bool infinite = false;     ///< the pattern after `largest` is infinity
    bool signed_zero = true;   ///< else the pattern of -0 is the only NaN
};

/// The format of a dtype; nothing for those that are no such floats.
constexpr std::optional<small_float> small_float_of(dtype type) noexcept {
    switch (type) {
    case dtype::f16:
        return small_float{5, 10, 15, 0x7bff, 0x7e00, true, true};
    case dtype::bf16:
        return small_float{8, 7, 127, 0x7f7f, 0x7fc0, true, true};
    case dtype::f8_e5m2:
        return small_float{5, 2, 15, 0x7b, 0x7f, true, true};
    case dtype::f8_e4m3:
        return small_float{4, 3, 7, 0x7e, 0x7f, false, true};
    case dtype::f8_e4m3fnuz:
        return small_float{4, 3, 8, 0x7f, 0x80, false, false};
    case dtype::f8_e5m2fnuz:
        return small_float{5, 2, 16, 0x7f, 0x80, false, false};
    default:
        return std::nullopt;
    }
}

/// 2^exponent, in float's range.
constexpr float power_of_two(int exponent) noexcept {
    float value = 1.0F;
    for (; exponent > 0; --exponent) value *= 2.0F;
    for (; exponent < 0; ++exponent) value *= 0.5F;
    return value;
}

/// A pattern's value, exactly.
constexpr float decode_small(const small_float& format, std::uint32_t pattern) noexcept {
    const std::uint32_t sign = 1U << (format.exponent_bits + format.mantissa_bits);
    const std::uint32_t magnitude = pattern & (sign - 1);
    if (!format.signed_zero && pattern == sign) return std::numeric_limits<float>::quiet_NaN();
    if (magnitude > format.largest) {
        if (!format.infinite || magnitude != format.largest + 1)
            return std::numeric_limits<float>::quiet_NaN();
        return (pattern & sign) != 0 ? -std::numeric_limits<float>::infinity()
                                     : std::numeric_limits<float>::infinity();
    }
    const int exponent = static_cast<int>(magnitude >> format.mantissa_bits);
    const std::uint32_t one = 1U << format.mantissa_bits;
    const std::uint32_t mantissa = (magnitude & (one - 1)) + (exponent == 0 ? 0 : one);
    const int scale = (std::max)(exponent, 1) - format.bias - format.mantissa_bits;
    const float value = static_cast<float>(mantissa) * power_of_two(scale);
    return (pattern & sign) != 0 ? -value : value;
}

/// What all 256 patterns of an 8-bit format are worth.
constexpr std::array<float, 256> decode_table(dtype type) noexcept {
    std::array<float, 256> values{};
    const auto format = small_float_of(type);
    for (std::uint32_t k = 0; format && k < values.size(); ++k) values[k] = decode_small(*format, k);
    return values;
}

/// The pattern nearest to a value, ties to the even one. Nothing where a finite value is beyond the largest
/// one (by half a step or more), and for an infinity in a format that has none.
inline std::optional<std::uint32_t> encode_small(const small_float& format, double value) noexcept {
    if (std::isnan(value)) return format.nan;
    const std::uint32_t sign = 1U << (format.exponent_bits + format.mantissa_bits);
    const std::uint32_t minus = std::signbit(value) ? sign : 0;
    if (std::isinf(value))
        return format.infinite ? std::optional(minus | (format.largest + 1)) : std::nullopt;
    const int lowest = 1 - format.bias; // the exponent of the subnormals and the smallest normals
    const int exponent = value == 0.0 ? lowest : (std::max)(std::ilogb(value), lowest);
    if (exponent > 128) return std::nullopt;
    const double steps = std::nearbyint(std::ldexp(std::fabs(value), format.mantissa_bits - exponent));
    // A mantissa rounded up to the next power of two carries into the exponent by itself.
    const auto magnitude = (static_cast<std::uint32_t>(exponent - lowest) << format.mantissa_bits) +
                           static_cast<std::uint32_t>(steps);
    if (magnitude > format.largest) return std::nullopt;
    return magnitude == 0 && !format.signed_zero ? 0 : minus | magnitude;
}

} // namespace detail

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

} // namespace svdlens::inline v0_2

#endif
