#include "svdlens/io/convert.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

/// The values' bytes in little-endian order, behind one byte so that nothing is aligned.
template <class Stored>
std::vector<std::byte> unaligned_bytes(const std::vector<Stored>& values) {
    std::vector<std::byte> bytes(1 + values.size() * sizeof(Stored));
    if (!values.empty()) std::memcpy(bytes.data() + 1, values.data(), values.size() * sizeof(Stored));
    return bytes;
}

template <class T, class Stored>
std::vector<T> converted(sl::dtype from, const std::vector<Stored>& values) {
    const auto bytes = unaligned_bytes(values);
    std::vector<T> out(values.size(), T(-7));
    sl::convert<T>(from, std::span(bytes).subspan(1), out);
    return out;
}

template <class T, class Stored>
void check_integers(sl::dtype from) {
    using limits = std::numeric_limits<Stored>;
    const std::vector<Stored> values = {
        0, 1, 2, 77, limits::max(), limits::min(), static_cast<Stored>(limits::max() - 1)};
    const auto out = converted<T>(from, values);
    for (std::size_t k = 0; k < values.size(); ++k) CHECK(out[k] == static_cast<T>(values[k]));
}

template <class T>
void check_all_integers() {
    check_integers<T, std::int8_t>(sl::dtype::i8);
    check_integers<T, std::uint8_t>(sl::dtype::u8);
    check_integers<T, std::int16_t>(sl::dtype::i16);
    check_integers<T, std::uint16_t>(sl::dtype::u16);
    check_integers<T, std::int32_t>(sl::dtype::i32);
    check_integers<T, std::uint32_t>(sl::dtype::u32);
    check_integers<T, std::int64_t>(sl::dtype::i64);
    check_integers<T, std::uint64_t>(sl::dtype::u64);
}

/// A half's value from the standard's formula.
double half_value(unsigned pattern) {
    const int exponent = static_cast<int>(pattern >> 10 & 31);
    const int mantissa = static_cast<int>(pattern & 1023);
    const double sign = (pattern & 0x8000U) != 0 ? -1.0 : 1.0;
    if (exponent == 31) return mantissa != 0 ? std::nan("") : sign * INFINITY;
    return sign * (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25));
}

double bfloat_value(unsigned pattern) {
    const int exponent = static_cast<int>(pattern >> 7 & 255);
    const int mantissa = static_cast<int>(pattern & 127);
    const double sign = (pattern & 0x8000U) != 0 ? -1.0 : 1.0;
    if (exponent == 255) return mantissa != 0 ? std::nan("") : sign * INFINITY;
    return sign * (exponent == 0 ? std::ldexp(mantissa, -133) : std::ldexp(128 + mantissa, exponent - 134));
}

/// An 8-bit float's value, spelled out from the tables of its specification.
double e5m2_value(unsigned pattern) {
    const int exponent = static_cast<int>(pattern >> 2 & 31);
    const int mantissa = static_cast<int>(pattern & 3);
    const double sign = (pattern & 0x80U) != 0 ? -1.0 : 1.0;
    if (exponent == 31) return mantissa != 0 ? std::nan("") : sign * INFINITY;
    return sign *
           (exponent == 0 ? std::ldexp(mantissa / 4.0, -14) : std::ldexp(1 + mantissa / 4.0, exponent - 15));
}

double e4m3_value(unsigned pattern) {
    const int exponent = static_cast<int>(pattern >> 3 & 15);
    const int mantissa = static_cast<int>(pattern & 7);
    const double sign = (pattern & 0x80U) != 0 ? -1.0 : 1.0;
    if (exponent == 15 && mantissa == 7) return std::nan("");
    return sign *
           (exponent == 0 ? std::ldexp(mantissa / 8.0, -6) : std::ldexp(1 + mantissa / 8.0, exponent - 7));
}

double e4m3fnuz_value(unsigned pattern) {
    const int exponent = static_cast<int>(pattern >> 3 & 15);
    const int mantissa = static_cast<int>(pattern & 7);
    const double sign = (pattern & 0x80U) != 0 ? -1.0 : 1.0;
    if (pattern == 0x80) return std::nan("");
    return sign *
           (exponent == 0 ? std::ldexp(mantissa / 8.0, -7) : std::ldexp(1 + mantissa / 8.0, exponent - 8));
}

double e5m2fnuz_value(unsigned pattern) {
    const int exponent = static_cast<int>(pattern >> 2 & 31);
    const int mantissa = static_cast<int>(pattern & 3);
    const double sign = (pattern & 0x80U) != 0 ? -1.0 : 1.0;
    if (pattern == 0x80) return std::nan("");
    return sign *
           (exponent == 0 ? std::ldexp(mantissa / 4.0, -15) : std::ldexp(1 + mantissa / 4.0, exponent - 16));
}

double e8m0_value(unsigned pattern) {
    return pattern == 255 ? std::nan("") : std::ldexp(1.0, static_cast<int>(pattern) - 127);
}

double u8_value(unsigned pattern) { return pattern; }
double i8_value(unsigned pattern) { return pattern < 128 ? pattern : static_cast<double>(pattern) - 256; }
double boolean_value(unsigned pattern) { return pattern == 0 ? 0 : 1; }
double u16_value(unsigned pattern) { return pattern; }
double i16_value(unsigned pattern) {
    return pattern < 32768 ? pattern : static_cast<double>(pattern) - 65536;
}

/// Counts the patterns of all that a Stored has whose value differs, signs of zeros and NaN included: 65,536
/// assertions would be slow.
template <class T, class Stored = std::uint16_t>
int differences(sl::dtype from, double (*expected)(unsigned)) {
    std::vector<Stored> patterns(std::size_t{1} << (8 * sizeof(Stored)));
    for (std::size_t k = 0; k < patterns.size(); ++k) patterns[k] = static_cast<Stored>(k);
    const auto out = converted<T>(from, patterns);
    int count = 0;
    for (unsigned k = 0; k < patterns.size(); ++k) {
        const double want = expected(k);
        const double found = out[k];
        const bool same =
            std::isnan(want) ? std::isnan(found) : want == found && std::signbit(want) == std::signbit(found);
        count += same ? 0 : 1;
    }
    return count;
}

struct formula {
    sl::dtype type;
    double (*value)(unsigned);
};

} // namespace

TEST_CASE("integers of every kind convert at any alignment", "[io][convert]") {
    check_all_integers<float>();
    check_all_integers<double>();
}

TEST_CASE("all 65,536 halves and bfloats have the value of their formula", "[io][convert]") {
    CHECK(differences<float>(sl::dtype::f16, half_value) == 0);
    CHECK(differences<double>(sl::dtype::f16, half_value) == 0);
    CHECK(differences<float>(sl::dtype::bf16, bfloat_value) == 0);
    CHECK(differences<double>(sl::dtype::bf16, bfloat_value) == 0);
}

TEST_CASE("all 65,536 patterns of the 16-bit integers have their value", "[io][convert]") {
    for (const auto& each : {formula{sl::dtype::u16, u16_value}, formula{sl::dtype::i16, i16_value}}) {
        CAPTURE(sl::to_text(each.type));
        CHECK(differences<float>(each.type, each.value) == 0);
        CHECK(differences<double>(each.type, each.value) == 0);
    }
}

TEST_CASE("all 256 patterns of the 8-bit kinds have the value of their formula", "[io][convert]") {
    for (const auto& each :
         {formula{sl::dtype::f8_e5m2, e5m2_value}, formula{sl::dtype::f8_e4m3, e4m3_value},
          formula{sl::dtype::f8_e4m3fnuz, e4m3fnuz_value}, formula{sl::dtype::f8_e5m2fnuz, e5m2fnuz_value},
          formula{sl::dtype::f8_e8m0, e8m0_value}, formula{sl::dtype::u8, u8_value},
          formula{sl::dtype::i8, i8_value}, formula{sl::dtype::boolean, boolean_value}}) {
        CAPTURE(sl::to_text(each.type));
        CHECK(differences<float, std::uint8_t>(each.type, each.value) == 0);
        CHECK(differences<double, std::uint8_t>(each.type, each.value) == 0);
    }
}

TEST_CASE("the 8-bit floats reach the limits of their specifications", "[io][convert]") {
    const auto one = [](sl::dtype type, std::uint8_t pattern) {
        return converted<float>(type, std::vector<std::uint8_t>{pattern})[0];
    };
    CHECK(one(sl::dtype::f8_e5m2, 0x7b) == 57344.0F);
    CHECK(one(sl::dtype::f8_e5m2, 0x01) == 0x1p-16F);
    CHECK(one(sl::dtype::f8_e4m3, 0x7e) == 448.0F);
    CHECK(one(sl::dtype::f8_e4m3, 0x01) == 0x1p-9F);
    CHECK(one(sl::dtype::f8_e4m3fnuz, 0x7f) == 240.0F);
    CHECK(one(sl::dtype::f8_e4m3fnuz, 0x01) == 0x1p-10F);
    CHECK(one(sl::dtype::f8_e5m2fnuz, 0x7f) == 57344.0F);
    CHECK(one(sl::dtype::f8_e5m2fnuz, 0x01) == 0x1p-17F);
    CHECK(one(sl::dtype::f8_e8m0, 0x7f) == 1.0F);
}

TEST_CASE("floats and doubles convert to each other", "[io][convert]") {
    const float tiny = std::numeric_limits<float>::denorm_min();
    const auto widened =
        converted<double>(sl::dtype::f32, std::vector<float>{1.5F, -0.1F, tiny, INFINITY, NAN});
    CHECK(widened[0] == 1.5);
    CHECK(widened[1] == static_cast<double>(-0.1F));
    CHECK(widened[2] == std::ldexp(1.0, -149));
    CHECK(widened[3] == std::numeric_limits<double>::infinity());
    CHECK(std::isnan(widened[4]));
    const auto narrowed =
        converted<float>(sl::dtype::f64, std::vector<double>{0.1, 1.0 + std::ldexp(1.0, -30), -INFINITY});
    CHECK(narrowed[0] == 0.1F);
    CHECK(narrowed[1] == 1.0F);
    CHECK(narrowed[2] == -std::numeric_limits<float>::infinity());
    CHECK(converted<float>(sl::dtype::f32, std::vector<float>{2.5F})[0] == 2.5F);
    CHECK(converted<double>(sl::dtype::f64, std::vector<double>{0.1})[0] == 0.1);
}

TEST_CASE("a BOOL is 1 for every byte but 0", "[io][convert]") {
    CHECK(converted<float>(sl::dtype::boolean, std::vector<std::uint8_t>{0, 1, 2, 255}) ==
          std::vector<float>{0, 1, 1, 1});
}

TEST_CASE("no elements convert to none", "[io][convert]") {
    CHECK(converted<float>(sl::dtype::f16, std::vector<std::uint16_t>{}).empty());
}

TEST_CASE("dtypes that are no real numbers here are refused", "[io][convert]") {
    int readable = 0;
    for (int k = 0; k < 22; ++k) {
        const auto type = static_cast<sl::dtype>(k);
        readable += sl::is_convertible(type) ? 1 : 0;
        if (sl::is_convertible(type)) continue;
        std::vector<float> out;
        CHECK_THROWS_AS(sl::convert<float>(type, {}, out), sl::format_error);
    }
    CHECK(readable == 18);
}

TEST_CASE("a count of bytes that does not fit the elements is refused", "[io][convert]") {
    const std::vector<std::byte> bytes(9);
    std::vector<float> out(2);
    CHECK_THROWS_AS(sl::convert<float>(sl::dtype::f32, bytes, out), sl::argument_error);
    CHECK_THROWS_AS(sl::convert<float>(sl::dtype::f32, std::span(bytes).first(4), out), sl::argument_error);
}
