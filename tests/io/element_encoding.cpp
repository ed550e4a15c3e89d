#include "svdlens/io/element_encoding.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "support/catch.hpp"

namespace sl = svdlens;
using sl::detail::json_number;

namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();

} // namespace

TEST_CASE("integers are taken exactly, at the ends of every range", "[io][element_encoding]") {
    using sl::detail::to_integer;
    CHECK(to_integer<std::int64_t>(json_number(lowest)) == lowest);
    CHECK(to_integer<std::int64_t>(json_number(std::uint64_t{1} << 63)) == std::nullopt);
    CHECK(to_integer<std::uint64_t>(json_number(highest)) == highest);
    CHECK(to_integer<std::uint64_t>(json_number(std::int64_t{-1})) == std::nullopt);
    CHECK(to_integer<std::uint64_t>(json_number(std::uint64_t{9007199254740993})) == 9007199254740993U);
    CHECK(to_integer<std::uint8_t>(json_number(std::uint64_t{255})) == 255);
    CHECK(to_integer<std::uint8_t>(json_number(std::uint64_t{256})) == std::nullopt);
    CHECK(to_integer<std::int8_t>(json_number(std::int64_t{-128})) == -128);
    CHECK(to_integer<std::int8_t>(json_number(std::int64_t{-129})) == std::nullopt);
}

TEST_CASE("a real is an integer where it has no fraction and is in range", "[io][element_encoding]") {
    using sl::detail::to_integer;
    CHECK(to_integer<std::int8_t>(json_number(127.0)) == 127);
    CHECK(to_integer<std::int8_t>(json_number(-128.0)) == -128);
    CHECK(to_integer<std::int8_t>(json_number(128.0)) == std::nullopt);
    CHECK(to_integer<std::int8_t>(json_number(-129.0)) == std::nullopt);
    CHECK(to_integer<std::int8_t>(json_number(0.5)) == std::nullopt);
    CHECK(to_integer<std::uint8_t>(json_number(-0.0)) == 0);
    CHECK(to_integer<std::uint8_t>(json_number(-0.5)) == std::nullopt);
    CHECK(to_integer<std::uint64_t>(json_number(0x1p64)) == std::nullopt);
    CHECK(to_integer<std::uint64_t>(json_number(0x1p63)) == std::uint64_t{1} << 63);
    CHECK(to_integer<std::int64_t>(json_number(-0x1p63)) == lowest);
    CHECK(to_integer<std::int64_t>(json_number(0x1p63)) == std::nullopt);
    CHECK(to_integer<std::int64_t>(json_number(std::nan(""))) == std::nullopt);
    CHECK(to_integer<std::int64_t>(json_number(INFINITY)) == std::nullopt);
    CHECK(to_integer<std::int64_t>(json_number(1e300)) == std::nullopt);
}

TEST_CASE("E8M0 has the powers of two from 2^-127 to 2^127 and NaN", "[io][element_encoding]") {
    for (int k = -127; k <= 127; ++k) {
        CHECK(sl::detail::encode_e8m0(std::ldexp(1.0, k)) == static_cast<std::uint32_t>(k + 127));
    }
    CHECK(sl::detail::encode_e8m0(std::nan("")) == 255U);
    for (const double none : {0.0, -0.0, -1.0, 3.0, 1.0000000001, 0x1p-128, 0x1p128, 5e-324,
                              std::numeric_limits<double>::infinity(), 1e300}) {
        CAPTURE(none);
        CHECK_FALSE(sl::detail::encode_e8m0(none));
    }
}

TEST_CASE("dtypes that hold no numbers have no pattern", "[io][element_encoding]") {
    for (const auto type : {sl::dtype::c64, sl::dtype::f4, sl::dtype::f6_e2m3, sl::dtype::f6_e3m2}) {
        CHECK_FALSE(sl::detail::element_pattern(type, json_number(1.0)));
    }
}

TEST_CASE("a pattern's bytes are little-endian", "[io][element_encoding]") {
    std::vector<std::byte> bytes;
    sl::detail::append_little(bytes, 0x0102030405060708, 8);
    sl::detail::append_little(bytes, 0xfffe, 1);
    REQUIRE(bytes.size() == 9);
    CHECK(bytes[0] == std::byte{8});
    CHECK(bytes[7] == std::byte{1});
    CHECK(bytes[8] == std::byte{0xfe});
}
