#include "svdlens/core/detail/read_double.hpp"

#include <bit>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>

#include "support/catch.hpp"

using svdlens::detail::read_double;

namespace {

/// A bit pattern that looks random, different for each number.
std::uint64_t scrambled_bits(std::uint64_t number) {
    std::uint64_t x = number + 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

std::string printed(const char* format, double value) {
    char buffer[1200];
    std::snprintf(buffer, sizeof buffer, format, value);
    return buffer;
}

/// Puts the numbers' locale back.
struct number_locale {
    std::string before = std::setlocale(LC_NUMERIC, nullptr);
    ~number_locale() { std::setlocale(LC_NUMERIC, before.c_str()); }
};

} // namespace

TEST_CASE("a double of any size reads back from its digits to the bit") {
    for (std::uint64_t k = 0; k < 4000; ++k) {
        const auto value = std::bit_cast<double>(scrambled_bits(k));
        if (!std::isfinite(value)) continue;
        const auto read = read_double(printed("%.17g", value));
        REQUIRE(read);
        REQUIRE(std::bit_cast<std::uint64_t>(*read) == std::bit_cast<std::uint64_t>(value));
    }
}

TEST_CASE(
    "digits that lie on the middle between two doubles round to the even one, and one digit more decides") {
    const double even = 1.0, next = std::nextafter(1.0, 2.0); // 1 and 1 + 2^-52; the middle is 1 + 2^-53
    const std::string middle = "1.00000000000000011102230246251565404236316680908203125";
    CHECK(read_double(middle) == even);
    CHECK(read_double(middle + "0000000000000000000000000000000000000000000000000000000001") == next);
    CHECK(read_double("1.00000000000000011102230246251565404236316680908203124999999999") == even);
}

TEST_CASE("the ends of the range: denormals are read, what is beyond is nothing") {
    using limits = std::numeric_limits<double>;
    CHECK(read_double("5e-324") == limits::denorm_min());
    CHECK(read_double(printed("%.1074f", limits::denorm_min())) == limits::denorm_min()); // every digit of it
    CHECK(read_double("1.7976931348623157e308") == limits::max());
    CHECK(read_double("1e309") == std::nullopt);
    CHECK(read_double("-1e309") == std::nullopt);
    CHECK(read_double("1e-400") == std::nullopt);
    CHECK(read_double("0e-400") == 0.0);
    const auto zero = read_double("-0");
    REQUIRE(zero);
    CHECK(std::signbit(*zero));
}

TEST_CASE("words for what is not finite are read") {
    CHECK(read_double("inf") == std::numeric_limits<double>::infinity());
    CHECK(read_double("-inf") == -std::numeric_limits<double>::infinity());
    const auto nan = read_double("nan");
    REQUIRE(nan);
    CHECK(std::isnan(*nan));
}

TEST_CASE("a text that is more or less than a number is nothing") {
    for (const char* text : {"", " ", " 1", "1 ", "+1", "--1", "1,5", "1.5.2", "1e", "e5", ".", "-", "0x10",
                             "1'000", "L0H3", "infinite", "1\n"})
        CHECK(read_double(text) == std::nullopt);
    CHECK(read_double(".5") == 0.5);
    CHECK(read_double("5.") == 5.0);
    CHECK(read_double(std::string("1\0", 2)) == std::nullopt);
    CHECK(read_double(std::string("12345").substr(0, 2)) == 12.0);
    CHECK(read_double(std::string_view("12345", 2)) == 12.0); // nothing beyond the view is read
}

TEST_CASE("a locale with a decimal comma changes nothing") {
    const number_locale kept;
    for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
        if (std::setlocale(LC_NUMERIC, name) != nullptr)
            break; // where the system has none, the plain one is tried
    CHECK(read_double("1.5") == 1.5);
    CHECK(read_double("1,5") == std::nullopt);
}
