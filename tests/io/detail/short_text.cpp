#include "svdlens/io/detail/short_text.hpp"

#include <cstdint>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("a shape of many axes stays short in messages") {
    using shape = std::vector<std::uint64_t>;
    CHECK(sl::detail::short_text(shape{}) == "[]");
    CHECK(sl::detail::short_text(shape(16, 1)) == "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]");
    CHECK(sl::detail::short_text(shape(1'000'000, 1)) ==
          "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ...]");
}
