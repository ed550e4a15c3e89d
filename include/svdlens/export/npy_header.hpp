/// @file
/// The bytes of NumPy's .npy format: its header, and values in little-endian order.
#ifndef SVDLENS_EXPORT_NPY_HEADER_HPP
#define SVDLENS_EXPORT_NPY_HEADER_HPP

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "../core/text.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// NumPy's name of a type in little-endian order.
template <class T>
inline constexpr std::string_view npy_type = "";
template <>
inline constexpr std::string_view npy_type<float> = "<f4";
template <>
inline constexpr std::string_view npy_type<double> = "<f8";
template <>
inline constexpr std::string_view npy_type<std::uint64_t> = "<u8";

/// A shape as Python writes a tuple: `()`, `(3,)`, `(3, 4)`.
inline std::string python_tuple(std::span<const std::uint64_t> shape) {
    std::string out = to_text(shape);
    out.front() = '(';
    out.back() = ')';
    if (shape.size() == 1) out.insert(out.size() - 1, ",");
    return out;
}

/// Appends an unsigned number in little-endian order.
inline void append_bytes(std::string& out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t k = 0; k < bytes; ++k) out += static_cast<char>(value >> (8 * k) & 0xff);
}

/// All that stands before the values in C order: version 1.0, or 2.0 where the text is longer than 64 KiB,
/// padded so that the values start at a multiple of 64 bytes (the format's specification:
/// numpy.lib.format).
inline std::string npy_header(std::string_view type, std::span<const std::uint64_t> shape) {
    std::string text = "{'descr': '";
    ((text += type) += "', 'fortran_order': False, 'shape': ") += python_tuple(shape) + ", }";
    const auto padded = [&](std::size_t before) {
        return (before + text.size() + 1 + 63) / 64 * 64 - before;
    };
    const bool first = padded(10) <= 0xffff;
    const std::size_t length = padded(first ? 10 : 12);
    std::string out = "\x93NUMPY";
    append_bytes(out, first ? 1 : 2, 2);
    append_bytes(out, length, first ? 2 : 4);
    out += text;
    out.append(length - text.size() - 1, ' ');
    return out += '\n';
}

/// Appends values in little-endian order.
template <class T>
void append_little_endian(std::string& out, std::span<const T> values) {
    const std::size_t start = out.size();
    out.resize(start + values.size_bytes());
    if (!values.empty()) std::memcpy(out.data() + start, values.data(), values.size_bytes());
    if constexpr (std::endian::native == std::endian::big)
        for (std::size_t k = start; k < out.size(); k += sizeof(T))
            for (std::size_t j = 0; j < sizeof(T) / 2; ++j) std::swap(out[k + j], out[k + sizeof(T) - 1 - j]);
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
