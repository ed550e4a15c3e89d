/// @file
/// A JSON text from a file: how messages speak of it, and what is wrong with it before any parser sees it.
#ifndef SVDLENS_IO_DETAIL_JSON_JSON_SOURCE_HPP
#define SVDLENS_IO_DETAIL_JSON_JSON_SOURCE_HPP

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

    [[noreturn]] void fail(errc code, const std::string& what) const {
        throw format_error(code, label + ": " + what + std::string(hint));
    }
    [[noreturn]] void fail(const std::string& what) const { fail(malformed, what); }
};

/// What a file that should be read is when it was cloned without its content; empty when it is not.
inline std::string_view git_lfs_hint(std::string_view file) {
    if (!file.starts_with("version https://git-lfs")) return "";
    return "; this is a Git LFS pointer, not the file itself: run `git lfs pull`";
}

/// What is no UTF-8, and what nlohmann's parser would let through in silence: a byte order mark, and a NUL,
/// which is the end of input to it and would hide what follows. O(size).
inline void check_json_text(const json_source& source) {
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
