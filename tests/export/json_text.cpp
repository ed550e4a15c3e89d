#include "svdlens/export/json_text.hpp"

#include <string>

#include "support/catch.hpp"

namespace {

std::string json(std::string_view text) {
    std::string out;
    svdlens::detail::append_json_text(out, text);
    return out;
}

} // namespace

TEST_CASE("text is a JSON string whatever it holds") {
    CHECK(json("") == "\"\"");
    CHECK(json("L0H0 é日") == "\"L0H0 é日\"");
    CHECK(json("a\"b\\c/") == "\"a\\\"b\\\\c/\"");
    CHECK(json(std::string_view("\n\t\0\x1f\x7f", 5)) == "\"\\u000a\\u0009\\u0000\\u001f\\u007f\"");
    CHECK(json("a\xff\xc3z") == "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
}
