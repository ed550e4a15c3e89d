/// @file
/// Text as JSON strings.
#ifndef SVDLENS_EXPORT_JSON_TEXT_HPP
#define SVDLENS_EXPORT_JSON_TEXT_HPP

#include <string>
#include <string_view>

#include "printable_text.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Appends `text` as a JSON string in quotes. Control characters are escaped; bytes that are no UTF-8 become
/// U+FFFD.
inline void append_json_text(std::string& out, std::string_view text) {
    out += '"';
    append_printable(out, text, [code = std::string("\\u0000")](char c) mutable -> std::string_view {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"') return "\\\"";
        if (c == '\\') return "\\\\";
        if (byte >= 0x20 && byte != 0x7f) return {};
        code[4] = digits[byte >> 4];
        code[5] = digits[byte & 15];
        return code;
    });
    out += '"';
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
