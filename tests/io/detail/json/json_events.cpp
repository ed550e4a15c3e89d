#include "svdlens/io/detail/json/json_events.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;

namespace {

/// Writes down what it is told.
struct recorder {
    std::vector<std::string> events;
    void scalar(const sl::detail::json_scalar& value) { events.push_back(value.describe()); }
    void key(const std::string& text) { events.push_back("key " + text); }
    void open(sl::detail::json_container container) { events.push_back(sl::detail::describe(container)); }
    void close() { events.push_back("end"); }
    std::string place() const { return ", after " + std::to_string(events.size()); }
};

std::vector<std::string> events_of(const std::string& text) {
    recorder reader;
    const sl::detail::json_source source{.text = text,
                                         .label = "f",
                                         .noun = "the text",
                                         .malformed = sl::errc::invalid_weights,
                                         .not_utf8 = sl::errc::invalid_header_utf8,
                                         .hint = ""};
    sl::detail::read_json(source, reader);
    return reader.events;
}

std::string message_for(const std::string& text) {
    return svdlens_tests::message_of([&] { events_of(text); });
}

} // namespace

TEST_CASE("a text becomes events, numbers as they are written", "[io][json_events]") {
    CHECK(events_of(R"({"a":[0,-0,1.0,-1,1e2,18446744073709551615,18446744073709551616]})") ==
          std::vector<std::string>{"an object", "key a", "an array", "the number 0", "the number -0",
                                   "the number \"1.0\"", "the number -1", "the number \"1e2\"",
                                   "the number 18446744073709551615", "the number \"18446744073709551616\"",
                                   "end", "end"});
    CHECK(events_of(R"([null,true,"x\ny",-9223372036854775808,-9223372036854775809])") ==
          std::vector<std::string>{"an array", "null", "a boolean", "the string \"x\\x0ay\"",
                                   "the number -9223372036854775808", "the number \"-9223372036854775809\"",
                                   "end"});
}

TEST_CASE("a fault ends the events with what, where and after what", "[io][json_events]") {
    CHECK(message_for("[1,]") == "f: the text is not valid JSON at byte 4 of it, near \"1,]\" (while parsing "
                                 "value - unexpected ']'; expected '[', '{', or a literal), after 2");
    CHECK(message_for("") ==
          "f: the text is not valid JSON at byte 1 of it, near \"\" (while parsing value - unexpected end of "
          "input; expected '[', '{', or a literal), after 0");
    CHECK(message_for("\xff") == "f: expected UTF-8, found byte 255 at byte 0 of the text");
    CHECK(message_for(std::string("[]\0", 3)) == "f: expected JSON, found a NUL at byte 2 of the text");
    CHECK(message_for("\xef\xbb\xbf[]") == "f: expected {, found a byte order mark at byte 0 of the text");
}

TEST_CASE("127 levels are read and the next is refused", "[io][json_events]") {
    const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
    CHECK(events_of(nested(127)).size() == 254);
    CHECK(message_for(nested(128)) == "f: expected at most 127 levels of nesting, found more, after 127");
    CHECK(message_for(std::string(1'000'000, '[')).find("127 levels") != std::string::npos);
}
