#include "svdlens/io/detail/small_float.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

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

namespace sl = svdlens;

namespace {

const std::vector<sl::dtype> formats = {sl::dtype::f16,     sl::dtype::bf16,        sl::dtype::f8_e5m2,
                                        sl::dtype::f8_e4m3, sl::dtype::f8_e4m3fnuz, sl::dtype::f8_e5m2fnuz};

unsigned pattern_count(sl::dtype type) { return 1U << sl::bits_of(type); }

/// The nearest finite pattern by looking at all of them; of two the even one. The pattern after the largest
/// stands for what would be beyond: nothing.
std::optional<std::uint32_t> nearest_by_search(const sl::detail::small_float& format, sl::dtype type,
                                               double value) {
    const std::uint32_t half = pattern_count(type) / 2;
    std::uint32_t best = 0;
    double distance = std::numeric_limits<double>::infinity();
    for (std::uint32_t k = 0; k <= format.largest; ++k) {
        const double d =
            std::fabs(std::fabs(value) - static_cast<double>(sl::detail::decode_small(format, k)));
        if (d < distance || (d == distance && k % 2 == 0)) {
            best = k;
            distance = d;
        }
    }
    const double top = static_cast<double>(sl::detail::decode_small(format, format.largest));
    const double below = static_cast<double>(sl::detail::decode_small(format, format.largest - 1));
    const double limit = top + (top - below) / 2;
    if (std::fabs(value) > limit || (std::fabs(value) == limit && format.largest % 2 == 1))
        return std::nullopt;
    if (best == 0 && !format.signed_zero) return 0;
    return best + (std::signbit(value) ? half : 0);
}

} // namespace

TEST_CASE("every pattern of a small float encodes to itself", "[io][small_float]") {
    for (const auto type : formats) {
        CAPTURE(sl::to_text(type));
        const auto format = *sl::detail::small_float_of(type);
        int wrong = 0;
        for (std::uint32_t k = 0; k < pattern_count(type); ++k) {
            const double value = sl::detail::decode_small(format, k);
            const auto back = sl::detail::encode_small(format, value);
            const std::uint32_t expected = std::isnan(value) ? format.nan : k;
            if (back != std::optional(expected)) ++wrong;
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("values between two patterns go to the nearer, halfway to the even one", "[io][small_float]") {
    for (const auto type :
         {sl::dtype::f8_e5m2, sl::dtype::f8_e4m3, sl::dtype::f8_e4m3fnuz, sl::dtype::f8_e5m2fnuz}) {
        CAPTURE(sl::to_text(type));
        const auto format = *sl::detail::small_float_of(type);
        int wrong = 0;
        for (std::uint32_t k = 0; k < format.largest; ++k) {
            const double low = sl::detail::decode_small(format, k);
            const double high = sl::detail::decode_small(format, k + 1);
            for (const double share : {0.25, 0.49, 0.5, 0.51, 0.75}) {
                for (const double sign : {1.0, -1.0}) {
                    const double value = sign * (low + share * (high - low));
                    if (sl::detail::encode_small(format, value) != nearest_by_search(format, type, value)) {
                        ++wrong;
                    }
                }
            }
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("what is beyond the largest value has no pattern, infinity where there is one",
          "[io][small_float]") {
    for (const auto type : formats) {
        CAPTURE(sl::to_text(type));
        const auto format = *sl::detail::small_float_of(type);
        const double top = sl::detail::decode_small(format, format.largest);
        const double step = top - static_cast<double>(sl::detail::decode_small(format, format.largest - 1));
        CHECK(sl::detail::encode_small(format, top + 0.49 * step) == std::optional(format.largest));
        CHECK_FALSE(sl::detail::encode_small(format, top + 0.51 * step));
        CHECK_FALSE(sl::detail::encode_small(format, -top - step));
        CHECK_FALSE(sl::detail::encode_small(format, 1e300));
        const auto infinity = sl::detail::encode_small(format, std::numeric_limits<double>::infinity());
        CHECK(infinity.has_value() == format.infinite);
    }
}

TEST_CASE("tiny values become zero, with its sign where the format has one", "[io][small_float]") {
    for (const auto type : formats) {
        CAPTURE(sl::to_text(type));
        const auto format = *sl::detail::small_float_of(type);
        const std::uint32_t minus = format.signed_zero ? pattern_count(type) / 2 : 0;
        CHECK(sl::detail::encode_small(format, 1e-300) == std::optional<std::uint32_t>(0));
        CHECK(sl::detail::encode_small(format, 5e-324) == std::optional<std::uint32_t>(0));
        CHECK(sl::detail::encode_small(format, -1e-300) == std::optional(minus));
        CHECK(sl::detail::encode_small(format, -0.0) == std::optional(minus));
    }
}

TEST_CASE("integers, wide floats and E8M0 are no such formats", "[io][small_float]") {
    for (const auto type :
         {sl::dtype::f32, sl::dtype::f64, sl::dtype::i8, sl::dtype::f8_e8m0, sl::dtype::f4}) {
        CHECK_FALSE(sl::detail::small_float_of(type));
    }
}
