#include "svdlens/io/detail/json/safetensors_json.hpp"

#include <string>

#include "io/safetensors_bytes.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;
using svdlens_tests::entry;

namespace {

sl::detail::json_source source_of(const std::string& text) {
    return {.text = text,
            .label = "f",
            .noun = "the header",
            .malformed = sl::errc::invalid_header,
            .not_utf8 = sl::errc::invalid_header_utf8,
            .hint = "; hint"};
}

std::string message_about(const std::string& text) {
    return svdlens_tests::message_of([&] {
        const auto source = source_of(text);
        sl::detail::safetensors_json json(source);
        sl::detail::read_json(source, json);
    });
}

} // namespace

TEST_CASE("events become tensors in the header's order, and metadata", "[io][safetensors_json]") {
    const std::string text = "{" + entry("b", "U8", "[2]", "[0,2]") + R"(,"__metadata__":{"k":"v"},)" +
                             entry("a", "F32", "[]", "[2,6]") + "}";
    const auto source = source_of(text);
    sl::detail::safetensors_json json(source);
    sl::detail::read_json(source, json);
    REQUIRE(json.tensors.size() == 2);
    CHECK(json.tensors[0].name == "b");
    CHECK(json.tensors[1].name == "a");
    CHECK(json.tensors[1].begin == 2);
    CHECK(json.metadata() == sl::metadata_map{{"k", "v"}});
}

TEST_CASE("the first offence ends the events and says where", "[io][safetensors_json]") {
    CHECK(message_about("{" + entry("t", "U8", "[1.0]", "[0,1]") + "," + entry("u", "??", "[1]", "[1,2]") +
                        "}") ==
          "f: tensor \"t\": shape: expected integers from 0 to 2^64-1, found the number \"1.0\"; hint");
    CHECK(message_about("{" + entry("t", "U8", "[1]", "[0,-0]") + "}") ==
          "f: tensor \"t\": data_offsets: expected integers from 0 to 2^64-1, found the number -0; hint");
    CHECK(message_about(R"({"__metadata__":[]})") ==
          "f: __metadata__: expected an object of strings, found an array; hint");
}

TEST_CASE("syntax errors say at which byte", "[io][safetensors_json]") {
    const auto message = message_about("{" + entry("t", "U8", "[1]", "[0,1]") + ",}");
    CHECK(message.find("f: the header is not valid JSON at byte ") == 0);
    CHECK(message.find(", in or after tensor \"t\"; hint") != std::string::npos);
}
