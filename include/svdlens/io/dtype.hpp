/// @file
/// The 22 element types of the safetensors format: their names and sizes.
#ifndef SVDLENS_IO_DTYPE_HPP
#define SVDLENS_IO_DTYPE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

/// An element type, in the format's order of increasing alignment (writers place tensors by it, descending).
enum class dtype : std::uint8_t {
    boolean,     ///< one byte; every byte but 0 is true
    f4,          ///< 4 bits (MX E2M1)
    f6_e2m3,     ///< 6 bits
    f6_e3m2,     ///< 6 bits
    u8,          ///< unsigned, 8 bits
    i8,          ///< signed, 8 bits
    f8_e5m2,     ///< 8 bits, IEEE-like
    f8_e4m3,     ///< 8 bits, no infinity (the "fn" kind)
    f8_e8m0,     ///< 8 bits, a power of two
    f8_e4m3fnuz, ///< 8 bits, no infinity, no negative zero
    f8_e5m2fnuz, ///< 8 bits, no infinity, no negative zero
    i16,         ///< signed, 16 bits
    u16,         ///< unsigned, 16 bits
    f16,         ///< IEEE half precision
    bf16,        ///< the upper half of a float
    i32,         ///< signed, 32 bits
    u32,         ///< unsigned, 32 bits
    f32,         ///< IEEE single precision
    c64,         ///< complex: two f32
    f64,         ///< IEEE double precision
    i64,         ///< signed, 64 bits
    u64,         ///< unsigned, 64 bits
};

namespace detail {

struct dtype_row {
    std::string_view name;
    unsigned bits;
};

/// One row per enumerator, in its order.
inline constexpr std::array<dtype_row, 22> dtype_rows = {{
    {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
    {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
    {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
    {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64},
}};

} // namespace detail

/// Size of one element in bits.
constexpr unsigned bits_of(dtype type) noexcept {
    return detail::dtype_rows[static_cast<std::size_t>(type)].bits;
}

/// The name that the format uses, such as `F32`.
constexpr std::string_view to_text(dtype type) noexcept {
    return detail::dtype_rows[static_cast<std::size_t>(type)].name;
}

/// The type of that name (case-sensitive), or nothing.
constexpr std::optional<dtype> parse_dtype(std::string_view text) noexcept {
    for (std::size_t k = 0; k < detail::dtype_rows.size(); ++k) {
        if (detail::dtype_rows[k].name == text) return static_cast<dtype>(k);
    }
    return std::nullopt;
}

} // namespace svdlens::inline v0_2

#endif
