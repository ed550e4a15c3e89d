#include "svdlens/io/token_labels.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;
using svdlens_tests::write_file;
using strings = std::vector<std::string>;

namespace {

/// A folder with one file, and what the labels are or the message says.
struct folder_with {
    svdlens_tests::temporary_directory folder;
    folder_with(const char* name, const std::string& text) { write_file(folder / name, text); }
    strings labels() const { return sl::token_labels(folder.path()); }
    /// Without the path.
    std::string message(const std::string& name) const {
        const auto whole = message_of([&] { labels(); });
        const auto path = (folder / name).string() + ": ";
        return whole.starts_with(path) ? whole.substr(path.size()) : "no path: " + whole;
    }
};

strings vocabulary(const std::string& text) { return folder_with("vocab.json", text).labels(); }
strings tokenizer(const std::string& text) { return folder_with("tokenizer.json", text).labels(); }

} // namespace

TEST_CASE("a vocabulary is labelled in the order of its ids, whatever the order in the file") {
    CHECK(vocabulary(R"({"b": 1, "a": 0, "\u0120the": 2})") == strings{"a", "b", " the"});
    CHECK(vocabulary("{}").empty());
    CHECK(vocabulary("\xef\xbb\xbf{\"x\": 0}") == strings{"x"});
}

TEST_CASE("the spelling is what most tokens that tell are spelled by") {
    CHECK(vocabulary(R"({"\u0120a": 0, "\u00c3\u00a9": 1})") == strings{" a", "\xc3\xa9"});
    CHECK(vocabulary(R"({"\u2581a": 0, "<0x0A>": 1, "\u2581\u0120": 2})") ==
          strings{" a", "\\x0a", " \xc4\xa0"});
    CHECK(vocabulary(R"({"##a": 0, "\u0120": 1, "##b": 2})") == strings{"##a", "\xc4\xa0", "##b"});
    CHECK(vocabulary(R"({"a": 0, "<0x0A>": 1})") == strings{"a", "<0x0A>"});
}

TEST_CASE("ids that no token has are called by their numbers") {
    CHECK(vocabulary(R"({"a": 1, "b": 4})") == strings{"0", "a", "2", "3", "b"});
}

TEST_CASE("a tokenizer's vocabulary is read with its added tokens, which are not spelled") {
    const auto labels = tokenizer(R"({
        "version": "1.0", "truncation": null, "padding": {"id": 7, "vocab": {"no": 99}},
        "added_tokens": [{"id": 3, "content": "<\u2581end>", "special": true, "more": [{"id": 50}]},
                         {"id": 0, "content": "\u0120", "special": false}],
        "normalizer": {"type": "Metaspace"},
        "pre_tokenizer": null,
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace"}, {"type": "ByteLevel", "vocab": 3}]},
        "model": {"type": "BPE", "unk_token": null, "vocab": {"x": 0, "\u00c3\u00a9": 1, "\u2581": 2},
                  "merges": ["a b", ["c", "d"]]}})");
    CHECK(labels == strings{"\xc4\xa0", "\xc3\xa9", "\xe2\x96\x81",
                            "<\xe2\x96\x81"
                            "end>"});
}

TEST_CASE("a decoder's type decides over the tokens") {
    CHECK(tokenizer(R"({"model": {"vocab": {"\u2581a": 0}}, "decoder": {"type": "ByteLevel"}})") ==
          strings{"\xe2\x96\x81"
                  "a"}); // not of the byte-level alphabet
    CHECK(tokenizer(R"({"decoder": {"type": "Metaspace"}, "model": {"vocab": {"<0x0A>": 0}}})") ==
          strings{"\\x0a"});
    CHECK(tokenizer(R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}]},
                        "model": {"vocab": {"\u010a": 0}}})") == strings{"\\n"});
}

TEST_CASE("a list of pieces with scores is a vocabulary, too") {
    CHECK(tokenizer(R"({"model": {"type": "Unigram", "unk_id": 0,
                        "vocab": [["<unk>", 0.0], ["\u2581a", -1.5], ["b", -2], ["c", 3]]}})") ==
          strings{"<unk>", " a", "b", "c"});
}

TEST_CASE("labels are found beside a checkpoint, in its folder, or by their own file") {
    const folder_with here("vocab.json", R"({"a": 0})");
    const auto& folder = here.folder;
    write_file(folder / "model.safetensors", "");
    write_file(folder / "model.safetensors.index.json", "{}");
    CHECK(sl::token_labels(folder / "model.safetensors") == strings{"a"});
    CHECK(sl::token_labels(folder / "model.safetensors.index.json") == strings{"a"});
    write_file(folder / "tokenizer.json", R"({"model": {"vocab": {"b": 0}}})");
    CHECK(here.labels() == strings{"b"}); // the tokenizer comes first
    CHECK(sl::token_labels(folder / "vocab.json") == strings{"a"});
    write_file(folder / "my-vocab.json", R"({"c": 0})");
    CHECK(sl::token_labels(folder / "my-vocab.json") == strings{"c"});
}

TEST_CASE("a vocabulary is read with the added tokens beside it") {
    const folder_with here("vocab.json", R"({"\u0120a": 0, "b": 1})");
    write_file(here.folder / "added_tokens.json", R"({"<pad>": 3, "\u0120": 2})");
    CHECK(here.labels() == strings{" a", "b", "\xc4\xa0", "<pad>"});
}

TEST_CASE("without a tokenizer there are no labels, and a path of nothing is an error") {
    const svdlens_tests::temporary_directory folder;
    CHECK(sl::token_labels(folder.path()).empty());
    write_file(folder / "model.safetensors", "");
    CHECK(sl::token_labels(folder / "model.safetensors").empty());
    CHECK_THROWS_AS(sl::token_labels(folder / "nothing"), sl::file_error);
    CHECK_THROWS_AS(sl::token_labels(folder / "vocab.json"), sl::file_error);
}

TEST_CASE("a vocabulary that is none is refused by file and key") {
    const auto [text, expected] = GENERATE(table<std::string, std::string>(
        {{R"({"a": "x"})", R"(token "a": expected a non-negative integer as its id, found the string "x")"},
         {R"({"a": -1})", R"(token "a": expected a non-negative integer as its id, found the number -1)"},
         {R"({"a": 1.0})", R"(token "a": expected a non-negative integer as its id, found the number "1.0")"},
         {R"({"a": null})", R"(token "a": expected a non-negative integer as its id, found null)"},
         {R"({"a": true})", R"(token "a": expected a non-negative integer as its id, found a boolean)"},
         {R"({"a": {}})", R"(token "a": expected a non-negative integer as its id, found an object)"},
         {R"({"a": []})", R"(token "a": expected a non-negative integer as its id, found an array)"},
         {R"([])", "expected an object, found an array"},
         {R"(3)", "expected an object, found the number 3"},
         {R"({"a": 0, "b": 0})", R"(token "b": expected an id of its own, found 0, which "a" has)"},
         {R"({"a": 0, "b": 2, "a": 1})", R"(token "a" stands twice)"},
         {R"({"a": 4194304})", R"(token "a": expected an id below 4194304, found 4194304)"},
         {R"({"a": 18446744073709551615})",
          R"(token "a": expected an id below 4194304, found 18446744073709551615)"}}));
    const folder_with here("vocab.json", text);
    CHECK(here.message("vocab.json") == expected);
    CHECK_THROWS_AS(here.labels(), sl::format_error);
}

TEST_CASE("malformed JSON is refused by its byte") {
    const std::string text = GENERATE(as<std::string>(), "", "{", R"({"a": 0)", R"({"a" 0})",
                                      "version https://git", R"({"a": 0} x)", R"({"\ud800": 0})");
    CHECK(folder_with("vocab.json", text)
              .message("vocab.json")
              .starts_with("the text is not valid JSON at byte "));
    CHECK(folder_with("vocab.json", std::string("{\"a\": 0}\0 x", 11)).message("vocab.json") ==
          "expected JSON, found a NUL at byte 8 of the text");
    CHECK(folder_with("vocab.json", "{\"\xff\": 0}").message("vocab.json") ==
          "expected UTF-8, found byte 255 at byte 2 of the text");
    CHECK(folder_with("tokenizer.json", "version https://git-lfs.github.com/spec/v1\n")
              .message("tokenizer.json")
              .ends_with("run `git lfs pull`"));
}

TEST_CASE("a tokenizer that is none is refused by file and key") {
    const auto [text, expected] = GENERATE(table<std::string, std::string>(
        {{"{}", R"(expected "model" with "vocab", found none)"},
         {R"({"model": {}})", R"(expected "model" with "vocab", found none)"},
         {R"({"model": []})", R"("model": expected an object, found an array)"},
         {R"({"model": {"vocab": 1}})",
          R"("model": "vocab": expected an object of ids, or an array of pieces, found the number 1)"},
         {R"({"model": {"vocab": {"a": "b"}}})",
          R"("model": "vocab": token "a": expected a non-negative integer as its id, found the string "b")"},
         {R"({"model": {"vocab": [["a", 1], 2]}})",
          R"("model": "vocab": entry 1: expected a text with its number, found the number 2)"},
         {R"({"model": {"vocab": [["a", 1], ["b"]]}})",
          R"("model": "vocab": entry 1: expected a text and a number, found less)"},
         {R"({"model": {"vocab": [[1, "a"]]}})",
          R"("model": "vocab": entry 0: expected a text, found the number 1)"},
         {R"({"model": {"vocab": [["a", 1, 2]]}})",
          R"("model": "vocab": entry 0: expected no more, found the number 2)"},
         {R"({"added_tokens": 1})", R"("added_tokens": expected an array, found the number 1)"},
         {R"({"added_tokens": ["x"]})",
          R"("added_tokens": entry 0: expected an object, found the string "x")"},
         {R"({"added_tokens": [{"id": 1, "content": "a"}, {"id": "x"}]})",
          R"("added_tokens": entry 1: "id": expected a non-negative integer, found the string "x")"},
         {R"({"added_tokens": [{"id": 1, "content": 2}]})",
          R"("added_tokens": entry 0: "content": expected a string, found the number 2)"},
         {R"({"added_tokens": [{"id": 1, "special": true}]})",
          R"("added_tokens": entry 0: expected the fields id and content, found less)"}}));
    const folder_with here("tokenizer.json", text);
    CHECK(here.message("tokenizer.json") == expected);
    CHECK_THROWS_AS(here.labels(), sl::format_error);
}

TEST_CASE("hostile nesting is refused") {
    const std::string deep(100000, '[');
    CHECK(folder_with("tokenizer.json", "{\"x\": " + deep).message("tokenizer.json") ==
          "expected at most 127 levels of nesting, found more");
}

TEST_CASE("what is no tokenizer is named for what it is") {
    const auto ending = [](const std::string& bytes) {
        const auto text = folder_with("tokenizer.json", bytes).message("tokenizer.json");
        return text.substr(text.rfind("; ") + 2);
    };
    CHECK(ending("<!DOCTYPE html>") == "this looks like a web page: the download failed");
    CHECK(ending(std::string("\x1f\x8b\x08\0", 4)) == "this looks like a gzip file: unpack it first");
    CHECK(ending("(dp0\nVa\np1\n.") ==
          "this looks like a pickled object that torch.save did not write: save its tensors with "
          "torch.save or as safetensors");
    const folder_with here("vocab.json", "{}");
    write_file(here.folder / "added_tokens.json", "version https://git-lfs.github.com/spec/v1\n");
    CHECK(here.message("added_tokens.json").ends_with("run `git lfs pull`"));
}

TEST_CASE("a tokenizer's file of more than 2^28 bytes is not read") {
    const folder_with here("tokenizer.json", R"({"model": {"vocab": {"a": 0}}})");
    std::filesystem::resize_file(here.folder / "tokenizer.json", std::uintmax_t{1} << 40); // sparse
    CHECK(here.message("tokenizer.json") ==
          "expected the text to have at most 268435456 bytes, found 1099511627776");
}

#if defined(__unix__)
TEST_CASE("whatever stands in place of a tokenizer is opened or refused, never passed over") {
    const folder_with here("vocab.json", R"({"a": 0})");
    for (const std::string name : {"tokenizer.json", "added_tokens.json"}) {
        CAPTURE(name);
        std::filesystem::create_symlink("nowhere", here.folder / name);
        CHECK(here.message(name) ==
              "cannot open: No such file or directory; it is a link that leads nowhere");
        std::filesystem::remove(here.folder / name);
        std::filesystem::create_directory(here.folder / name);
        CHECK(here.message(name) == "expected a file, found a directory");
        std::filesystem::remove(here.folder / name);
        CHECK(here.labels() == strings{"a"});
    }
}
#endif
