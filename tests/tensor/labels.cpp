#include "svdlens/tensor/labels.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;

using texts = std::vector<std::string>;

TEST_CASE("labels of three lists come in row-major order") {
    const texts channels{"wall", "key"}, xs{"0", "1", "2"}, ys = sl::number_labels(4);
    const auto labels = sl::cartesian_labels("{}, ({},{})", {channels, xs, ys});
    REQUIRE(labels.size() == 24);
    std::size_t k = 0;
    for (const auto& channel : channels)
        for (const auto& x : xs)
            for (const auto& y : ys) REQUIRE(labels[k++] == channel + ", (" + x + "," + y + ")");
}

TEST_CASE("any number of lists has labels") {
    CHECK(sl::cartesian_labels("only", {}) == texts{"only"});
    CHECK(sl::cartesian_labels("{{{}}}", {{"a", "b"}}) == texts{"{a}", "{b}"});
    CHECK(sl::cartesian_labels("{}{}{}{}", {{"a", "b"}, {"c"}, {"d", "e"}, {"f"}}) ==
          texts{"acdf", "acef", "bcdf", "bcef"});
    CHECK(sl::cartesian_labels("{}{}", {{"a", "b"}, {}}).empty());
    CHECK(sl::cartesian_labels("{}{}", {{}, {"a", "b"}}).empty());
}

TEST_CASE("as many placeholders as lists are expected, and none with a name") {
    REQUIRE_THROWS_AS(sl::cartesian_labels("{}", {}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::cartesian_labels("{}", {{"a"}, {"b"}}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::cartesian_labels("{}{}", {{"a"}}), sl::argument_error);
    REQUIRE_THROWS_AS(sl::cartesian_labels("{x}", {{"a"}}), sl::argument_error);
    const texts many(std::size_t{1} << 13);
    REQUIRE_THROWS_AS(sl::cartesian_labels("{}{}{}{}{}", {many, many, many, many, many}), sl::argument_error);
}

TEST_CASE("numbers as labels count from zero") {
    CHECK(sl::number_labels(0).empty());
    CHECK(sl::number_labels(3) == texts{"0", "1", "2"});
}

namespace sl = svdlens;
using svdlens_tests::message_of;

namespace {

sl::axes looked_up() {
    return sl::axes({{"layer", 12},
                     sl::axis("neuron", 30, sl::label_format{"L2N{}"}),
                     sl::axis("token", {"the", " a", "the", "", "x", "the", "the", "the"}),
                     sl::axis("empty", std::vector<std::string>{})},
                    {{"where", "layer {layer}"}});
}

sl::errc code_of(const char* axis, const char* label) {
    try {
        sl::find_index(looked_up(), axis, label);
    } catch (const sl::lookup_error& e) {
        return e.code();
    }
    return {};
}

} // namespace

TEST_CASE("a label is found at its index, by number, format or list") {
    const auto table = looked_up();
    for (std::uint64_t k = 0; k < 12; ++k) REQUIRE(sl::find_index(table, "layer", std::to_string(k)) == k);
    for (std::uint64_t k = 0; k < 12; ++k)
        REQUIRE(sl::find_index(table, "where", "layer " + std::to_string(k)) == k);
    for (std::uint64_t k = 0; k < 30; ++k)
        REQUIRE(sl::find_index(table, "neuron", "L2N" + std::to_string(k)) == k);
    CHECK(sl::find_index(table, "token", " a") == 1);
    CHECK(sl::find_index(table, "token", "") == 3);
    CHECK(sl::find_index(table, "token", "x") == 4);
}

TEST_CASE("only the very text of a number is one") {
    for (const auto* text : {"12", "007", "+1", "-1", "1 ", " 1", "1.0", "", "x", "18446744073709551616"}) {
        INFO(text);
        CHECK(code_of("layer", text) == sl::errc::unknown_label);
    }
}

TEST_CASE("a label that is not there is refused with the first that are") {
    CHECK(
        message_of([] { sl::find_index(looked_up(), "neuron", "L2N30"); }) ==
        "axis \"neuron\": no label \"L2N30\"; there are \"L2N0\" \"L2N1\" \"L2N2\" \"L2N3\" ... (30 in all)");
    CHECK(message_of([] { sl::find_index(looked_up(), "empty", "x"); }) ==
          "axis \"empty\": no label \"x\"; there are none");
    CHECK(code_of("token", "The") == sl::errc::unknown_label);
}

TEST_CASE("a label that stands at several indices is refused with some of them") {
    CHECK(code_of("token", "the") == sl::errc::ambiguous_label);
    CHECK(message_of([] { sl::find_index(looked_up(), "token", "the"); }) ==
          "axis \"token\": the label \"the\" stands at 0, 2, 5, 6, ... (5 indices); give the index");
    CHECK(sl::find_indices(looked_up()[2], "the") == std::vector<std::uint64_t>{0, 2, 5, 6, 7});
    CHECK(sl::find_indices(looked_up()[2], "no").empty());
}

TEST_CASE("an axis that is not there is refused with those that are") {
    CHECK(code_of("head", "1") == sl::errc::unknown_column);
    CHECK(message_of([] { sl::find_index(looked_up(), "head", "1"); }) ==
          "table: no column \"head\"; there are \"layer\" \"neuron\" \"token\" \"empty\" \"where\"");
}

TEST_CASE("a label of a label column is found at its index over the axes that it spans") {
    const sl::axes table({{"layer", 3}, {"head", 4}, {"neuron", 5}, sl::axis("none", std::uint64_t{0})},
                         {{"head", "L{layer}H{head}"},
                          {"neuron", "{neuron} of {layer}"},
                          {"even", "{head}"},
                          {"fixed", "all"}});
    for (std::uint64_t l = 0; l < 3; ++l)
        for (std::uint64_t h = 0; h < 4; ++h) {
            const auto label = "L" + std::to_string(l) + "H" + std::to_string(h);
            CHECK(sl::find_index(table, "head", label) == l * 4 + h);
            CHECK(sl::find_index(table, "even", label) == l * 4 + h);
        }
    CHECK(sl::find_index(table, "neuron", "3 of 2") == 2 * 5 + 3);
    CHECK(sl::find_index(table, "fixed", "all") == 0);
    CHECK(message_of([&] { sl::find_index(table, "head", "1"); }) ==
          "column \"head\": no label \"1\"; there are \"L0H0\" \"L0H1\" \"L0H2\" \"L0H3\" ... (12 in all)");
    const sl::axes same({{"a", 2}, {"b", 3}}, {{"b", "b{b}"}, {"sum", "{b}"}, {"none", "x{a}"}, {"a", "x"}});
    CHECK(sl::find_index(same, "sum", "b2") == 2);
    CHECK(sl::find_index(same, "none", "x1") == 1);
    const sl::axes twice({{"a", 2}, sl::axis("t", {"x", "y", "x"})}, {{"both", "{t}"}, {"pair", "{a}{t}"}});
    CHECK(message_of([&] { sl::find_index(twice, "both", "x"); }) ==
          "column \"both\": the label \"x\" stands at 0, 2; give the index");
    CHECK(message_of([&] { sl::find_index(twice, "pair", "1x"); }) ==
          "column \"pair\": the label \"1x\" stands at 3, 5; give the index");
}
