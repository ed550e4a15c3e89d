#include "svdlens/io/dtype.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

TEST_CASE("every dtype of the format has its name and its size", "[io][dtype]") {
    // The table of the format's description, by size.
    const std::vector<std::pair<unsigned, std::vector<std::string>>> table = {
        {4, {"F4"}},
        {6, {"F6_E2M3", "F6_E3M2"}},
        {8, {"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"}},
        {16, {"I16", "U16", "F16", "BF16"}},
        {32, {"I32", "U32", "F32"}},
        {64, {"C64", "F64", "I64", "U64"}},
    };
    std::set<sl::dtype> seen;
    for (const auto& row : table) {
        for (const auto& text : row.second) {
            CAPTURE(text);
            const auto type = sl::parse_dtype(text);
            REQUIRE(type.has_value());
            CHECK(sl::to_text(*type) == text);
            CHECK(sl::bits_of(*type) == row.first);
            seen.insert(*type);
        }
    }
    CHECK(seen.size() == 22);
}

TEST_CASE("names of dtypes are compared exactly", "[io][dtype]") {
    for (const char* text :
         {"", "f32", "F32 ", " F32", "F3", "F322", "FLOAT32", "bool", "F8_E4M3FN", "F32\n"}) {
        CAPTURE(text);
        CHECK_FALSE(sl::parse_dtype(text).has_value());
    }
    CHECK_FALSE(sl::parse_dtype(std::string_view("F32\0", 4)).has_value());
}

TEST_CASE("the enumerators ascend with the size, but for BOOL", "[io][dtype]") {
    for (int k = 2; k < 22; ++k) {
        CHECK(sl::bits_of(static_cast<sl::dtype>(k)) >= sl::bits_of(static_cast<sl::dtype>(k - 1)));
    }
    CHECK(sl::dtype::u64 == static_cast<sl::dtype>(21));
}
