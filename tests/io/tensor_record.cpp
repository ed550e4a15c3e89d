#include "svdlens/io/tensor_record.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("a named tensor shares the tensor's memory", "[io][named_tensor]") {
    std::vector<std::uint64_t> shape = {2, 1};
    sl::basic_tensor<double> values({1.5, -2.0}, shape);
    const auto* const memory = values.data();
    const sl::named_tensor named("w", values);
    values = {};
    CHECK(named.name == "w");
    CHECK(named.type == sl::dtype::f64);
    CHECK(named.shape == shape);
    CHECK(static_cast<const void*>(named.bytes.data()) == static_cast<const void*>(memory));
    REQUIRE(named.bytes.size() == 16);
    const unsigned char first[8] = {0, 0, 0, 0, 0, 0, 0xf8, 0x3f}; // 1.5, little-endian
    CHECK(std::memcmp(named.bytes.data(), first, 8) == 0);
    CHECK(named.owner != nullptr);
    CHECK(sl::named_tensor("f", sl::tensor({1.0F}, {})).type == sl::dtype::f32);
}

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
