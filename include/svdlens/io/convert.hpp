/// @file
/// The bytes of a file as numbers: little-endian elements of any readable dtype to float or double.
#ifndef SVDLENS_IO_CONVERT_HPP
#define SVDLENS_IO_CONVERT_HPP

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "dtype.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// An element at any address, from little-endian order.
template <class Stored>
Stored load_little(const std::byte* at) noexcept {
    Stored value;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, at, sizeof value);
    } else {
        std::byte turned[sizeof value];
        for (std::size_t k = 0; k < sizeof value; ++k) turned[k] = at[sizeof value - 1 - k];
        std::memcpy(&value, turned, sizeof value);
    }
    return value;
}

/// IEEE half to single, exactly. All three cases are computed and one is picked, so that the loop over it
/// vectorises; subnormals go by way of an integer, which a processor set to flush them cannot spoil.
inline float half_to_float(std::uint16_t half) noexcept {
    const std::uint32_t sign = (half & 0x8000U) << 16;
    const std::uint32_t magnitude = half & 0x7fffU;
    const std::uint32_t normal = (magnitude << 13) + (112U << 23); // rebias the exponent: 127 - 15
    const std::uint32_t special = (magnitude << 13) | 0x7f800000U;
    const auto subnormal =
        std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<int>(magnitude)) * 0x1p-24F);
    const std::uint32_t finite = magnitude < 0x0400U ? subnormal : normal;
    return std::bit_cast<float>(sign | (magnitude >= 0x7c00U ? special : finite));
}

/// A bfloat16 is the upper half of a float.
inline float bfloat_to_float(std::uint16_t bits) noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

template <class Stored, class T, class Decode>
void convert_each(std::span<const std::byte> bytes, std::span<T> out, Decode decode) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = static_cast<T>(decode(load_little<Stored>(bytes.data() + i * sizeof(Stored))));
    }
}

template <class Stored, class T>
void convert_each(std::span<const std::byte> bytes, std::span<T> out) {
    convert_each<Stored>(bytes, out, [](Stored value) { return value; });
}

} // namespace detail

/// Whether `convert` reads this dtype: F64, F32, F16, BF16, all integers, BOOL.
constexpr bool is_convertible(dtype type) noexcept {
    switch (type) {
    case dtype::f4:
    case dtype::f6_e2m3:
    case dtype::f6_e3m2:
    case dtype::f8_e5m2:
    case dtype::f8_e4m3:
    case dtype::f8_e8m0:
    case dtype::f8_e4m3fnuz:
    case dtype::f8_e5m2fnuz:
    case dtype::c64:
        return false;
    default:
        return true;
    }
}

/// Decodes little-endian elements at any alignment. Exact where T can hold the value, else rounded to
/// nearest; an F64 beyond float's range becomes infinite. BOOL gives 0 and 1. O(out.size()).
/// @throws format_error (unsupported_dtype) when `is_convertible(from)` is false
/// @throws argument_error (invalid_argument) when the bytes are not those of `out.size()` elements
template <std::floating_point T>
void convert(dtype from, std::span<const std::byte> bytes, std::span<T> out) {
    if (!is_convertible(from)) {
        throw format_error(errc::unsupported_dtype,
                           "convert: cannot read " + std::string(name(from)) + " as numbers");
    }
    if (bytes.size() / (bits(from) / 8) != out.size() || bytes.size() % (bits(from) / 8) != 0) {
        throw argument_error(errc::invalid_argument, "convert: " + to_text(bytes.size()) + " bytes of " +
                                                         std::string(name(from)) + " are not " +
                                                         to_text(out.size()) + " elements");
    }
    switch (from) {
    case dtype::boolean:
        return detail::convert_each<std::uint8_t>(bytes, out, [](std::uint8_t b) { return b != 0; });
    case dtype::u8:
        return detail::convert_each<std::uint8_t>(bytes, out);
    case dtype::i8:
        return detail::convert_each<std::int8_t>(bytes, out);
    case dtype::i16:
        return detail::convert_each<std::int16_t>(bytes, out);
    case dtype::u16:
        return detail::convert_each<std::uint16_t>(bytes, out);
    case dtype::f16:
        return detail::convert_each<std::uint16_t>(bytes, out, detail::half_to_float);
    case dtype::bf16:
        return detail::convert_each<std::uint16_t>(bytes, out, detail::bfloat_to_float);
    case dtype::i32:
        return detail::convert_each<std::int32_t>(bytes, out);
    case dtype::u32:
        return detail::convert_each<std::uint32_t>(bytes, out);
    case dtype::f32:
        return detail::convert_each<float>(bytes, out);
    case dtype::f64:
        return detail::convert_each<double>(bytes, out);
    case dtype::i64:
        return detail::convert_each<std::int64_t>(bytes, out);
    case dtype::u64:
        return detail::convert_each<std::uint64_t>(bytes, out);
    default:
        return; // refused above
    }
}

} // namespace svdlens::inline v0

#endif
