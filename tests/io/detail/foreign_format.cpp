#include "svdlens/io/detail/foreign_format.hpp"

#include <string>
#include <utility>
#include <vector>

#include "io/safetensors_bytes.hpp"
#include "support/catch.hpp"

namespace sl = svdlens;
using namespace std::string_literals;

TEST_CASE("pickles of every protocol are pickles", "[io][foreign_format]") {
    // pickle.dumps({"a": [1.5]}, p) for p from 0 to 5, pickle.dumps(collections.OrderedDict(), 0 and 1), and
    // what torch.save without a zip begins with, of protocols 0, 2 and 4.
    const std::vector<std::string> pickles = {
        "(dp0\nVa\np1\n(lp2\nF1.5\nas."s,
        "}q\0X\1\0\0\0aq\1]q\2G?\xf8\0\0\0\0\0\0as."s,
        "\x80\2}q\0X\1\0\0\0aq\1]q\2G?\xf8\0\0\0\0\0\0as."s,
        "\x80\3}q\0X\1\0\0\0aq\1]q\2G?\xf8\0\0\0\0\0\0as."s,
        "\x80\4\x95\x14\0\0\0\0\0\0\0}\x94\x8c\1a\x94]\x94G?\xf8\0\0\0\0\0\0as."s,
        "\x80\5\x95\x14\0\0\0\0\0\0\0}\x94\x8c\1a\x94]\x94G?\xf8\0\0\0\0\0\0as."s,
        "ccollections\nOrderedDict\np0\n(tRp1\n."s,
        "ccollections\nOrderedDict\nq\0)Rq\1."s,
        "L119547037146038801333356L\n."s,
        "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19."s,
        "\x80\4\x95\r\0\0\0\0\0\0\0\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19."s,
    };
    for (const auto& each : pickles) {
        CAPTURE(each);
        CHECK(sl::detail::foreign_format(each).find("pickled") != std::string_view::npos);
    }
    for (const std::string& text :
         {"config\n"s, "cat sat\nhere\n"s, "c\n\n"s, "\x80"s, "\x80\6"s, "(a)"s, ""s}) {
        CAPTURE(text);
        CHECK(sl::detail::foreign_format(text).empty());
    }
}

TEST_CASE("files of other formats are named for what they are", "[io][foreign_format]") {
    const std::vector<std::pair<std::string, std::string>> files = {
        {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "git lfs pull"},
        {"version https://hawser.github.com/spec/v1\n", "git lfs pull"},
        {"/annex/objects/SHA256E-s3--aa", "git annex get"},
        {"PK\3\4\0\0\0\0"s, "zip"},
        {"PK\5\6\0\0\0\0"s, "zip"},
        {"\x89HDF\r\n\x1a\n\0\0"s, "HDF5"},
        {"\x93NUMPY\1\0v\0{'descr'"s, "NumPy"},
        {"\x1f\x8b\x08\0\0\0\0\0\2\xff"s, "gzip"},
        {"BZh91AY&SY", "bzip2"},
        {"\xfd\x37zXZ\0\0\4"s, "xz"},
        {"\x28\xb5\x2f\xfd\x24\1"s, "zstd"},
        {"7z\xbc\xaf\x27\x1c\0\4"s, "7z"},
        {"GGUF\3\0\0\0"s, "GGUF"},
        {"tjgg\3\0\0\0"s, "GGML"},
        {"\xff\xfe{\0}\0"s, "UTF-16"},
        {"<!DOCTYPE html>", "web page"},
        {"<html>", "web page"},
        {std::string(257, 'a') + "ustar\0"
                                 "00"s,
         "tar"},
    };
    for (const auto& [bytes, named] : files) {
        CAPTURE(named);
        CHECK(sl::detail::foreign_format(bytes).find(named) != std::string_view::npos);
        CHECK(sl::detail::instead_of_json(bytes) == sl::detail::foreign_format(bytes));
    }
}

TEST_CASE("text is told by its first bytes", "[io][foreign_format]") {
    CHECK(sl::detail::begins_as_text("my notes\r\n\ton it"));
    CHECK(sl::detail::begins_as_text(std::string(64, 'a') + "\0"s));
    for (const std::string& bytes : {""s, "a\0"s, "caf\xe9"s, "\x7f"s})
        CHECK(!sl::detail::begins_as_text(bytes));
}

TEST_CASE("JSON and safetensors are no other format, and safetensors are no JSON", "[io][foreign_format]") {
    for (const std::string& text : {"{}"s, "[1]"s, " {\"a\": 1}"s, "3"s, ""s}) {
        CHECK(sl::detail::foreign_format(text).empty());
        CHECK(sl::detail::instead_of_json(text).empty());
    }
    // Lengths whose bytes are `<`, `{`, `}q`, `BZh` and gzip's mark.
    for (const std::size_t length : {60U, 123U, 0x717dU, 0x685a42U, 0x088b1fU}) {
        CAPTURE(length);
        const auto file = svdlens_tests::file_of("{}" + std::string(length - 2, ' '));
        CHECK(sl::detail::instead_of_json(file) == "; this looks like a safetensors file");
    }
}
