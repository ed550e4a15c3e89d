#include "svdlens/core/detail/checked.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {
constexpr auto largest = (std::numeric_limits<std::uint64_t>::max)();
std::optional<std::uint64_t> product(const std::vector<std::uint64_t>& factors) {
    return sl::detail::checked_product(factors);
}
} // namespace

TEST_CASE("a sum is a number or nothing") {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    CHECK(svdlens::detail::checked_add(2, 3) == 5U);
    CHECK(svdlens::detail::checked_add(most, 0) == most);
    CHECK(svdlens::detail::checked_add(most - 1, 1) == most);
    CHECK_FALSE(svdlens::detail::checked_add(most, 1));
    CHECK_FALSE(svdlens::detail::checked_add(1, most));
}

TEST_CASE("products up to 64 bits are right and beyond are nothing") {
    constexpr std::uint64_t half = std::uint64_t{1} << 32;
    CHECK(sl::detail::checked_multiply(6, 7) == 42U);
    CHECK(sl::detail::checked_multiply(0, largest) == 0U);
    CHECK(sl::detail::checked_multiply(largest, 0) == 0U);
    CHECK(sl::detail::checked_multiply(largest, 1) == largest);
    CHECK(sl::detail::checked_multiply(half - 1, half + 1) == largest);
    CHECK_FALSE(sl::detail::checked_multiply(half, half));
}

TEST_CASE("a product of many is taken from left to right") {
    CHECK(product({}) == 1U);
    CHECK(product({4, 5, 6}) == 120U);
    CHECK(product({0, std::uint64_t{1} << 63, 16}) == 0U);
    CHECK_FALSE(product({std::uint64_t{1} << 63, 16, 0}));
}
