#include "svdlens/core/detail/utf8.hpp"

#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

/// Encodes a code point by the definition, without any check: surrogates and overlong forms come out too.
std::string encoded(unsigned code, int length) {
    if (length == 1) return std::string(1, static_cast<char>(code));
    std::string out;
    const unsigned leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(leads[length] | code >> (6 * (length - 1)));
    for (int k = length - 2; k >= 0; --k) out += static_cast<char>(0x80U | (code >> (6 * k) & 0x3fU));
    return out;
}

bool is_valid(std::string_view text) { return !sl::detail::find_invalid_utf8(text).has_value(); }

} // namespace

TEST_CASE("every code point is UTF-8 in its shortest form only", "[io][utf8]") {
    int wrong = 0;
    for (unsigned code = 0; code < 0x120000; ++code) {
        const int shortest = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        const bool exists = code < 0x110000 && !(code >= 0xd800 && code < 0xe000);
        for (int length = 1; length <= 4; ++length) {
            if (length < shortest) continue;
            const bool expected = length == shortest && exists;
            wrong += is_valid(encoded(code, length)) == expected ? 0 : 1;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("the first offending byte is found, wherever it stands", "[io][utf8]") {
    CHECK(is_valid(""));
    for (std::size_t at = 0; at < 40; ++at) {
        std::string text(40, 'a');
        text[at] = '\xff';
        CHECK(sl::detail::find_invalid_utf8(text) == at);
        text[at] = '\x80';
        CHECK(sl::detail::find_invalid_utf8(text) == at);
    }
    CHECK(sl::detail::find_invalid_utf8("abcdefgh\xc3\xa4\xe2\x82") == 10U);
}
