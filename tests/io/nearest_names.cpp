#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/io/nearest_names.hpp"

namespace sl = svdlens;

namespace {

/// The definition, straight: exponential, for short words.
std::size_t distance(std::string_view a, std::string_view b) {
    if (a.empty()) return b.size();
    if (b.empty()) return a.size();
    if (a[0] == b[0]) return distance(a.substr(1), b.substr(1));
    return 1 +
           std::min({distance(a.substr(1), b), distance(a, b.substr(1)), distance(a.substr(1), b.substr(1))});
}

std::vector<std::string_view> nearest(std::string_view wanted, std::vector<std::string_view> names) {
    return sl::nearest_names(wanted, names);
}

} // namespace

TEST_CASE("the edit distance is the definition's, up to its bound", "[io][nearest_names]") {
    const std::vector<std::string> words = {"",    "a",   "b",   "ab",  "ba",  "abc",  "acb",
                                            "W_Q", "W_K", "W_O", "b_Q", "wte", "aabba"};
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

TEST_CASE("at most three names, equally near ones in the order given", "[io][nearest_names]") {
    using names = std::vector<std::string_view>;
    CHECK(nearest("W_X", {"W_O", "b_O", "W_K", "W_Q", "W_V"}) == names{"W_O", "W_K", "W_Q"});
    CHECK(nearest("entirely.different", {"W_O", "W_K"}).empty());
    CHECK(nearest("x", {}).empty());
    CHECK(nearest("", {"", "a", "abcdef"}) == names{"", "a"});
}
