#include "svdlens/io/detail/json/json_tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

/// Walks arrays as they are written (`[[00][00]]`, a digit being a number) up to the first problem.
sl::detail::nested_shape::problem walk(const std::string& text, sl::detail::nested_shape& shape) {
    for (const char c : text) {
        auto problem = c == '[' ? shape.open() : c == ']' ? shape.close() : shape.number();
        if (problem) return problem;
    }
    return std::nullopt;
}

} // namespace

TEST_CASE("arrays of one length in each depth have a shape", "[io][nested_shape]") {
    struct good {
        const char* text;
        std::vector<std::uint64_t> shape;
    };
    const std::vector<good> cases = {{"[]", {0}},
                                     {"[0]", {1}},
                                     {"[000]", {3}},
                                     {"[[]]", {1, 0}},
                                     {"[[][]]", {2, 0}},
                                     {"[[[]][[]]]", {2, 1, 0}},
                                     {"[[0]]", {1, 1}},
                                     {"[[00][00][00]]", {3, 2}},
                                     {"[[[0]]]", {1, 1, 1}},
                                     {"[[[00]][[00]]]", {2, 1, 2}}};
    for (const auto& each : cases) {
        CAPTURE(each.text);
        sl::detail::nested_shape shape;
        CHECK_FALSE(walk(each.text, shape));
        CHECK(shape.closed());
        CHECK(shape.shape() == each.shape);
    }
}

TEST_CASE("arrays of two lengths in one depth, and numbers in two, are a problem with a place",
          "[io][nested_shape]") {
    struct bad {
        const char* text;
        const char* place;
    };
    const std::vector<bad> cases = {
        {"[[00][0]]", "at [1]: "},
        {"[[0][00]]", "at [1]: "},
        {"[[][0]]", "at [1]: "},
        {"[[0][]]", "at [1]: "},
        {"[0[0]]", "at [1]: "},
        {"[[0]0]", "at [1]: "},
        {"[[]0]", "at [1]: "},
        {"[[[0][0]][[0]]]", "at [1]: "},
        {"[[[00][00]][[00][0]]]", "at [1, 1]: "},
        {"[[0][[0]]]", "at [1, 0]: "},
        {"[[[]][]]", "at [1]: "},
        {"[[][[]]]", "at [1]: "},
        {"[[[0]][0]]", "at [1, 0]: "},
    };
    for (const auto& each : cases) {
        CAPTURE(each.text);
        sl::detail::nested_shape shape;
        const auto problem = walk(each.text, shape);
        REQUIRE(problem);
        CAPTURE(*problem);
        CHECK(problem->find(each.place) == 0);
    }
}
