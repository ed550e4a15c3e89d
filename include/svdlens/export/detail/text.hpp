/// @file
/// Text that stays whole in JSON and in XML.
#ifndef SVDLENS_EXPORT_DETAIL_TEXT_HPP
#define SVDLENS_EXPORT_DETAIL_TEXT_HPP

#include <bit>
#include <cstddef>
#include <string>
#include <string_view>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What stands where there is no character: U+FFFD in UTF-8.
inline constexpr std::string_view replacement_character = "\xef\xbf\xbd";

/// A decoded character: its code and how many bytes it took; length 0 where the bytes are no UTF-8.
struct decoded_character {
    char32_t code = 0;
    std::size_t length = 0;
};

/// Decodes the character that starts a text which is not empty.
inline decoded_character decode_character(std::string_view text) {
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000}; // by length; less would be overlong
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return {lead, 1};
    const auto length = static_cast<std::size_t>(std::countl_one(lead));
    if (length < 2 || length > 4 || text.size() < length) return {};
    char32_t code = lead & (0xffU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
        const auto byte = static_cast<unsigned char>(text[k]);
        if ((byte & 0xc0U) != 0x80U) return {};
        code = code << 6 | (byte & 0x3fU);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < smallest[length] || code > 0x10ffff || surrogate) return {};
    return {code, length};
}

/// Appends `text` as UTF-8 that XML 1.0 and Graphviz can hold and a person can see: for each ASCII character
/// `escape(c)` is what stands for it (empty: itself), control characters become their pictures (U+2400 on),
/// and bytes that are no UTF-8 as well as the non-characters U+FFFE and U+FFFF become U+FFFD.
template <class Escape>
void append_printable(std::string& out, std::string_view text, Escape escape) {
    while (!text.empty()) {
        const auto [code, length] = decode_character(text);
        if (code < 0x80 && length == 1) {
            const std::string_view escaped = escape(text[0]);
            if (!escaped.empty())
                out += escaped;
            else if (code < 0x20 || code == 0x7f)
                (out += "\xe2\x90") += static_cast<char>(code == 0x7f ? 0xa1 : 0x80 + code);
            else
                out += text[0];
        } else if (length == 0 || code == 0xfffe || code == 0xffff) {
            out += replacement_character;
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

} // namespace detail

namespace detail {

/// Appends `text` as a JSON string in quotes. Control characters are escaped; bytes that are no UTF-8
/// become U+FFFD.
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

} // namespace svdlens::inline v0_2

#endif
