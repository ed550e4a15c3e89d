/// @file
/// The strings of protocol 0, which are written as lines with escapes.
#ifndef SVDLENS_IO_DETAIL_PICKLE_PICKLE_TEXT_HPP
#define SVDLENS_IO_DETAIL_PICKLE_PICKLE_TEXT_HPP

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether a line reads as it stands: no escapes, nothing but ASCII. O(size)
inline bool is_plain_ascii(std::string_view line) {
    return std::all_of(line.begin(), line.end(), [](char c) { return c != '\\' && (c & '\x80') == 0; });
}

inline void append_utf8(std::string& out, char32_t code) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (code < 0x80) return put(code);
    if (code < 0x800) return put(0xc0 | code >> 6), put(0x80 | (code & 63));
    if (code < 0x10000) return put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 63)), put(0x80 | (code & 63));
    put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 63)), put(0x80 | (code >> 6 & 63)),
        put(0x80 | (code & 63));
}

/// The number that a text of `digits` hexadecimal digits begins with; the largest where it does not.
inline char32_t hexadecimal(std::string_view text, std::size_t digits) {
    unsigned value = 0;
    if (text.size() < digits) return 0xffffffff;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + digits, value, 16);
    return failure == std::errc() && end == text.data() + digits ? static_cast<char32_t>(value) : 0xffffffff;
}

/// Python's raw-unicode-escape as UTF-8: `\u` and `\U` escapes, and other characters as Latin-1. O(size)
inline std::string from_raw_unicode(std::string_view line) {
    std::string out;
    for (std::size_t k = 0; k < line.size(); ++k) {
        const auto rest = line.substr(k);
        const std::size_t digits = rest.starts_with("\\u") ? 4 : rest.starts_with("\\U") ? 8 : 0;
        const char32_t code = digits == 0 ? 0xffffffff : hexadecimal(rest.substr(2), digits);
        const bool escaped = code < 0x110000;
        append_utf8(out, escaped ? code : static_cast<unsigned char>(line[k]));
        if (escaped) k += digits + 1;
    }
    return out;
}

/// What Python's repr of a string writes with a backslash. O(size)
inline std::string without_escapes(std::string_view line) {
    constexpr std::string_view letters = "\\'\"nrtabfv", meanings = "\\'\"\n\r\t\a\b\f\v";
    std::string out;
    for (std::size_t k = 0; k < line.size(); ++k) {
        const char next = line[k] == '\\' && k + 1 < line.size() ? line[k + 1] : '\0';
        const auto letter = next == '\0' ? std::string_view::npos : letters.find(next);
        const char32_t code = next == 'x' ? hexadecimal(line.substr(k + 2), 2) : 0xffffffff;
        if (letter != std::string_view::npos) {
            out += meanings[letter];
            ++k;
        } else if (code < 0x100) {
            out += static_cast<char>(static_cast<unsigned char>(code));
            k += 3;
        } else {
            out += line[k];
        }
    }
    return out;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
