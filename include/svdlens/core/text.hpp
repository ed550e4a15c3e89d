/// @file
/// Numbers, names and bytes as text: shortest round-trip numbers, names quoted so that they stay on one line.
#ifndef SVDLENS_CORE_TEXT_HPP
#define SVDLENS_CORE_TEXT_HPP

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "detail/utf8.hpp"

namespace svdlens::inline v0_2 {

/// Appends an integer in decimal.
template <std::integral T>
void append_number(std::string& out, T value) {
    std::array<char, 24> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    out.append(buffer.data(), end);
}

/// Appends the shortest decimal that reads back as the same value; `nan`, `inf` and `-inf` for the rest.
/// Independent of the locale.
template <std::floating_point T>
void append_number(std::string& out, T value) {
    if (std::isnan(value)) {
        out += "nan";
        return;
    }
    std::array<char, 40> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    out.append(buffer.data(), end);
}

/// A number as `append_number` writes it.
template <class T>
    requires(std::integral<T> || std::floating_point<T>)
std::string to_text(T value) {
    std::string out;
    append_number(out, value);
    return out;
}

/// A number for people: `digits` significant digits.
inline std::string to_rounded_text(double value, int digits) {
    if (!std::isfinite(value)) return to_text(value);
    std::array<char, 64> buffer;
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, digits)
            .ptr;
    return std::string(buffer.data(), end);
}

/// A shape as `[4, 128, 32]`.
inline std::string to_text(std::span<const std::uint64_t> shape) {
    std::string out = "[";
    for (std::size_t k = 0; k < shape.size(); ++k) {
        if (k != 0) out += ", ";
        append_number(out, shape[k]);
    }
    return out += "]";
}

/// A name from a file in double quotes, control characters escaped and at most 200 bytes of it, so that a
/// message stays one readable line whatever the file holds.
inline std::string quoted(std::string_view name) {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::size_t longest = 200;
    std::string out = "\"";
    for (const char c : name.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            out += "\\x";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
    }
    out += name.size() > longest ? "...\"" : "\"";
    return out;
}

// Exact matches for strings: with <iomanip> included, argument-dependent lookup would find std::quoted.
/// The same of a string, without a copy of it before. @{
inline std::string quoted(const std::string& name) { return quoted(std::string_view(name)); }
inline std::string quoted(std::string& name) { return quoted(std::string_view(name)); }
inline std::string quoted(const char* name) { return quoted(std::string_view(name)); }
/// @}

namespace detail {

/// Whether a character would not be seen, or would move others: controls of Latin-1, soft hyphen, zero-width
/// characters, line and paragraph separators, changes of direction, byte order mark.
constexpr bool is_invisible(char32_t code) {
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0xad ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x2069) || code == 0xfeff;
}

/// The last `digits` hexadecimal digits of a number behind a mark: `\x0a`, `\u200b`.
inline std::string hexadecimal_escape(char mark, char32_t code, unsigned digits) {
    constexpr std::string_view alphabet = "0123456789abcdef";
    std::string out = {'\\', mark};
    while (digits-- > 0) out += alphabet[(code >> (4 * digits)) & 15];
    return out;
}

inline std::string escaped_character(char32_t code) {
    switch (code) {
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\\':
        return "\\\\";
    default:
        return code < 0x80 ? hexadecimal_escape('x', code, 2) : hexadecimal_escape('u', code, 4);
    }
}

} // namespace detail

/// Bytes as text for people: UTF-8 as it is; controls and invisible characters, other bytes and the
/// backslash escaped (`\n`, `\u200b`, `\xc3`, `\\`), so that different bytes make different texts. O(size)
inline std::string shown_bytes(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const std::size_t length = detail::utf8_sequence(bytes);
        const auto sequence = bytes.substr(0, length == 0 ? 1 : length);
        bytes.remove_prefix(sequence.size());
        if (length == 0) {
            out += detail::hexadecimal_escape('x', static_cast<unsigned char>(sequence[0]), 2);
            continue;
        }
        const char32_t code = detail::decode_sequence(sequence);
        if (detail::is_invisible(code) || code == '\\')
            out += detail::escaped_character(code);
        else
            out += sequence;
    }
    return out;
}

} // namespace svdlens::inline v0_2

#endif
