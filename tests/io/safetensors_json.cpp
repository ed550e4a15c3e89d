#include <string>

#include "io/safetensors_bytes.hpp"
#include "support/catch.hpp"
#include "svdlens/io/safetensors_json.hpp"

namespace sl = svdlens;
using svdlens_tests::entry;

namespace {

bool parses(const std::string& text, sl::detail::safetensors_json& json) {
    return nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &json);
}

} // namespace

TEST_CASE("events become tensors in the header's order, and metadata", "[io][safetensors_json]") {
    sl::detail::safetensors_json json;
    REQUIRE(parses("{" + entry("b", "U8", "[2]", "[0,2]") + R"(,"__metadata__":{"k":"v"},)" +
                       entry("a", "F32", "[]", "[2,6]") + "}",
                   json));
    REQUIRE(json.tensors.size() == 2);
    CHECK(json.tensors[0].name == "b");
    CHECK(json.tensors[1].name == "a");
    CHECK(json.tensors[1].begin == 2);
    CHECK(json.metadata == sl::metadata_map{{"k", "v"}});
}

TEST_CASE("the first offence ends the events and says where", "[io][safetensors_json]") {
    sl::detail::safetensors_json json;
    CHECK_FALSE(parses(
        "{" + entry("t", "U8", "[1.0]", "[0,1]") + "," + entry("u", "??", "[1]", "[1,2]") + "}", json));
    CHECK(json.code == sl::errc::invalid_header);
    CHECK(json.message ==
          "tensor \"t\": shape: expected integers from 0 to 2^64-1, found the number \"1.0\"");
}

TEST_CASE("syntax errors say at which byte", "[io][safetensors_json]") {
    sl::detail::safetensors_json json;
    CHECK_FALSE(parses("{" + entry("t", "U8", "[1]", "[0,1]") + ",}", json));
    CHECK(json.code == sl::errc::invalid_header);
    CHECK(json.message.find("not valid JSON at byte ") != std::string::npos);
    CHECK(json.message.find("in or after tensor \"t\"") != std::string::npos);
}
