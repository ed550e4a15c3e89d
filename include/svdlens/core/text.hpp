/// @file
/// Numbers and names as text: shortest round-trip numbers, names quoted so that they stay on one line.
#ifndef SVDLENS_CORE_TEXT_HPP
#define SVDLENS_CORE_TEXT_HPP

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

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
    requires std::integral<T> || std::floating_point<T> std::string to_text(T value) {
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
inline std::string quoted(const std::string& name) { return quoted(std::string_view(name)); }
inline std::string quoted(std::string& name) { return quoted(std::string_view(name)); }
inline std::string quoted(const char* name) { return quoted(std::string_view(name)); }

} // namespace svdlens::inline v0_2

#endif
