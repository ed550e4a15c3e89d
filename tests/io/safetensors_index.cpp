#include "svdlens/io/safetensors_index.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "io/refused_texts.hpp"
#include "support/catch.hpp"

namespace sl = svdlens;
using svdlens_tests::nested;

namespace {

sl::safetensors_index parse_index(const std::string& text) {
    return sl::parse_safetensors_index(text, "some/model.safetensors.index.json");
}

svdlens_tests::refusal index_refusal(const std::string& text) {
    return svdlens_tests::refusal_of([&] { parse_index(text); });
}

void check_refused_indices(const std::vector<svdlens_tests::bad_text>& cases) {
    svdlens_tests::check_refused(cases, "some/model.safetensors.index.json", parse_index);
}

std::string with_shard(const std::string& shard) { return R"({"weight_map":{"t":)" + shard + "}}"; }
std::string index_with_metadata(const std::string& metadata) {
    return R"({"metadata":)" + metadata + R"(,"weight_map":{"t":"a"}})";
}

} // namespace

TEST_CASE("an index is a JSON object with a weight_map", "[io][safetensors_index]") {
    using enum sl::errc;
    check_refused_indices({
        {"empty", "", invalid_index, "not valid JSON"},
        {"spaces", "  ", invalid_index, "not valid JSON"},
        {"an array", "[]", invalid_index, "an array"},
        {"a string", "\"weight_map\"", invalid_index, "the string"},
        {"null", "null", invalid_index, "null"},
        {"a number", "3", invalid_index, "the number 3"},
        {"cut off", R"({"weight_map":{"t":"a")", invalid_index, "\"t\""},
        {"text after", R"({"weight_map":{}} x)", invalid_index, "not valid JSON"},
        {"two objects", R"({"weight_map":{}}{})", invalid_index, "not valid JSON"},
        {"a byte order mark", "\xef\xbb\xbf{\"weight_map\":{}}", invalid_index, "byte order mark"},
        {"a NUL after", std::string("{\"weight_map\":{}}\0,{}", 20), invalid_index, "NUL at byte 17"},
        {"not UTF-8", "{\"weight_map\":{\"\xff\":\"a\"}}", invalid_index, "UTF-8"},
        {"a comment", R"({"weight_map":{}/**/})", invalid_index, "not valid JSON"},
        {"a trailing comma", R"({"weight_map":{"t":"a",}})", invalid_index, "not valid JSON"},
        {"no fields", "{}", invalid_index, "weight_map"},
        {"no weight_map", R"({"metadata":{"total_size":3}})", invalid_index, "weight_map"},
        {"a weight_map elsewhere", R"({"metadata":{"weight_map":{"t":"a"}}})", invalid_index, "found none"},
        {"weight_map null", R"({"weight_map":null})", invalid_index, "found null"},
        {"weight_map a string", R"({"weight_map":"a"})", invalid_index, "\"a\""},
        {"weight_map an array", R"({"weight_map":[["t","a"]]})", invalid_index, "an array"},
        {"weight_map a number", R"({"weight_map":1.5})", invalid_index, "\"1.5\""},
        {"weight_map true", R"({"weight_map":true})", invalid_index, "a boolean"},
        {"shard null", with_shard("null"), invalid_index, "tensor \"t\""},
        {"shard a number", with_shard("1"), invalid_index, "tensor \"t\""},
        {"shard a boolean", with_shard("false"), invalid_index, "tensor \"t\""},
        {"shard an array", with_shard(R"(["a"])"), invalid_index, "tensor \"t\""},
        {"shard an object", with_shard(R"({"a":"a"})"), invalid_index, "tensor \"t\""},
        {"a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
         invalid_index, "git lfs pull"},
    });
}

TEST_CASE("no name of a shard leads out of the folder", "[io][safetensors_index]") {
    using enum sl::errc;
    check_refused_indices({
        {"the folder above", with_shard(R"("../x.safetensors")"), outside_folder, "\"../x.safetensors\""},
        {"above, twice", with_shard(R"("../../etc/passwd")"), outside_folder, "tensor \"t\""},
        {"above, later", with_shard(R"("a/../../x")"), outside_folder, "tensor \"t\""},
        {"an absolute path", with_shard(R"("/etc/passwd")"), outside_folder, "\"/etc/passwd\""},
        {"a folder below", with_shard(R"("below/x.safetensors")"), outside_folder, "tensor \"t\""},
        {"here, spelled out", with_shard(R"("./x.safetensors")"), outside_folder, "tensor \"t\""},
        {"a drive", with_shard(R"("C:\\x")"), outside_folder, "tensor \"t\""},
        {"a drive's current folder", with_shard(R"("C:x")"), outside_folder, "tensor \"t\""},
        {"a backslash", with_shard(R"("..\\x")"), outside_folder, "tensor \"t\""},
        {"a share", with_shard(R"("\\\\host\\x")"), outside_folder, "tensor \"t\""},
        {"an escaped slash", with_shard(R"("..\u002fx")"), outside_folder, "tensor \"t\""},
        {"a URL", with_shard(R"("https://host/x.safetensors")"), outside_folder, "tensor \"t\""},
        {"a URL without a slash", with_shard(R"("file:x")"), outside_folder, "tensor \"t\""},
        {"a NUL", with_shard(R"("x\u0000.safetensors")"), outside_folder, "tensor \"t\""},
        {"empty", with_shard(R"("")"), outside_folder, "\"\""},
        {"this folder", with_shard(R"(".")"), outside_folder, "\".\""},
        {"the one above", with_shard(R"("..")"), outside_folder, "\"..\""},
        {"the second tensor's", R"({"weight_map":{"a":"s","b":"../s"}})", outside_folder, "tensor \"b\""},
    });
    for (const char* plain : {"...", "..x", "x..", " ", "~", "-", "\xc3\xa9", ".hidden", "a b.safetensors"}) {
        CAPTURE(plain);
        CHECK(sl::parse_safetensors_index(with_shard("\"" + std::string(plain) + "\""), "i").shards.at(0) ==
              plain);
    }
}

TEST_CASE("a key of an index stands once", "[io][safetensors_index]") {
    using enum sl::errc;
    check_refused_indices({
        {"a tensor, same shard", R"({"weight_map":{"t":"a","t":"a"}})", duplicate_key, "\"t\""},
        {"a tensor, two shards", R"({"weight_map":{"t":"a","u":"a","t":"b"}})", duplicate_key, "\"t\""},
        {"a tensor, after unescaping", R"({"weight_map":{"t":"a","\u0074":"b"}})", duplicate_key, "\"t\""},
        {"weight_map", R"({"weight_map":{},"weight_map":{}})", duplicate_key, "\"weight_map\""},
        {"weight_map, after unescaping", R"({"weight_map":{},"weight\u005fmap":{}})", duplicate_key,
         "\"weight_map\""},
        {"metadata", R"({"metadata":{},"metadata":{},"weight_map":{}})", duplicate_key, "\"metadata\""},
        {"an unknown field", R"({"x":1,"x":2,"weight_map":{}})", duplicate_key, "\"x\""},
        {"a string of the metadata", index_with_metadata(R"({"k":"1","k":"2"})"), duplicate_key, "\"k\""},
    });
}

TEST_CASE("nesting in an index is bounded", "[io][safetensors_index]") {
    using enum sl::errc;
    check_refused_indices({
        {"100,000 levels in metadata", index_with_metadata(nested(100'000)), invalid_index, "127 levels"},
        {"100,000 levels, never closed", std::string(100'000, '['), invalid_index, "an array"},
        {"100,000 levels as a shard", with_shard(nested(100'000)), invalid_index, "tensor \"t\""},
        {"100,000 levels in an unknown field", R"({"x":)" + nested(100'000) + "}", invalid_index,
         "127 levels"},
        {"128 levels", R"({"x":)" + nested(127) + "}", invalid_index, "127 levels"},
    });
    CHECK(sl::parse_safetensors_index(R"({"weight_map":{},"x":)" + nested(126) + "}", "i").tensors.empty());
}

TEST_CASE("an index of over 100,000,000 bytes is refused before it is read", "[io][safetensors_index]") {
    std::string text = R"({"weight_map":{"t":"a"}})";
    text.resize(100'000'001, ' ');
    CHECK(index_refusal(text).code == sl::errc::invalid_index);
    CHECK(index_refusal(text).message.find("100000001") != std::string::npos);
    text.pop_back();
    CHECK(sl::parse_safetensors_index(text, "i").tensors.size() == 1);
}

TEST_CASE("what an index may hold is read", "[io][safetensors_index]") {
    SECTION("tensors in the order of their names, shards in that of their first use") {
        const auto index = sl::parse_safetensors_index(
            R"( {"metadata":{"total_size":12.5,"format":"pt","note":null,"more":{"format":"x","deep":[1]},"list":["a"]},
               "weight_map":{"b":"two","":"one","a":"two","c":"three","d":"one"},"extra":[{"weight_map":3}]} )",
            "i");
        REQUIRE(index.tensors.size() == 5);
        CHECK(index.shards == std::vector<std::string>{"two", "one", "three"});
        const std::vector<std::string> names = {"", "a", "b", "c", "d"};
        const std::vector<std::uint32_t> shards = {1, 0, 0, 2, 1};
        for (std::size_t k = 0; k < 5; ++k) {
            CHECK(index.tensors[k].tensor == names[k]);
            CHECK(index.tensors[k].shard == shards[k]);
        }
        CHECK(index.metadata == sl::metadata_map{{"format", "pt"}});
    }
    SECTION("no tensors") {
        const auto index = sl::parse_safetensors_index(R"({"weight_map":{}})", "i");
        CHECK(index.tensors.empty());
        CHECK(index.shards.empty());
    }
    SECTION("metadata of any kind: they are advisory") {
        for (const char* odd : {"null", "3", "-1", "1e9", "\"x\"", "[]", "{}", "true", R"(["format","pt"])",
                                R"({"total_size":-3})", R"({"total_size":"12"})"}) {
            CAPTURE(odd);
            CHECK(sl::parse_safetensors_index(index_with_metadata(odd), "i").tensors.size() == 1);
        }
    }
    SECTION("names with NUL and any letters") {
        const auto index =
            sl::parse_safetensors_index(R"({"weight_map":{"a\u0000":"s","../\ud83d\ude00":"s"}})", "i");
        CHECK(index.tensors[1].tensor == std::string("a\0", 2));
        CHECK(index.tensors[0].tensor == "../\xf0\x9f\x98\x80");
    }
}
