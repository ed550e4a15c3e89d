/// @file
/// Tables of what a reader of text must refuse, a rule a line, with the code that it must give.
#ifndef SVDLENS_TESTS_IO_REFUSED_TEXTS_HPP
#define SVDLENS_TESTS_IO_REFUSED_TEXTS_HPP

#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/core/error.hpp"

namespace svdlens_tests {

/// An error's code and message; neither where nothing was thrown.
struct refusal {
    svdlens::errc code{};
    std::string message;
};

template <class Action>
refusal refusal_of(Action action) {
    try {
        action();
    } catch (const svdlens::error& failure) {
        return {failure.code(), failure.what()};
    }
    return {};
}

/// Checks code and message: one line that holds these parts.
inline void check_refusal(const refusal& found, svdlens::errc code, const std::vector<std::string>& named) {
    CAPTURE(found.message);
    CHECK(static_cast<int>(found.code) == static_cast<int>(code));
    for (const auto& each : named) CHECK(found.message.find(each) != std::string::npos);
    CHECK(found.message.find_first_of("\n\r") == std::string::npos);
    CHECK(found.message.size() < 1000);
}

struct bad_text {
    const char* rule;
    std::string text;
    svdlens::errc code;
    const char* named = ""; ///< what the message must hold beside the file: the tensor, a number
};

/// Checks that `read(text)` refuses each with its code, in one short line that begins with the file.
template <class Read>
void check_refused(const std::vector<bad_text>& cases, const std::string& file, Read read) {
    for (const auto& each : cases) {
        CAPTURE(each.rule);
        const auto found = refusal_of([&] { read(each.text); });
        check_refusal(found, each.code, {each.named});
        CHECK(found.message.find(file + ": ") == 0);
    }
}

/// That many arrays, one in the other.
inline std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

} // namespace svdlens_tests

#endif
