#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/io/tensor_record.hpp"

namespace sl = svdlens;

TEST_CASE("a tensor's size in bits, or nothing beyond 64 of them", "[io][tensor_record]") {
    using shape = std::vector<std::uint64_t>;
    constexpr std::uint64_t half = std::uint64_t{1} << 63;
    CHECK(sl::tensor_bits(sl::dtype::f32, shape{}) == 32U);
    CHECK(sl::tensor_bits(sl::dtype::f32, shape{2, 3}) == 192U);
    CHECK(sl::tensor_bits(sl::dtype::f6_e2m3, shape{3}) == 18U);
    CHECK(sl::tensor_bits(sl::dtype::u64, shape{0}) == 0U);
    CHECK(sl::tensor_bits(sl::dtype::u8, shape{0, half, 16}) == 0U);
    CHECK_FALSE(sl::tensor_bits(sl::dtype::u8, shape{half, 16, 0}).has_value());
    CHECK_FALSE(sl::tensor_bits(sl::dtype::u8, shape{std::uint64_t{1} << 61}).has_value());
    CHECK(sl::tensor_bits(sl::dtype::u8, shape{(std::uint64_t{1} << 61) - 1}) ==
          std::numeric_limits<std::uint64_t>::max() - 7);
}

TEST_CASE("a shape of many axes stays short in messages", "[io][tensor_record]") {
    using shape = std::vector<std::uint64_t>;
    CHECK(sl::detail::short_text(shape{}) == "[]");
    CHECK(sl::detail::short_text(shape(16, 1)) == "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]");
    CHECK(sl::detail::short_text(shape(1'000'000, 1)) ==
          "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ...]");
}
