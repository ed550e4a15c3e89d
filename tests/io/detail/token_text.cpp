#include "svdlens/io/detail/token_text.hpp"

#include <cstddef>
#include <set>
#include <string>

#include "support/catch.hpp"

namespace sl = svdlens;
using sl::detail::shown_token;
using sl::detail::token_spelling;

namespace {

/// GPT-2's own rule, as it is published: printable bytes are themselves, the others get the next code from
/// 256 on.
char32_t reference_character(unsigned byte) {
    const auto printable = [](unsigned b) {
        return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
    };
    if (printable(byte)) return byte;
    char32_t next = 256;
    for (unsigned b = 0; b < byte; ++b)
        if (!printable(b)) ++next;
    return next;
}

std::string utf8(char32_t code) {
    if (code < 0x80) return {static_cast<char>(code)};
    return {static_cast<char>(0xc0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3f))};
}

} // namespace

TEST_CASE("every byte has its character in the byte-level alphabet") {
    std::set<char32_t> used;
    for (unsigned byte = 0; byte < 256; ++byte) {
        const auto code = reference_character(byte);
        used.insert(code);
        REQUIRE(sl::detail::byte_of(code));
        CHECK(unsigned{*sl::detail::byte_of(code)} == byte);
        const auto bytes = sl::detail::byte_level_bytes(utf8(code));
        REQUIRE(bytes);
        CHECK(*bytes == std::string(1, static_cast<char>(byte)));
    }
    for (char32_t code = 0; code < 0x400; ++code)
        CHECK(sl::detail::byte_of(code).has_value() == used.contains(code));
}

TEST_CASE("byte-level tokens are shown as the text that they are") {
    const auto shown = [](const char* token) { return shown_token(token, token_spelling::byte_level); };
    CHECK(shown("\xc4\xa0the") == " the");                      // Ġthe
    CHECK(shown("\xc4\x8a\xc4\x8a") == "\\n\\n");               // ĊĊ
    CHECK(shown("\xc4\x89") == "\\t");                          // ĉ
    CHECK(shown("\xc3\x83\xc2\xa9") == "\xc3\xa9");             // Ã© is é
    CHECK(shown("\xc3\x83") == "\\xc3");                        // Ã is half of a character
    CHECK(shown("\xc3\xa2\xc4\xa4\xc2\xac") == "\xe2\x82\xac"); // €
    CHECK(shown("\xc3\xa2\xc4\xa4") == "\\xe2\\x82");           // most of €
    CHECK(shown("\\n") == "\\\\n");                             // the two characters
    CHECK(shown("<|endoftext|>") == "<|endoftext|>");
    CHECK(shown("\xe6\xbc\xa2") == "\xe6\xbc\xa2"); // outside the alphabet: as it is
    CHECK(shown("") == "");
}

TEST_CASE("sentencepiece tokens are shown with blanks and bytes") {
    const auto shown = [](const char* token) { return shown_token(token, token_spelling::sentencepiece); };
    CHECK(shown("\xe2\x96\x81the") == " the");
    CHECK(shown("\xe2\x96\x81\xe2\x96\x81") == "  ");
    CHECK(shown("a\xe2\x96\x81") == "a ");
    CHECK(shown("<0x0A>") == "\\x0a");
    CHECK(shown("\n") == "\\n"); // another token
    CHECK(shown("<0x41>") == "\\x41");
    CHECK(shown("<0xG1>") == "<0xG1>");
    CHECK(shown("<0x041>") == "<0x041>");
    CHECK(shown("\xc4\xa0") == "\xc4\xa0"); // a letter
}

TEST_CASE("plain tokens keep their spelling, and what cannot be seen is escaped") {
    const auto shown = [](const std::string& token) { return shown_token(token, token_spelling::plain); };
    CHECK(shown("##ing") == "##ing");
    CHECK(shown("\xe2\x96\x81x") == "\xe2\x96\x81x");
    CHECK(shown(std::string("\0", 1)) == "\\x00");
    CHECK(shown("\x1b[1m\x7f") == "\\x1b[1m\\x7f");
    CHECK(shown("\r\t") == "\\r\\t");
    CHECK(shown("\xc2\x85\xc2\xad") == "\\u0085\\u00ad");
    CHECK(shown("\xe2\x80\x8b\xe2\x80\xae\xef\xbb\xbf") == "\\u200b\\u202e\\ufeff");
    CHECK(shown("\xff\xc0\x80\xed\xa0\x80") == "\\xff\\xc0\\x80\\xed\\xa0\\x80");
    CHECK(shown("\xf0\x9f\x98\x80") == "\xf0\x9f\x98\x80");
    CHECK(shown("\xf0\x9f\x98") == "\\xf0\\x9f\\x98");
}
