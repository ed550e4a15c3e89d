#include "svdlens/export/detail/text.hpp"

#include <string>

#include "export/nasty_graph.hpp"
#include "support/catch.hpp"

namespace {

std::string json(std::string_view text) {
    std::string out;
    svdlens::detail::append_json_text(out, text);
    return out;
}

} // namespace

TEST_CASE("text is a JSON string whatever it holds") {
    CHECK(json("") == "\"\"");
    CHECK(json("L0H0 é日") == "\"L0H0 é日\"");
    CHECK(json("a\"b\\c/") == "\"a\\\"b\\\\c/\"");
    CHECK(json(std::string_view("\n\t\0\x1f\x7f", 5)) == "\"\\u000a\\u0009\\u0000\\u001f\\u007f\"");
    CHECK(json("a\xff\xc3z") == "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
}

using namespace svdlens;

namespace {

std::string printable(const std::string& text) {
    std::string out;
    detail::append_printable(out, text, [](char c) -> std::string_view { return c == '&' ? "AND" : ""; });
    return out;
}

/// UTF-8 as its definition has it, for codes that are characters.
std::string encoded(char32_t code) {
    const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) return {static_cast<char>(code)};
    if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), tail(0)};
    if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), tail(6), tail(0)};
    return {static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
}

} // namespace

TEST_CASE("every character is decoded as it was encoded, surrogates are none") {
    bool right = true;
    for (char32_t code = 0; code < 0x110000; ++code) {
        const auto text = encoded(code) + "x";
        const auto decoded = detail::decode_character(text);
        if (code >= 0xd800 && code < 0xe000)
            right = right && decoded.length == 0;
        else
            right = right && decoded.code == code && decoded.length == text.size() - 1;
    }
    CHECK(right);
}

TEST_CASE("what is no UTF-8 is not decoded") {
    // lone tails, overlong forms, cut sequences, beyond U+10FFFF, five bytes
    for (const char* text :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
          "\xf0\x8f\xbf\xbf", "\xc3", "\xe2\x82", "\xe2\x82x", "\xf0\x9f\x98", "\xf4\x90\x80\x80",
          "\xf5\x80\x80\x80", "\xf8\x80\x80\x80\x80", "\xff"}) {
        CAPTURE(text);
        CHECK(detail::decode_character(text).length == 0);
    }
}

TEST_CASE("text becomes printable, and stays as it is where it can") {
    CHECK(printable("") == "");
    CHECK(printable("a&b") == "aANDb");
    CHECK(printable("\n\t\x1f") == "\xe2\x90\x8a\xe2\x90\x89\xe2\x90\x9f");
    CHECK(printable("\xe2\x82") == "\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(printable("\xef\xbf\xbe") == "\xef\xbf\xbd");
    CHECK(printable("\xef\xbf\xbc") == "\xef\xbf\xbc");
}
