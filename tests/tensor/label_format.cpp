#include "svdlens/tensor/label_format.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;

namespace {

std::string label(const sl::label_format& format, std::uint64_t index) {
    std::string out = ">";
    format.append(out, index);
    return out;
}

} // namespace

TEST_CASE("a format puts the index where its braces are") {
    CHECK(label(sl::label_format{"L2N{}"}, 17) == ">L2N17");
    CHECK(label(sl::label_format{"{}"}, 0) == ">0");
    CHECK(label(sl::label_format{"{{{}}} of {}"}, 3) == ">{3} of 3");
    CHECK(sl::label_format{"L2N{}"}.text() == "L2N{}");
    CHECK(label(sl::label_format{"{}"}, 18446744073709551615U) == ">18446744073709551615");
}

TEST_CASE("a format without a place for the index, with a name or with half a brace is refused") {
    for (const auto* text : {"", "neuron", "{{}}", "L{layer}", "{}{n}", "{", "}"}) {
        INFO(text);
        REQUIRE_THROWS_AS(sl::label_format{text}, sl::argument_error);
    }
    CHECK(
        svdlens_tests::message_of([] { sl::label_format{"L{layer}"}; }) ==
        "label format \"L{layer}\": expected {}, found a placeholder named \"layer\"; names belong into the "
        "pattern of a label column");
}
