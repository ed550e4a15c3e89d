#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/io/named_tensor.hpp"

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
