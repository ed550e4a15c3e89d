/// @file
/// The bytes of a file as numbers: little-endian elements of any readable dtype to float or double.
#ifndef SVDLENS_IO_CONVERT_HPP
#define SVDLENS_IO_CONVERT_HPP

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "detail/little_endian.hpp"
#include "detail/small_float.hpp"
#include "dtype.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// All bits or none.
constexpr std::uint32_t mask_if(bool condition) noexcept {
    return 0U - static_cast<std::uint32_t>(condition);
}

/// IEEE half to single, exactly. All three cases are computed and one is picked by masks: a compiler turns
/// `?:` into a branch, and then the loop does not vectorise. Subnormals go by way of an integer, which a
/// processor set to flush them cannot spoil.
inline float half_to_float(std::uint16_t half) noexcept {
    const std::uint32_t sign = (half & 0x8000U) << 16;
    const std::uint32_t magnitude = half & 0x7fffU;
    const std::uint32_t normal = (magnitude << 13) + (112U << 23); // rebias the exponent: 127 - 15
    const std::uint32_t special = (magnitude << 13) | 0x7f800000U;
    const auto subnormal =
        std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<int>(magnitude)) * 0x1p-24F);
    const std::uint32_t is_subnormal = mask_if(magnitude < 0x0400U);
    const std::uint32_t is_special = mask_if(magnitude >= 0x7c00U);
    return std::bit_cast<float>(sign | (subnormal & is_subnormal) | (special & is_special) |
                                (normal & ~(is_subnormal | is_special)));
}

/// A bfloat16 is the upper half of a float.
inline float bfloat_to_float(std::uint16_t bits) noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// A power of two, 2^(bits - 127), or NaN for 255 (OCP Microscaling Formats 1.0).
inline float e8m0_to_float(std::uint8_t bits) noexcept {
    const std::uint32_t normal = static_cast<std::uint32_t>(bits) << 23;
    const std::uint32_t smallest = mask_if(bits == 0) & 0x00400000U; // 2^-127 is a subnormal float
    const std::uint32_t nan = mask_if(bits == 255) & 0x00400000U;
    return std::bit_cast<float>(normal | smallest | nan);
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

/// The 8-bit floats other than E8M0.
template <dtype Type, class T>
void convert_by_table(std::span<const std::byte> bytes, std::span<T> out) {
    static constexpr std::array<float, 256> values = decode_table(Type);
    convert_each<std::uint8_t>(bytes, out, [](std::uint8_t pattern) { return values[pattern]; });
}

template <class T>
void convert_floating(dtype from, std::span<const std::byte> bytes, std::span<T> out) {
    switch (from) {
    case dtype::f8_e5m2:
        return convert_by_table<dtype::f8_e5m2>(bytes, out);
    case dtype::f8_e4m3:
        return convert_by_table<dtype::f8_e4m3>(bytes, out);
    case dtype::f8_e5m2fnuz:
        return convert_by_table<dtype::f8_e5m2fnuz>(bytes, out);
    case dtype::f8_e4m3fnuz:
        return convert_by_table<dtype::f8_e4m3fnuz>(bytes, out);
    case dtype::f8_e8m0:
        return convert_each<std::uint8_t>(bytes, out, e8m0_to_float);
    case dtype::f16:
        return convert_each<std::uint16_t>(bytes, out, half_to_float);
    case dtype::bf16:
        return convert_each<std::uint16_t>(bytes, out, bfloat_to_float);
    case dtype::f32:
        return convert_each<float>(bytes, out);
    default:
        return convert_each<double>(bytes, out);
    }
}

/// For dtypes that `is_convertible` lets through.
template <class T>
void convert_readable(dtype from, std::span<const std::byte> bytes, std::span<T> out) {
    switch (from) {
    case dtype::boolean:
        return convert_each<std::uint8_t>(bytes, out, [](std::uint8_t b) { return b != 0; });
    case dtype::u8:
        return convert_each<std::uint8_t>(bytes, out);
    case dtype::i8:
        return convert_each<std::int8_t>(bytes, out);
    case dtype::i16:
        return convert_each<std::int16_t>(bytes, out);
    case dtype::u16:
        return convert_each<std::uint16_t>(bytes, out);
    case dtype::i32:
        return convert_each<std::int32_t>(bytes, out);
    case dtype::u32:
        return convert_each<std::uint32_t>(bytes, out);
    case dtype::i64:
        return convert_each<std::int64_t>(bytes, out);
    case dtype::u64:
        return convert_each<std::uint64_t>(bytes, out);
    default:
        return convert_floating(from, bytes, out);
    }
}

} // namespace detail

/// Whether `convert` reads this dtype: all but C64, F4 and F6, whose elements are no single real numbers or
/// no whole bytes.
constexpr bool is_convertible(dtype type) noexcept { return bits_of(type) % 8 == 0 && type != dtype::c64; }

/// Decodes little-endian elements at any alignment. Exact where T can hold the value, else rounded to
/// nearest; an F64 beyond float's range becomes infinite. BOOL gives 0 and 1; a NaN stays one, whatever its
/// bits. One pass, O(out.size()); no memory.
/// @throws format_error (unsupported_dtype) when `is_convertible(from)` is false
/// @throws argument_error (invalid_argument) when the bytes are not those of `out.size()` elements
template <std::floating_point T>
void convert(dtype from, std::span<const std::byte> bytes, std::span<T> out) {
    if (!is_convertible(from)) {
        throw format_error(errc::unsupported_dtype,
                           "convert: cannot read " + std::string(to_text(from)) + " as real numbers");
    }
    if (bytes.size() / (bits_of(from) / 8) != out.size() || bytes.size() % (bits_of(from) / 8) != 0) {
        throw argument_error(errc::invalid_argument, "convert: " + to_text(bytes.size()) + " bytes of " +
                                                         std::string(to_text(from)) + " are not " +
                                                         to_text(out.size()) + " elements");
    }
    detail::convert_readable(from, bytes, out);
}

} // namespace svdlens::inline v0_2

#endif
