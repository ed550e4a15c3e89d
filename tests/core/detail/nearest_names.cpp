#include "svdlens/core/detail/nearest_names.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The definition, straight: exponential, for short words.
std::size_t distance(std::string_view a, std::string_view b) {
    if (a.empty() && b.empty()) return 0;
    std::size_t best = 1000;
    if (!a.empty()) best = std::min(best, distance(a.substr(1), b) + (is_digit(a[0]) ? 2 : 1));
    if (!b.empty()) best = std::min(best, distance(a, b.substr(1)) + (is_digit(b[0]) ? 2 : 1));
    if (a.empty() || b.empty()) return best;
    const std::size_t change = a[0] == b[0] ? 0 : is_digit(a[0]) || is_digit(b[0]) ? 2 : 1;
    best = std::min(best, distance(a.substr(1), b.substr(1)) + change);
    if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0])
        best = std::min(best, distance(a.substr(2), b.substr(2)) + change);
    return best;
}

std::vector<std::string_view> nearest(std::string_view wanted, std::vector<std::string_view> names) {
    return sl::detail::nearest_names(wanted, names);
}

} // namespace

TEST_CASE("the edit distance is the definition's, up to its bound", "[io][nearest_names]") {
    const std::vector<std::string> words = {"",     "a",    "b",   "ab",  "ba",  "abc",   "acb",
                                            "W_Q",  "W_K",  "W_O", "b_Q", "wte", "aabba", "h.1",
                                            "h.10", "h.01", "1",   "12",  "21"};
    for (const auto& a : words) {
        for (const auto& b : words) {
            for (std::size_t bound = 0; bound < 6; ++bound) {
                CAPTURE(a, b, bound);
                CHECK(sl::detail::edit_distance(a, b, bound) == std::min(distance(a, b), bound + 1));
            }
        }
    }
}

TEST_CASE("a missing or additional prefix comes before a typing error", "[io][nearest_names]") {
    using names = std::vector<std::string_view>;
    CHECK(nearest("wte.weight", {"wpe.weight", "transformer.wte.weight"}) ==
          names{"transformer.wte.weight", "wpe.weight"});
    CHECK(nearest("transformer.wte.weight", {"wte.weight", "x"}) == names{"wte.weight"});
    CHECK(nearest("weight", {"transformer_weight"}).empty());
}

TEST_CASE("letters that changed places are nearer than another layer", "[io][nearest_names]") {
    using names = std::vector<std::string_view>;
    CHECK(nearest("h.10.o_proj", {"h.0.o_proj", "h.1.o_proj", "h.10.o_porj", "h.11.o_proj"}) ==
          names{"h.10.o_porj", "h.0.o_proj", "h.1.o_proj"});
    CHECK(nearest("h.12.W_V", {"h.0.W_V", "h.11.W_V"}) == names{"h.11.W_V"});
}

TEST_CASE("at most three names, equally near ones in the order given", "[io][nearest_names]") {
    using names = std::vector<std::string_view>;
    CHECK(nearest("W_X", {"W_O", "b_O", "W_K", "W_Q", "W_V"}) == names{"W_O", "W_K", "W_Q"});
    CHECK(nearest("entirely.different", {"W_O", "W_K"}).empty());
    CHECK(nearest("x", {}).empty());
    CHECK(nearest("", {"", "a", "abcdef"}) == names{"", "a"});
}
