#include "svdlens/core/text.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("numbers are written in full and as short as they read back") {
    CHECK(sl::to_text((std::numeric_limits<std::uint64_t>::max)()) == "18446744073709551615");
    CHECK(sl::to_text((std::numeric_limits<std::int64_t>::min)()) == "-9223372036854775808");
    CHECK(sl::to_text(0.1F) == "0.1");
    CHECK(sl::to_text(0.1) == "0.1");
    CHECK(sl::to_text(static_cast<double>(0.1F)) == "0.10000000149011612");
    CHECK(sl::to_text(-0.0) == "-0");
    for (const double value : {1.0 / 3, 5e-324, (std::numeric_limits<double>::max)(), -123456.75})
        CHECK(std::strtod(sl::to_text(value).c_str(), nullptr) == value);
}

TEST_CASE("what is not finite has the names that numpy reads, NaN of either sign the same") {
    CHECK(sl::to_text(NAN) == "nan");
    CHECK(sl::to_text(-std::numeric_limits<double>::quiet_NaN()) == "nan");
    CHECK(sl::to_text(INFINITY) == "inf");
    CHECK(sl::to_text(-std::numeric_limits<double>::infinity()) == "-inf");
}

TEST_CASE("rounded numbers have the digits asked for") {
    CHECK(sl::to_rounded_text(1.0 / 3, 6) == "0.333333");
    CHECK(sl::to_rounded_text(1234567, 3) == "1.23e+06");
    CHECK(sl::to_rounded_text(NAN, 6) == "nan");
    CHECK(sl::to_rounded_text(-INFINITY, 6) == "-inf");
}

TEST_CASE("shapes read like lists") {
    CHECK(sl::to_text(std::vector<std::uint64_t>{4, 128, 32}) == "[4, 128, 32]");
    CHECK(sl::to_text(std::vector<std::uint64_t>{}) == "[]");
}

TEST_CASE("quoted names stay on one line and of bounded length") {
    CHECK(sl::quoted("blocks.0.attn.W_V") == "\"blocks.0.attn.W_V\"");
    CHECK(sl::quoted("a\"b\\c") == "\"a\\\"b\\\\c\"");
    CHECK(sl::quoted(std::string("a\n\x01\x7f", 4)) == "\"a\\x0a\\x01\\x7f\"");
    CHECK(sl::quoted(std::string(1, '\0')) == "\"\\x00\"");
    CHECK(sl::quoted("\xc3\xa9") == "\"\xc3\xa9\"");
    CHECK(sl::quoted(std::string(300, 'x')) == "\"" + std::string(200, 'x') + "...\"");
}
