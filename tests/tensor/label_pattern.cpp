#include "svdlens/tensor/label_pattern.hpp"

#include <string>
#include <vector>

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

namespace sl = svdlens;

namespace {

/// The pattern with the number of each placeholder in its place.
std::string rendered(const sl::label_pattern& pattern) {
    std::string out;
    pattern.append(out, [](std::size_t k, std::string& text) { text += std::to_string(k); });
    return out;
}

} // namespace

TEST_CASE("placeholders are found in order and literals stand between them") {
    const sl::label_pattern head("L{layer}H{head}");
    CHECK(head.placeholders() == std::vector<std::string>{"layer", "head"});
    CHECK(rendered(head) == "L0H1");
    CHECK(head.text() == "L{layer}H{head}");
}

TEST_CASE("patterns may lack literals, placeholders or everything, and double braces are braces") {
    CHECK(rendered(sl::label_pattern("{a}{b}")) == "01");
    CHECK(rendered(sl::label_pattern("plain")) == "plain");
    CHECK(rendered(sl::label_pattern("")).empty());
    CHECK(rendered(sl::label_pattern("{{{a}}}")) == "{0}");
    CHECK(sl::label_pattern("{{a}}").placeholders().empty());
    CHECK(rendered(sl::label_pattern("{channel}, ({x},{y})")) == "0, (1,2)");
}

TEST_CASE("a brace without its partner is refused") {
    for (const auto* text : {"{", "}", "{a", "a}", "{a}}", "{{a}"}) {
        INFO(text);
        REQUIRE_THROWS_AS(sl::label_pattern(text), sl::argument_error);
    }
}

TEST_CASE("renaming keeps braces that are literal") {
    const auto renamed =
        sl::label_pattern("{{x}} {a}").renamed([](const std::string& name) { return name + name; });
    CHECK(renamed.text() == "{{x}} {aa}");
    CHECK(renamed.placeholders() == std::vector<std::string>{"aa"});
}

TEST_CASE("renaming changes placeholders and the text, not the literals") {
    const auto renamed = sl::label_pattern("layer {layer}: {n}").renamed([](const std::string& name) {
        return "target_" + name;
    });
    CHECK(renamed.text() == "layer {target_layer}: {target_n}");
    CHECK(renamed.placeholders() == std::vector<std::string>{"target_layer", "target_n"});
    CHECK(rendered(renamed) == "layer 0: 1");
}

TEST_CASE("a pattern that names axes says so, and so does the same one renamed") {
    const sl::label_pattern written("{a}{b}");
    CHECK_FALSE(written.names_axes());
    CHECK_FALSE(written.renamed([](const std::string& name) { return name; }).names_axes());
    const auto stored = written.of_axes();
    CHECK(stored.names_axes());
    CHECK(stored.text() == written.text());
    CHECK(stored.renamed([](const std::string& name) { return name; }).names_axes());
    CHECK(written.expanded([](const std::string&) { return nullptr; }).names_axes());
}

TEST_CASE("expanding puts other patterns in the place of names, their braces and all") {
    const sl::label_pattern head("{{L{layer}H{head}}}");
    const auto expanded =
        sl::label_pattern("{{}} S{head}.{direction}{head}").expanded([&](const std::string& name) {
            return name == "head" ? &head : nullptr;
        });
    CHECK(expanded.placeholders() == std::vector<std::string>{"layer", "head", "direction", "layer", "head"});
    CHECK(rendered(expanded) == "{} S{L0H1}.2{L3H4}");
}
