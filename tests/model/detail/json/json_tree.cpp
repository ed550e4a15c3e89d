#include "svdlens/model/detail/json/json_tree.hpp"

#include <string>

#include "model/failure.hpp"
#include "support/catch.hpp"

namespace sl = svdlens;
using sl::detail::json_node;
using svdlens_tests::failure;

namespace {

sl::detail::json_source tree_source(std::string_view text) {
    return {.text = text,
            .label = "f.json",
            .noun = "the tree",
            .malformed = sl::errc::invalid_scheme,
            .not_utf8 = sl::errc::invalid_scheme,
            .hint = {},
            .largest = 1000,
            .deepest = 4};
}

json_node tree_of(std::string_view text) { return sl::detail::read_json_tree(tree_source(text)); }

failure refusal_of_tree(std::string_view text) {
    try {
        tree_of(text);
    } catch (const sl::error& e) {
        return {e.code(), e.what()};
    }
    return {};
}

} // namespace

TEST_CASE("values of a JSON text know their lines, whatever stands between and in them") {
    const auto root = tree_of("\n{\"a\": 1,\n \"b\" : [ true,\r\n\n null, -2.5e1\n, \"x\\\"\\\\\",\"\"],"
                              "\n\n\"c\\n\":{\"d\"\n:\n\"{\\n[,\"}, \"e\":12\n}\n");
    CHECK(root.line == 2);
    REQUIRE(root.items.size() == 4);
    CHECK(root.find("a")->line == 2);
    CHECK(root.find("a")->whole == 1);
    CHECK(root.find("a")->is_whole);
    const auto& b = *root.find("b");
    CHECK(b.line == 3);
    REQUIRE(b.items.size() == 5);
    CHECK(b.items[0].line == 3);
    CHECK(b.items[0].flag);
    CHECK(b.items[1].line == 5);
    CHECK(b.items[1].type == json_node::kind::null);
    CHECK(b.items[2].line == 5);
    CHECK(b.items[2].number == -25);
    CHECK_FALSE(b.items[2].is_whole);
    CHECK(b.items[3].line == 6);
    CHECK(b.items[3].text == "x\"\\");
    CHECK(b.items[4].line == 6);
    CHECK(b.items[4].text.empty());
    CHECK(root.find("c\n")->line == 8);
    CHECK(root.find("c\n")->find("d")->line == 10);
    CHECK(root.find("c\n")->find("d")->text == "{\n[,");
    CHECK(root.find("e")->line == 10);
    CHECK(root.find("d") == nullptr);
    CHECK(tree_of("-7").number == -7);
    CHECK(tree_of(" \n 7").line == 2);
}

TEST_CASE("a tree is refused by line for what is no JSON, stands twice, or is nested or large") {
    const auto twice = refusal_of_tree("{\"a\": 1,\n\"b\": {\"a\": 2},\n\n\"a\": 3}");
    CHECK(twice.code == sl::errc::duplicate_key);
    CHECK(twice.message == "f.json:4: key \"a\" stands twice in one object");
    const auto comma = refusal_of_tree("{\"a\": 1,\n\"b\": 2,\n}");
    CHECK(comma.code == sl::errc::invalid_scheme);
    CHECK(comma.says("the tree is not valid JSON at byte"));
    CHECK(comma.says("in or behind line 2"));
    CHECK(refusal_of_tree("").code == sl::errc::invalid_scheme);
    CHECK(refusal_of_tree("[[[[[1]]]]]").says("at most 4 levels of nesting"));
    CHECK(tree_of("[[[[1]]]]").items[0].items[0].items[0].items[0].whole == 1);
    CHECK(refusal_of_tree("\"\xff\"").says("expected UTF-8"));
    CHECK(refusal_of_tree(std::string(1001, ' ')).says("at most 1000 bytes"));
}
