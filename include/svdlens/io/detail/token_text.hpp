/// @file
/// Spellings of tokens in tokenizer files, and how a token is shown.
#ifndef SVDLENS_IO_DETAIL_TOKEN_TEXT_HPP
#define SVDLENS_IO_DETAIL_TOKEN_TEXT_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "utf8.hpp"

namespace svdlens::inline v0_2 {

/// How a vocabulary writes its tokens.
enum class token_spelling {
    plain,         ///< as they are (WordPiece: `##` continues a word)
    byte_level,    ///< each byte as a printable character, a blank as U+0120 (GPT-2, Llama 3, Qwen)
    sentencepiece, ///< a blank as U+2581, a lone byte as `<0x0A>` (Llama 2, Gemma, T5)
};

namespace detail {

inline constexpr std::string_view sentencepiece_blank = "\xe2\x96\x81"; // U+2581
inline constexpr std::string_view byte_level_blank = "\xc4\xa0";        // U+0120

/// The code of a well-formed UTF-8 sequence.
inline char32_t decode_sequence(std::string_view sequence) {
    const auto lead = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return lead;
    char32_t code = lead & (0x7fU >> sequence.size());
    for (const char c : sequence.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
    return code;
}

/// The byte that a character of the byte-level alphabet stands for: printable Latin-1 characters stand for
/// themselves, U+0100 on for the other bytes in their order. Source: GPT-2's `bytes_to_unicode`.
constexpr std::optional<unsigned char> byte_of(char32_t code) {
    const bool itself = (code >= 0x21 && code <= 0x7e) || (code >= 0xa1 && code <= 0xff && code != 0xad);
    if (itself) return static_cast<unsigned char>(code);
    if (code < 0x100 || code > 0x143) return std::nullopt;
    const char32_t other = code - 0x100; // 0 to 32, 127 to 160, 173
    return static_cast<unsigned char>(other <= 32 ? other : other < 67 ? other + 94 : 173);
}

/// The bytes of a byte-level token, or nothing when it is not written in that alphabet.
inline std::optional<std::string> byte_level_bytes(std::string_view token) {
    std::string bytes;
    while (!token.empty()) {
        const std::size_t length = utf8_sequence(token);
        const auto byte = length == 0 ? std::nullopt : byte_of(decode_sequence(token.substr(0, length)));
        if (!byte) return std::nullopt;
        bytes += static_cast<char>(*byte);
        token.remove_prefix(length);
    }
    return bytes;
}

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

/// Bytes as text for people: UTF-8 as it is; controls and invisible characters, other bytes and the
/// backslash escaped (`\n`, `\u200b`, `\xc3`, `\\`), so that different bytes make different texts. O(size)
inline std::string shown_bytes(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const std::size_t length = utf8_sequence(bytes);
        const auto sequence = bytes.substr(0, length == 0 ? 1 : length);
        bytes.remove_prefix(sequence.size());
        if (length == 0) {
            out += hexadecimal_escape('x', static_cast<unsigned char>(sequence[0]), 2);
            continue;
        }
        const char32_t code = decode_sequence(sequence);
        if (is_invisible(code) || code == '\\')
            out += escaped_character(code);
        else
            out += sequence;
    }
    return out;
}

/// `\x0a` for sentencepiece's `<0x0A>`; nothing for other tokens. Unlike the token of that character itself.
inline std::optional<std::string> shown_byte_piece(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
    std::string out = "\\x";
    for (const char c : token.substr(3, 2)) {
        const bool digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
        if (!digit) return std::nullopt;
        out += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

/// A sentencepiece token with blanks.
inline std::string with_blanks(std::string_view token) {
    std::string out;
    for (auto at = token.find(sentencepiece_blank); at != std::string_view::npos;
         at = token.find(sentencepiece_blank)) {
        (out += token.substr(0, at)) += ' ';
        token.remove_prefix(at + sentencepiece_blank.size());
    }
    return out += token;
}

} // namespace detail

/// A token of a vocabulary as text for people: its spelling undone; what cannot be seen or is no UTF-8
/// escaped (`\n`, `\u200b`, `\xc3`, and `\\` for a backslash). O(size)
inline std::string shown_token(std::string_view token, token_spelling spelling) {
    if (spelling == token_spelling::byte_level)
        return detail::shown_bytes(detail::byte_level_bytes(token).value_or(std::string(token)));
    if (spelling == token_spelling::sentencepiece) {
        if (const auto byte = detail::shown_byte_piece(token)) return *byte;
        return detail::shown_bytes(detail::with_blanks(token));
    }
    return detail::shown_bytes(token);
}

} // namespace svdlens::inline v0_2

#endif
