/// @file
/// A JSON text from a file: how messages speak of it, and what is wrong with it before any parser sees it.
#ifndef SVDLENS_IO_DETAIL_JSON_JSON_SOURCE_HPP
#define SVDLENS_IO_DETAIL_JSON_JSON_SOURCE_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../../../core/detail/utf8.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A JSON text and how messages speak of it.
struct json_source {
    std::string_view text;
    std::string label;     ///< what messages call the file
    std::string_view noun; ///< what they call the text: "the header"
    errc malformed{};      ///< the code of what is not JSON, or not of its schema
    errc not_utf8{};       ///< the code of what is not UTF-8
    std::string_view
        hint; ///< what the file seems to be instead, with the remedy; empty when nothing is known
    std::uint64_t largest = UINT64_MAX; ///< the most bytes that are read
    std::size_t deepest = 127; ///< levels of nesting; the safetensors reference's parser refuses the 128th

    [[noreturn]] void fail(errc code, const std::string& what) const {
        throw format_error(code, label + ": " + what + std::string(hint));
    }
    [[noreturn]] void fail(const std::string& what) const { fail(malformed, what); }
};

/// What is too large, what is no UTF-8, and what nlohmann's parser would let through in silence: a byte order mark, and a NUL,
/// which is the end of input to it and would hide what follows. O(size).
inline void check_json_text(const json_source& source) {
    if (source.text.size() > source.largest)
        source.fail("expected " + std::string(source.noun) + " to have at most " + to_text(source.largest) +
                    " bytes, found " + to_text(source.text.size()));
    const auto place = [&](std::size_t at) {
        return " at byte " + to_text(at) + " of " + std::string(source.noun);
    };
    if (const auto at = find_invalid_utf8(source.text)) {
        source.fail(source.not_utf8, "expected UTF-8, found byte " +
                                         to_text(static_cast<unsigned char>(source.text[*at])) + place(*at));
    }
    if (source.text.starts_with("\xef\xbb\xbf"))
        source.fail("expected {, found a byte order mark" + place(0));
    if (const auto at = source.text.find('\0'); at != std::string_view::npos) {
        source.fail("expected JSON, found a NUL" + place(at));
    }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
