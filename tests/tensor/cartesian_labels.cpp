#include "svdlens/tensor/cartesian_labels.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

using texts = std::vector<std::string>;

TEST_CASE("labels of three lists come in row-major order") {
    const texts channels{"wall", "key"}, xs{"0", "1", "2"}, ys = sl::number_labels(4);
    const auto labels = sl::cartesian_labels("{}, ({},{})", {channels, xs, ys});
    REQUIRE(labels.size() == 24);
    std::size_t k = 0;
    for (const auto& channel : channels)
        for (const auto& x : xs)
            for (const auto& y : ys) REQUIRE(labels[k++] == channel + ", (" + x + "," + y + ")");
}

TEST_CASE("any number of lists has labels") {
    CHECK(sl::cartesian_labels("only", {}) == texts{"only"});
    CHECK(sl::cartesian_labels("{{{}}}", {{"a", "b"}}) == texts{"{a}", "{b}"});
    CHECK(sl::cartesian_labels("{}{}{}{}", {{"a", "b"}, {"c"}, {"d", "e"}, {"f"}}) ==
          texts{"acdf", "acef", "bcdf", "bcef"});
    CHECK(sl::cartesian_labels("{}{}", {{"a", "b"}, {}}).empty());
    CHECK(sl::cartesian_labels("{}{}", {{}, {"a", "b"}}).empty());
}

TEST_CASE("as many placeholders as lists are expected, and none with a name") {
    REQUIRE_THROWS_AS(sl::cartesian_labels("{}", {}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::cartesian_labels("{}", {{"a"}, {"b"}}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::cartesian_labels("{}{}", {{"a"}}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::cartesian_labels("{x}", {{"a"}}), sl::argument_error);
    const texts many(std::size_t{1} << 13);
    REQUIRE_THROWS_AS(sl::cartesian_labels("{}{}{}{}{}", {many, many, many, many, many}), sl::argument_error);
}

TEST_CASE("numbers as labels count from zero") {
    CHECK(sl::number_labels(0).empty());
    CHECK(sl::number_labels(3) == texts{"0", "1", "2"});
}
