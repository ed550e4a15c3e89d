/// @file
/// Spellings of tokens in tokenizer files, and how a token is shown.
#ifndef SVDLENS_IO_DETAIL_TOKEN_TEXT_HPP
#define SVDLENS_IO_DETAIL_TOKEN_TEXT_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "../../core/detail/utf8.hpp"
#include "../../core/text.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// How a vocabulary writes its tokens.
enum class token_spelling {
    plain,         ///< as they are (WordPiece: `##` continues a word)
    byte_level,    ///< each byte as a printable character, a blank as U+0120 (GPT-2, Llama 3, Qwen)
    sentencepiece, ///< a blank as U+2581, a lone byte as `<0x0A>` (Llama 2, Gemma, T5)
};

inline constexpr std::string_view sentencepiece_blank = "\xe2\x96\x81"; // U+2581
inline constexpr std::string_view byte_level_blank = "\xc4\xa0";        // U+0120

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

/// A token of a vocabulary as text for people: its spelling undone; what cannot be seen or is no UTF-8
/// escaped (`\n`, `\u200b`, `\xc3`, and `\\` for a backslash). O(size)
inline std::string shown_token(std::string_view token, token_spelling spelling) {
    if (spelling == token_spelling::byte_level)
        return shown_bytes(byte_level_bytes(token).value_or(std::string(token)));
    if (spelling == token_spelling::sentencepiece) {
        if (const auto byte = shown_byte_piece(token)) return *byte;
        return shown_bytes(with_blanks(token));
    }
    return shown_bytes(token);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
