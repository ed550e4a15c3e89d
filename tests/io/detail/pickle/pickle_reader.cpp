#include "svdlens/io/detail/pickle/pickle_reader.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "io/refused_texts.hpp"
#include "io/torch_bytes.hpp"
#include "support/catch.hpp"
#include "svdlens/core/text.hpp"

namespace sl = svdlens;
using sl::detail::pickle_call;
using sl::detail::pickle_id;
using sl::detail::pickle_kind;
using namespace std::string_literals;

namespace {

sl::detail::pickle_tree tree_of(const std::string& bytes) { return sl::detail::read_pickle(bytes, "p"); }

/// A tree as Python would print it.
std::string shown(const sl::detail::pickle_tree& tree, pickle_id id) {
    const auto& node = tree[id];
    const auto list = [&](std::size_t from = 0) {
        std::string out;
        for (std::size_t k = from; k < node.items.size(); ++k)
            out += (k == from ? "" : ",") + shown(tree, node.items[k]);
        return out;
    };
    switch (node.kind) {
    case pickle_kind::none:
        return "None";
    case pickle_kind::boolean:
        return node.integer != 0 ? "True" : "False";
    case pickle_kind::integer:
        return std::to_string(node.integer);
    case pickle_kind::large_integer:
        return "large";
    case pickle_kind::real:
        return sl::to_text(node.real());
    case pickle_kind::text:
        return "'" + std::string(node.text) + "'";
    case pickle_kind::bytes:
        return "b'" + std::string(node.text) + "'";
    case pickle_kind::list:
        return "[" + list() + "]";
    case pickle_kind::tuple:
        return "(" + list() + ")";
    case pickle_kind::set:
        return "set(" + list() + ")";
    case pickle_kind::dict:
        return "{" + list() + "}";
    case pickle_kind::global:
        return tree.name_of(id);
    case pickle_kind::persistent:
        return "persistent(" + list() + ")";
    default:
        break;
    }
    return "call(" + list() + ")";
}

std::string read_shown(const std::string& bytes) {
    const auto text = bytes; // what the tree refers to
    const auto tree = tree_of(text);
    return shown(tree, tree.root);
}

} // namespace

TEST_CASE("a pickle of any protocol reads as the same values", "[io][pickle_reader]") {
    // pickle.dumps([None, True, False, 1, -2, 300, 70000, 1.5, "a\n\u00e9", (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4),
    // {"k": [1]}], p) for p = 0, 1, 2 and 4.
    const std::string expected =
        "[None,True,False,1,-2,300,70000,1.5,'a\n\xc3\xa9',(),(1),(1,2),(1,2,3),(1,2,3,4),{'k',[1]}]";
    const std::vector<std::string> pickles = {
        "(lp0\nNaI01\naI00\naI1\naI-2\naI300\naI70000\naF1.5\naVa\\u000a\xe9\np1\na(ta(I1\ntp2\na("
        "I1\nI2\ntp3\na(I1\nI2"
        "\nI3\ntp4\na(I1\nI2\nI3\nI4\ntp5\na(dp6\nVk\np7\n(lp8\nI1\nasa."s,
        "]q\0(NI01\nI00\nK\1J\xfe\xff\xff\xffM,\1Jp\x11\1\0G?\xf8\0\0\0\0\0\0X\4\0\0\0a\n\xc3\xa9q\1)("
        "K\1tq\2(K\1K\2tq\3(K\1K"
        "\2K\3tq\4(K\1K\2K\3K\4tq\5}q\6X\1\0\0\0kq\7]q\x08K\1ase."s,
        "\x80\2]q\0(N\x88\x89K\1J\xfe\xff\xff\xffM,\1Jp\x11\1\0G?\xf8\0\0\0\0\0\0X\4\0\0\0a\n\xc3\xa9q\1)"
        "K\1\x85q\2K\1K\2\x86"
        "q\3K\1K\2K\3\x87q\4(K\1K\2K\3K\4tq\5}q\6X\1\0\0\0kq\7]q\x08K\1ase."s,
        "\x80\4\x95N\0\0\0\0\0\0\0]\x94(N\x88\x89K\1J\xfe\xff\xff\xffM,\1Jp\x11\1\0G?"
        "\xf8\0\0\0\0\0\0\x8c\4a\n\xc3\xa9\x94)K"
        "\1\x85\x94K\1K\2\x86\x94K\1K\2K\3\x87\x94(K\1K\2K\3K\4t\x94}\x94\x8c\1k\x94]\x94K\1ase."s,
    };
    for (const auto& each : pickles) CHECK(read_shown(each) == expected);
    CHECK(tree_of(pickles[2] + "more").size == pickles[2].size());
}

TEST_CASE("numbers, strings and containers of every instruction", "[io][pickle_reader]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"L-5L\n.", "-5"},
        {"L99999999999999999999L\n.", "large"},
        {"\x8a\0."s, "0"},
        {"\x8a\1\xff.", "-1"},
        {"\x8a\2\xff\0."s, "255"},
        {"\x8b\1\0\0\0\x80."s, "-128"},
        {"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\0."s, "large"},
        {"S'a\\'b\\x41\\n'\n.", "'a'bA\n'"},
        {"S\"it's\"\n.", "'it's'"},
        {"U\1a.", "'a'"},
        {"T\1\0\0\0a."s, "'a'"},
        {"\x8d\1\0\0\0\0\0\0\0a."s, "'a'"},
        {"C\1a.", "b'a'"},
        {"B\1\0\0\0a."s, "b'a'"},
        {"\x8e\1\0\0\0\0\0\0\0a."s, "b'a'"},
        {"\x96\1\0\0\0\0\0\0\0a."s, "b'a'"},
        {"V\\U0001f600\\u0041\\x\n.", "'\xf0\x9f\x98\x80\x41\\x'"},
        {"(K\1K\2d.", "{1,2}"},
        {"(K\1K\2l.", "[1,2]"},
        {"]K\1a.", "[1]"},
        {"\x8f(K\1K\2\x90.", "set(1,2)"},
        {"(K\1\x91.", "set(1)"},
        {"K\1K\2"
         "0.",
         "1"},
        {"K\1(K\2"
         "1.",
         "1"},
        {"K\1(0.", "1"},
        {"K\1"
         "2\x86.",
         "(1,1)"},
        {"]p1\ng1\n\x86.", "([],[])"},
        {"]r\1\0\0\0j\1\0\0\0\x86."s, "([],[])"},
        {"Pname\n.", "persistent('name')"},
        {"K\1Q.", "persistent(1)"},
    };
    for (const auto& [bytes, expected] : cases) {
        CAPTURE(bytes);
        CHECK(read_shown(bytes) == expected);
    }
}

TEST_CASE("what would be called stays a name with its arguments", "[io][pickle_reader]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"cos\nsystem\n(X\4\0\0\0exittR."s, "call(os.system,('exit'),None,None)"},
        {"X\2\0\0\0osX\6\0\0\0system\x93(X\4\0\0\0exittR."s, "call(os.system,('exit'),None,None)"},
        {"(ios\nsystem\n."s, "call(os.system,(),None,None)"},
        {"(S'exit'\nios\nsystem\n."s, "call(os.system,('exit'),None,None)"},
        {"(cos\nsystem\nS'exit'\no."s, "call(os.system,('exit'),None,None)"},
        {"cos\nsystem\n)\x81."s, "call(os.system,(),None,None)"},
        {"cos\nsystem\n)}\x92."s, "call(os.system,((),{}),None,None)"},
        {"cm\nc\n)\x81}b."s, "call(m.c,(),{},None)"},
        {"cm\nc\n)\x81K\1K\2s."s, "call(m.c,(),None,{1,2})"},
        {"cm\nc\n)\x81K\1aK\2a."s, "call(m.c,(),None,[1,2])"},
        {"cm\nc\n)R)R."s, "call(call(m.c,(),None,None),(),None,None)"}, // what a call gives may be called
    };
    for (const auto& [bytes, expected] : cases) {
        CAPTURE(bytes);
        CHECK(read_shown(bytes) == expected);
    }
}

TEST_CASE("values may share items, and hold themselves", "[io][pickle_reader]") {
    const auto bytes = "]q\0h\0a."s; // a list that holds itself
    const auto tree = tree_of(bytes);
    CHECK(tree[tree.root].items == std::vector<pickle_id>{tree.root});
    std::string bomb = "]q\0"s; // each list holds the one before twice
    for (int k = 0; k < 100; ++k)
        bomb += "]q" + std::string(1, static_cast<char>(k + 1)) + "(h" +
                std::string(1, static_cast<char>(k)) + "h" + std::string(1, static_cast<char>(k)) + "e";
    CHECK_THROWS_AS(tree_of(bomb + "."), sl::format_error); // the others are left on the stack
    CHECK(tree_of("(" + bomb + "t.").nodes.size() < 200);
}

TEST_CASE("what breaks the format is refused by byte", "[io][pickle_reader]") {
    const auto code = sl::errc::invalid_pickle;
    const std::vector<svdlens_tests::bad_text> cases = {
        {"nothing", "", code, "byte 0"},
        {"no end", "]", code, "byte 1"},
        {"nothing at the end", ".", code, "byte 0"},
        {"too much at the end", "]].", code, "left over"},
        {"a mark at the end", "](.", code, ""},
        {"an unknown instruction", "\x01.", code, "byte 1"},
        {"a protocol to come", "\x80\x06].", code, "protocol 6"},
        {"a text that does not end",
         "X\xff\xff\xff\xff"
         "a",
         code, "cut off"},
        {"a text of 2^64-1 bytes",
         "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
         "a",
         code, "cut off"},
        {"a large integer that does not end", "\x8b\xff\xff\xff\x7f", code, "cut off"},
        {"a frame that does not end", "\x95\xff\xff\xff\xff\xff\xff\xff\xff].", code, "cut off"},
        {"a line that does not end", "cos\nsystem", code, "line"},
        {"a number that is none", "I12x\n.", code, "12x"},
        {"a real that is none", "F1.5.2\n.", code, "1.5.2"},
        {"a string without quotes", "Sabc\n.", code, "quoted"},
        {"a pop of nothing", "0].", code, "before"},
        {"a pop across a mark", "K\1(\x85.", code, "before"},
        {"a tuple without a mark", "K\1t.", code, "mark"},
        {"items without a mark", "]K\1e.", code, "mark"},
        {"items for a number", "K\1(K\2e.", code, "another kind"},
        {"a key for a list", "]K\1K\2s.", code, "another kind"},
        {"an item for a dict", "}K\1a.", code, "another kind"},
        {"items of two kinds for an object", "cm\nc\n)RK\1aK\1K\2s.", code, "another kind"},
        {"a key without a value", "}(K\1u.", code, "value"},
        {"a dict of three", "(K\1K\2K\3d.", code, "value"},
        {"attributes of a number", "K\1}b.", code, "attributes"},
        {"a call without arguments", "cos\nsystem\nR.", code, "before"},
        {"a call with a number", "cos\nsystem\nK\1R.", code, "arguments"},
        {"a global of numbers", "K\1K\2\x93.", code, "module"},
        {"an unset value", "h\1.", code, "value 1"},
        {"a value far away", "]r\xff\xff\xff\xff.", code, "4294967295"},
        {"a value beyond 64 bits", "]p99999999999999999999\n.", code, "number"},
        {"an extension", "\x82\1.", code, "outside"},
        {"a buffer", "\x97.", code, "outside"},
    };
    svdlens_tests::check_refused(cases, "p", [](const std::string& text) { tree_of(text); });
}

TEST_CASE("a pickle's instructions, stack and nesting are bounded", "[io][pickle_reader]") {
    const auto refused = [](const std::string& bytes, const char* named) {
        svdlens_tests::check_refusal(svdlens_tests::refusal_of([&] { tree_of(bytes); }),
                                     sl::errc::invalid_pickle, {"p: byte ", named});
    };
    const auto repeated = [](const std::string& what, std::size_t count) {
        std::string all;
        for (std::size_t k = 0; k < count; ++k) all += what;
        return all;
    };
    refused(repeated("N0", sl::detail::most_pickle_instructions / 2) + "N.", "instructions");
    refused(std::string(sl::detail::deepest_pickle_stack + 1, 'N'), "too many");
    refused(std::string(10'001, '('), "levels");
    CHECK_NOTHROW(tree_of("]" + repeated("]a", 500'000) + "."));   // a million instructions are none too many
    CHECK_NOTHROW(tree_of("]" + repeated("\x85", 100'000) + ".")); // and deep nesting is not followed
}
