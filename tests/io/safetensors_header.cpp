#include "svdlens/io/safetensors_header.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/refused_texts.hpp"
#include "io/safetensors_bytes.hpp"
#include "support/catch.hpp"

namespace sl = svdlens;
using svdlens_tests::entry;
using svdlens_tests::file_of;
using svdlens_tests::length_bytes;
using svdlens_tests::nested;

namespace {

sl::safetensors_header parse_header(const std::string& file) {
    return sl::parse_safetensors_header(std::as_bytes(std::span(file)), "some/file.safetensors");
}

svdlens_tests::refusal header_refusal(const std::string& file) {
    return svdlens_tests::refusal_of([&] { parse_header(file); });
}

void check_refused_headers(const std::vector<svdlens_tests::bad_text>& cases) {
    svdlens_tests::check_refused(cases, "some/file.safetensors", parse_header);
}

/// A header of one entry `t` over four bytes with one of its fields as given.
std::string with_dtype(const std::string& dtype) {
    return file_of(R"({"t":{"dtype":)" + dtype + R"(,"shape":[4],"data_offsets":[0,4]}})", 4);
}
std::string with_shape(const std::string& shape) {
    return file_of(R"({"t":{"dtype":"U8","shape":)" + shape + R"(,"data_offsets":[0,4]}})", 4);
}
std::string with_offsets(const std::string& offsets) {
    return file_of(R"({"t":{"dtype":"U8","shape":[4],"data_offsets":)" + offsets + "}}", 4);
}
std::string with_extra(const std::string& extra) {
    return file_of(R"({"t":{"dtype":"U8","shape":[4],"data_offsets":[0,4],)" + extra + "}}", 4);
}
std::string with_metadata(const std::string& metadata) {
    return file_of(R"({"__metadata__":)" + metadata + "}");
}

const std::string four = entry("t", "U8", "[4]", "[0,4]"); // a good entry over four bytes

} // namespace

TEST_CASE("rules 1 to 5: the header's length and encoding", "[io][safetensors_header]") {
    using enum sl::errc;
    check_refused_headers({
        {"no bytes", "", header_too_small, "0 bytes"},
        {"seven bytes", std::string(7, '\0'), header_too_small, "7 bytes"},
        {"a length of 100,000,001", length_bytes(100'000'001) + "{}", header_too_large, "100000001"},
        {"100,000,001 comes before the check against the file", length_bytes(100'000'001), header_too_large},
        {"2^64-1, which overflows when 8 is added", length_bytes(~0ULL) + "{}", header_too_large},
        {"2^64-8", length_bytes(~0ULL - 7) + "{}", header_too_large},
        {"the reference's too large header", std::string("\x3c\0\0\0\0\xff\xff\xff", 8), header_too_large},
        {"exactly 100,000,000 is only too long for this file", length_bytes(100'000'000) + "{}",
         invalid_header_length},
        {"length 60, no header", length_bytes(60), invalid_header_length, "60"},
        {"one byte short", length_bytes(3) + "{}", invalid_header_length},
        {"length 1000 on a small file", length_bytes(1000) + "{}", invalid_header_length},
        {"4 MiB promised, 1 byte there", length_bytes(4 << 20) + "{", invalid_header_length},
        {"not UTF-8", file_of("\xff"), invalid_header_utf8},
        {"not UTF-8 comes before not JSON", file_of("{{{\xff"), invalid_header_utf8},
        {"not UTF-8 in a name", file_of("{" + entry("a\xc3", "U8", "[4]", "[0,4]") + "}", 4),
         invalid_header_utf8},
        {"an overlong form", file_of("{\"__metadata__\":{\"a\":\"\xc0\x80\"}}"), invalid_header_utf8},
        {"an encoded surrogate", file_of("{\"__metadata__\":{\"a\":\"\xed\xa0\x80\"}}"), invalid_header_utf8},
        {"UTF-16", file_of(std::string("\xff\xfe{\0}\0", 6)), invalid_header_utf8},
    });
}

TEST_CASE("rule 6: the header is one JSON object, in the format's dialect", "[io][safetensors_header]") {
    using enum sl::errc;
    check_refused_headers({
        {"length 0", file_of(""), invalid_header},
        {"only spaces", file_of("    "), invalid_header},
        {"cut JSON", file_of("{"), invalid_header},
        {"an array", file_of("[]"), invalid_header},
        {"an array of an object", file_of("[{}]"), invalid_header},
        {"a string", file_of("\"a\""), invalid_header},
        {"a number", file_of("1"), invalid_header},
        {"null", file_of("null"), invalid_header},
        {"two values", file_of("{}{}"), invalid_header},
        {"text after", file_of("{} x"), invalid_header},
        {"a byte order mark", file_of("\xef\xbb\xbf{}"), invalid_header},
        {"NUL padding", file_of(std::string("{}\0\0\0", 5)), invalid_header},
        {"NUL, then more", file_of("{" + four + "}" + std::string("\0,\"evil\":1}", 11), 4), invalid_header},
        {"NUL before", file_of(std::string("\0{}", 3)), invalid_header},
        {"NUL inside a string", file_of(std::string("{\"__metadata__\":{\"a\":\"\0\"}}", 27)),
         invalid_header},
        {"UTF-16 without a mark", file_of(std::string("{\0}\0", 4)), invalid_header, "NUL"},
        {"form feed padding", file_of("{}\f"), invalid_header},
        {"vertical tab padding", file_of("{}\v"), invalid_header},
        {"no-break space padding", file_of("{}\xc2\xa0"), invalid_header},
        {"a comment", file_of("{/* */}"), invalid_header},
        {"a line comment", file_of("{}//"), invalid_header},
        {"a trailing comma", file_of("{" + four + ",}", 4), invalid_header, "\"t\""},
        {"single quotes", file_of("{'a':1}"), invalid_header},
        {"an unquoted key", file_of("{a:1}"), invalid_header},
        {"a raw line end in a name", file_of("{" + entry("a\nb", "U8", "[4]", "[0,4]") + "}", 4),
         invalid_header},
        {"a lone high surrogate", with_metadata(R"({"a":"\ud800"})"), invalid_header},
        {"a lone low surrogate", with_metadata(R"({"a":"\udc00"})"), invalid_header},
        {"a bad escape", with_metadata(R"({"a":"\x41"})"), invalid_header},
        {"NaN", with_offsets("[0,NaN]"), invalid_header, "\"t\""},
        {"Infinity", with_offsets("[0,Infinity]"), invalid_header, "\"t\""},
        {"leading zeros", with_offsets("[0,04]"), invalid_header, "\"t\""},
        {"a plus sign", with_offsets("[0,+4]"), invalid_header, "\"t\""},
        {"a hexadecimal number", with_offsets("[0,0x4]"), invalid_header, "\"t\""},
    });
}

TEST_CASE("rule 6: every tensor is an object of dtype, shape and data_offsets", "[io][safetensors_header]") {
    using enum sl::errc;
    const std::string name = "{\"t\":";
    check_refused_headers({
        {"entry null", file_of(name + "null}"), invalid_header, "\"t\""},
        {"entry true", file_of(name + "true}"), invalid_header, "\"t\""},
        {"entry a number", file_of(name + "4}"), invalid_header, "\"t\""},
        {"entry a string", file_of(name + "\"U8\"}"), invalid_header, "\"t\""},
        {"entry an array", file_of(name + R"(["U8",[4],[0,4]]})", 4), invalid_header, "\"t\""},
        {"entry empty", file_of(name + "{}}"), invalid_header, "\"t\""},
        {"no dtype", file_of(name + R"({"shape":[4],"data_offsets":[0,4]}})", 4), invalid_header, "no dtype"},
        {"no shape", file_of(name + R"({"dtype":"U8","data_offsets":[0,4]}})", 4), invalid_header,
         "no shape"},
        {"no data_offsets", file_of(name + R"({"dtype":"U8","shape":[0]}})"), invalid_header,
         "no data_offsets"},
        {"keys are case-sensitive", file_of(name + R"({"Dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 4),
         invalid_header, "\"t\""},
        {"the second entry is named", file_of("{" + four + ",\"u\":7}", 4), invalid_header, "\"u\""},
        {"dtype of an unknown name", with_dtype("\"F7\""), invalid_header, "\"F7\""},
        {"dtype in lower case", with_dtype("\"u8\""), invalid_header, "\"t\""},
        {"dtype empty", with_dtype("\"\""), invalid_header, "\"t\""},
        {"dtype null", with_dtype("null"), invalid_header, "\"t\""},
        {"dtype a number", with_dtype("8"), invalid_header, "\"t\""},
        {"dtype an array", with_dtype("[\"U8\"]"), invalid_header, "\"t\""},
        {"dtype an object", with_dtype("{\"U8\":null}"), invalid_header, "\"t\""},
        {"shape null", with_shape("null"), invalid_header, "\"t\""},
        {"shape a number", with_shape("4"), invalid_header, "\"t\""},
        {"shape a string", with_shape("\"4\""), invalid_header, "\"t\""},
        {"shape an object", with_shape("{}"), invalid_header, "\"t\""},
        {"shape nested", with_shape("[[4]]"), invalid_header, "\"t\""},
        {"shape of an object", with_shape("[{}]"), invalid_header, "\"t\""},
        {"extent 4.0", with_shape("[4.0]"), invalid_header, "\"4.0\""},
        {"extent 4e0", with_shape("[4e0]"), invalid_header, "\"t\""},
        {"extent 4.5", with_shape("[4.5]"), invalid_header, "\"t\""},
        {"extent -4", with_shape("[-4]"), invalid_header, "\"t\""},
        {"extent -0", with_shape("[-0]"), invalid_header, "\"t\""},
        {"extent 2^64", with_shape("[18446744073709551616]"), invalid_header, "\"t\""},
        {"extent 1e999", with_shape("[1e999]"), invalid_header, "\"t\""},
        {"extent a string", with_shape("[\"4\"]"), invalid_header, "\"t\""},
        {"extent true", with_shape("[true]"), invalid_header, "\"t\""},
        {"extent null", with_shape("[null]"), invalid_header, "\"t\""},
        {"offsets null", with_offsets("null"), invalid_header, "\"t\""},
        {"offsets an object", with_offsets("{\"0\":0,\"1\":4}"), invalid_header, "\"t\""},
        {"no offsets", with_offsets("[]"), invalid_header, "\"t\""},
        {"one offset", with_offsets("[4]"), invalid_header, "\"t\""},
        {"three offsets", with_offsets("[0,4,8]"), invalid_header, "\"t\""},
        {"offset 0.0", with_offsets("[0.0,4]"), invalid_header, "\"t\""},
        {"offset 4.0", with_offsets("[0,4.0]"), invalid_header, "\"t\""},
        {"offset 4e0", with_offsets("[0,4e0]"), invalid_header, "\"t\""},
        {"offset -0", with_offsets("[-0,4]"), invalid_header, "\"t\""},
        {"offset -1", with_offsets("[-1,4]"), invalid_header, "\"t\""},
        {"offset 2^64", with_offsets("[0,18446744073709551616]"), invalid_header, "\"t\""},
        {"offset 0.5", with_offsets("[0.5,4]"), invalid_header, "\"t\""},
        {"offset null", with_offsets("[null,4]"), invalid_header, "\"t\""},
        {"offset an object", with_offsets("[{},4]"), invalid_header, "\"t\""},
        {"offset a string", with_offsets("[\"0\",4]"), invalid_header, "\"t\""},
        {"offset false", with_offsets("[false,4]"), invalid_header, "\"t\""},
        {"offsets nested", with_offsets("[[0,4]]"), invalid_header, "\"t\""},
    });
}

TEST_CASE("rule 6: metadata are an object of strings", "[io][safetensors_header]") {
    using enum sl::errc;
    check_refused_headers({
        {"null", with_metadata("null"), invalid_header, "__metadata__"},
        {"a string", with_metadata("\"pt\""), invalid_header, "__metadata__"},
        {"an array", with_metadata("[]"), invalid_header, "__metadata__"},
        {"a number", with_metadata("1"), invalid_header, "__metadata__"},
        {"a value that is null", with_metadata(R"({"k":null})"), invalid_header, "\"k\""},
        {"a value that is a number", with_metadata(R"({"k":1})"), invalid_header, "\"k\""},
        {"a value that is a negative number", with_metadata(R"({"k":-1})"), invalid_header, "\"k\""},
        {"a value that is a float", with_metadata(R"({"k":1.5})"), invalid_header, "\"k\""},
        {"a value that is true", with_metadata(R"({"k":true})"), invalid_header, "\"k\""},
        {"a value that is an object", with_metadata(R"({"k":{}})"), invalid_header, "\"k\""},
        {"a value that is an array", with_metadata(R"({"k":["a"]})"), invalid_header, "\"k\""},
        {"an escaped key is the same key", file_of(R"({"\u005f_metadata__":7})"), invalid_header,
         "__metadata__"},
    });
}

TEST_CASE("a key that stands twice is refused at every level", "[io][safetensors_header]") {
    using enum sl::errc;
    const std::string same = entry("t", "U8", "[4]", "[4,8]");
    check_refused_headers({
        {"a tensor, twice the same", file_of("{" + four + "," + four + "}", 4), duplicate_key, "\"t\""},
        {"a tensor, two regions", file_of("{" + four + "," + same + "}", 8), duplicate_key, "\"t\""},
        {"a tensor, not side by side",
         file_of("{" + four + "," + entry("a", "U8", "[0]", "[0,0]") + "," + same + "}", 8), duplicate_key,
         "\"t\""},
        {"a tensor, after unescaping",
         file_of("{" + four + "," + entry("\\u0074", "U8", "[4]", "[4,8]") + "}", 8), duplicate_key, "\"t\""},
        {"dtype", with_extra(R"("dtype":"U8")"), duplicate_key, "\"t\""},
        {"shape", with_extra(R"("shape":[4])"), duplicate_key, "\"t\""},
        {"data_offsets", with_extra(R"("data_offsets":[0,4])"), duplicate_key, "\"t\""},
        {"data_offsets, after unescaping", with_extra(R"("data\u005foffsets":[0,4])"), duplicate_key,
         "\"t\""},
        {"an unknown field", with_extra(R"("x":1,"x":2)"), duplicate_key, "\"x\""},
        {"__metadata__", file_of(R"({"__metadata__":{},"__metadata__":{}})"), duplicate_key, "__metadata__"},
        {"__metadata__, after unescaping", file_of(R"({"__metadata__":{},"\u005f_metadata__":{}})"),
         duplicate_key, "__metadata__"},
        {"a metadata key", with_metadata(R"({"k":"1","k":"1"})"), duplicate_key, "\"k\""},
        {"a metadata key, after unescaping", with_metadata(R"({"k":"1","\u006b":"2"})"), duplicate_key,
         "\"k\""},
    });
}

TEST_CASE("rule 7: tensors tile the data and have the size of their shape", "[io][safetensors_header]") {
    using enum sl::errc;
    const auto two = [](const std::string& first, const std::string& second, std::size_t size) {
        return file_of("{" + first + "," + second + "}", size);
    };
    const auto over_one_region = [](int count) {
        std::string all;
        for (int k = 0; k < count; ++k)
            all += (k == 0 ? "" : ",") + entry("w" + std::to_string(k), "I32", "[2,2]", "[0,16]");
        return all;
    };
    const std::string ten = over_one_region(10);
    const std::string many = over_one_region(20'000);
    check_refused_headers({
        {"a hole at the start", with_offsets("[1,5]"), invalid_offset, "\"t\""},
        {"a hole between", two(four, entry("u", "U8", "[2]", "[5,7]"), 7), invalid_offset, "\"u\""},
        {"an overlap", two(four, entry("u", "U8", "[4]", "[3,7]"), 7), invalid_offset, "\"u\""},
        {"one region twice", two(four, entry("u", "U8", "[4]", "[0,4]"), 4), invalid_offset},
        {"ten tensors over one region", file_of("{" + ten + "}", 16), invalid_offset, "tensor \"w"},
        {"20,000 tensors over one region", file_of("{" + many + "}", 16), invalid_offset, "tensor \"w"},
        {"end before begin", with_offsets("[4,0]"), invalid_offset, "\"t\""},
        {"end before begin, at the right begin", two(four, entry("u", "U8", "[0]", "[4,2]"), 4),
         invalid_offset, "\"u\""},
        {"no elements, strictly inside another", two(four, entry("u", "U8", "[0]", "[2,2]"), 4),
         invalid_offset, "\"u\""},
        {"no elements, beyond the end", two(four, entry("u", "U8", "[0]", "[5,5]"), 4), invalid_offset,
         "\"u\""},
        {"an early offset hides a later size",
         two(entry("a", "U8", "[4]", "[1,5]"), entry("b", "U8", "[9]", "[5,6]"), 6), invalid_offset, "\"a\""},
        {"an early size comes before a later offset",
         two(entry("a", "U8", "[3]", "[0,4]"), entry("b", "U8", "[1]", "[9,10]"), 10), invalid_tensor_size,
         "\"a\""},
        {"a product over 2^64",
         file_of("{" + entry("t", "I32", "[2,18446744073709551614]", "[0,16]") + "}", 16), size_overflow,
         "\"t\""},
        {"bytes over 2^64", file_of("{" + entry("t", "I32", "[2,9223372036854775807]", "[0,16]") + "}", 16),
         size_overflow, "\"t\""},
        {"2^61 bytes",
         file_of("{" + entry("t", "U8", "[2305843009213693952]", "[0,2305843009213693952]") + "}"),
         size_overflow, "\"t\""},
        {"2^63, 16, 0 from left to right",
         file_of("{" + entry("t", "U8", "[9223372036854775808,16,0]", "[0,0]") + "}"), size_overflow,
         "\"t\""},
        {"a product that wraps to 0",
         file_of("{" + entry("t", "U8", "[4294967296,4294967296]", "[0,0]") + "}"), size_overflow, "\"t\""},
        {"three elements of four bits", file_of("{" + entry("t", "F4", "[1,3]", "[0,2]") + "}", 2),
         misaligned_tensor, "\"t\""},
        {"one element of six bits", file_of("{" + entry("t", "F6_E2M3", "[1]", "[0,1]") + "}", 1),
         misaligned_tensor, "\"t\""},
        {"two elements of six bits", file_of("{" + entry("t", "F6_E3M2", "[2]", "[0,2]") + "}", 2),
         misaligned_tensor, "\"t\""},
        {"two elements of four bits in two bytes", file_of("{" + entry("t", "F4", "[1,2]", "[0,2]") + "}", 2),
         invalid_tensor_size, "\"t\""},
        {"larger than its bytes", file_of("{" + entry("t", "I32", "[2,2]", "[0,4]") + "}", 4),
         invalid_tensor_size, "\"t\""},
        {"smaller than its bytes", with_shape("[3]"), invalid_tensor_size, "\"t\""},
        {"a scalar is one element", with_shape("[]"), invalid_tensor_size, "\"t\""},
        {"no elements over four bytes", with_shape("[0]"), invalid_tensor_size, "\"t\""},
        {"2^32+1 is not 1", file_of("{" + entry("t", "U8", "[4294967297]", "[0,1]") + "}", 1),
         invalid_tensor_size, "\"t\""},
    });
}

TEST_CASE("rule 8: the data end with the last tensor", "[io][safetensors_header]") {
    using enum sl::errc;
    std::string chain; // eight tensors of 2^61-1 bytes: their sum is 2^64-8, plus 8 wraps to 0
    for (std::uint64_t k = 0; k < 8; ++k) {
        const std::uint64_t size = (std::uint64_t{1} << 61) - 1;
        chain += (k == 0 ? "{" : ",") +
                 entry("c" + std::to_string(k), "U8", "[" + std::to_string(size) + "]",
                       "[" + std::to_string(k * size) + "," + std::to_string((k + 1) * size) + "]");
    }
    check_refused_headers({
        {"one byte more", file_of("{" + four + "}", 5), incomplete_data,
         "1 extra bytes after the last tensor"},
        {"four bytes more", file_of("{" + four + "}", 8), incomplete_data,
         "4 extra bytes after the last tensor \"t\""},
        {"bytes after no tensors", file_of("{}", 3), incomplete_data, "3 extra bytes after the last tensor"},
        {"one byte less", file_of("{" + four + "}", 3), incomplete_data, "\"t\""},
        {"no data", file_of("{" + four + "}"), incomplete_data, "\"t\""},
        {"a chain to 2^64-8", file_of(chain + "}"), incomplete_data, "\"c7\""},
        {"no elements, then bytes", file_of("{" + entry("t", "U8", "[0]", "[0,0]") + "}", 1), incomplete_data,
         "1 extra"},
    });
}

TEST_CASE("nesting is bounded, also in fields that nobody reads", "[io][safetensors_header]") {
    using enum sl::errc;
    const std::string endless(100'000, '[');
    check_refused_headers({
        {"100,000 levels in an unknown field", with_extra("\"x\":" + nested(100'000)), invalid_header,
         "\"t\""},
        {"100,000 objects",
         with_extra("\"x\":" +
                    [] {
                        std::string all;
                        for (int k = 0; k < 100'000; ++k) all += "{\"a\":";
                        return all;
                    }()),
         invalid_header, "\"t\""},
        {"100,000 levels, never closed", with_extra("\"x\":" + endless), invalid_header, "\"t\""},
        {"100,000 levels instead of a header", file_of(endless), invalid_header},
        {"100,000 levels as a shape", with_shape(nested(100'000)), invalid_header, "\"t\""},
        {"128 levels", with_extra("\"x\":" + nested(126)), invalid_header, "\"t\""},
    });
    CHECK(parse_header(with_extra("\"x\":" + nested(125))).tensors.size() == 1);
}

TEST_CASE("headers of 100,000,000 bytes cost no more than their bytes", "[io][safetensors_header]") {
    using enum sl::errc;
    const auto filled = [](const std::string& begin, std::size_t size, char with) {
        std::string json = begin;
        json.resize(size, with);
        return file_of(json);
    };
    check_refused_headers({{"one byte over the limit, all there", filled("{}", 100'000'001, ' '),
                            header_too_large, "100000001"}});
    check_refused_headers({{"only brackets", filled("", 100'000'000, '['), invalid_header, "an array"}});
    check_refused_headers({{"only brackets, in an unknown field", filled(R"({"t":{"x":)", 100'000'000, '['),
                            invalid_header, "127 levels"}});
}

TEST_CASE("files of another format say what they are and what to do", "[io][safetensors_header]") {
    using enum sl::errc;
    const std::string zip = std::string("PK\x03\x04\0\0\x08\x08\0\0\0\0", 12) + std::string(100, 'z');
    const std::string plain_zip = std::string("PK\x03\x04\0\0\0\0\0\0\0\0", 12) + std::string(100, 'z');
    check_refused_headers({
        {"a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
         header_too_large, "git lfs pull"},
        {"a zip", zip, header_too_large, "PyTorch zip checkpoint"},
        {"a zip whose first bytes are a length under the limit", plain_zip, invalid_header_length,
         "PyTorch zip checkpoint"},
        {"a pickle", "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", header_too_large, "pickled"},
        {"a pickle of protocol 4", std::string("\x80\x04\x95\x14\0\0\0\0\0\0\0}", 12), header_too_large,
         "pickled"},
        {"a pickle of protocol 4 whose first bytes are a length under the limit",
         std::string("\x80\x04\x95\x04\0\0\0\0\0\0\0}", 12), invalid_header_length, "pickled"},
        {"a pickle of protocol 0", "(dp0\nVa\np1\n", header_too_large, "pickled"},
        {"HDF5", std::string("\x89HDF\r\n\x1a\n\0\0", 10), header_too_large, "HDF5"},
        {"npy", std::string("\x93NUMPY\x01\0v\0", 10), header_too_large, "NumPy"},
        {"gzip with a time", "\x1f\x8b\x08\x08\x12\x34\x56\x67\x02\xff", header_too_large, "gzip"},
        {"gzip, a length under the limit", std::string("\x1f\x8b\x08\0\0\0\0\0\x02\xff", 10),
         invalid_header_length, "gzip"},
        {"a short pickle", "\x80\x03N.", header_too_small, "pickled"},
        {"a shard index", "{\n  \"metadata\": {}}", header_too_large, "JSON"},
        {"a web page", "<!DOCTYPE html>", header_too_large, "web page"},
        {"GGUF", std::string("GGUF\x03\0\0\0 ...", 12), header_too_large, "GGUF"},
    });
    // 60 and 123 are `<` and `{`, and ordinary lengths.
    CHECK(header_refusal(length_bytes(60)).message.find("web") == std::string::npos);
    CHECK(header_refusal(length_bytes(123)).message.find("JSON") == std::string::npos);
    // A file that is cut off after its header's first byte is cut off, whatever its length reads as.
    CHECK(header_refusal(length_bytes(0x088b1f) + "{").message.find("gzip") == std::string::npos);
}

TEST_CASE("a small file cut anywhere is an error", "[io][safetensors_header]") {
    const std::string whole = file_of(
        R"({"__metadata__":{"format":"pt"},)" + four + "," + entry("u", "F32", "[1]", "[4,8]") + "}  ", 8);
    CHECK(parse_header(whole).tensors.size() == 2);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const auto found = header_refusal(whole.substr(0, size));
        const auto expected = size < 8                  ? sl::errc::header_too_small
                              : size < whole.size() - 8 ? sl::errc::invalid_header_length
                                                        : sl::errc::incomplete_data;
        CHECK(found.code == expected);
    }
}

TEST_CASE("a small file with any byte changed is read or refused, never more", "[io][safetensors_header]") {
    const std::string whole =
        file_of(R"({"__metadata__":{"k":"v"},)" + four + "," + entry("u", "F4", "[2,1]", "[4,5]") + "}", 5);
    int read = 0;
    int refused = 0;
    for (std::size_t at = 0; at < whole.size() - 5; ++at) {
        for (int value = 0; value < 256; ++value) {
            std::string changed = whole;
            changed[at] = static_cast<char>(value);
            try {
                const auto header = parse_header(changed);
                std::uint64_t bytes = 0;
                for (const auto& each : header.tensors) bytes += each.end - each.begin;
                if (header.data_start + bytes == changed.size()) ++read;
            } catch (const sl::format_error&) {
                ++refused;
            }
        }
    }
    CHECK(read + refused == static_cast<int>(whole.size() - 5) * 256);
    CHECK(read > 256);
    CHECK(refused > 256);
}

TEST_CASE("what the format allows is read", "[io][safetensors_header]") {
    SECTION("no tensors, padded or not") {
        for (const char* json : {"{}", "{}      ", "{}\r \t\n", "\t\n{}\r ", R"({"__metadata__":{}})"}) {
            CAPTURE(json);
            const auto header = parse_header(file_of(json));
            CHECK(header.tensors.empty());
            CHECK(header.metadata.empty());
            CHECK(header.data_start == 8 + std::string(json).size());
        }
    }
    SECTION("metadata, unescaped") {
        const auto header = parse_header(
            file_of(R"({"\u005f_metadata__":{"framework":"pt","":"","q\u0000":"\"\u00e4\n"}}     )"));
        CHECK(header.metadata ==
              sl::metadata_map{{"framework", "pt"}, {"", ""}, {std::string("q\0", 2), "\"\xc3\xa4\n"}});
    }
    SECTION("a scalar") {
        const auto header = parse_header(file_of("{" + entry("s", "I32", "[]", "[0,4]") + "}", 4));
        REQUIRE(header.tensors.size() == 1);
        CHECK(header.tensors[0].shape.empty());
        CHECK(header.tensors[0].type == sl::dtype::i32);
    }
    SECTION("all fields, in any order, with unknown ones between") {
        const auto header = parse_header(file_of(
            R"( { "b.w" : {"data_offsets":[0,12],"x":{"dtype":3,"y":[1,{"z":-1.5e3}]},"shape":[2,3],"note":null,"f":false,"dtype":"F16"} } )",
            12));
        REQUIRE(header.tensors.size() == 1);
        const auto& tensor = header.tensors[0];
        CHECK(tensor.name == "b.w");
        CHECK(tensor.type == sl::dtype::f16);
        CHECK(tensor.shape == std::vector<std::uint64_t>{2, 3});
        CHECK(tensor.begin == 0);
        CHECK(tensor.end == 12);
    }
    SECTION("a key twice inside a value that nobody reads") {
        CHECK(parse_header(with_extra(R"("x":{"a":1,"a":[2],"\u0061":3})")).tensors.size() == 1);
    }
    SECTION("a header whose length is no multiple of eight") {
        const std::string json = R"({"__metadata__":{"framework":"pt"},)" + four + "}" + std::string(7, ' ');
        const auto header = parse_header(file_of(json, 4));
        CHECK(header.data_start % 8 != 0);
        CHECK(header.metadata.at("framework") == "pt");
    }
    SECTION("every dtype, by its size") {
        for (int k = 0; k < 22; ++k) {
            const auto type = static_cast<sl::dtype>(k);
            CAPTURE(sl::to_text(type));
            const auto header =
                parse_header(file_of("{" +
                                         entry("t", std::string(sl::to_text(type)), "[4]",
                                               "[0," + std::to_string(sl::bits_of(type) / 2) + "]") +
                                         "}",
                                     sl::bits_of(type) / 2));
            CHECK(header.tensors.at(0).type == type);
        }
    }
    SECTION("no elements, at every boundary, several in one place") {
        const auto header = parse_header(
            file_of("{" + entry("z", "F64", "[0]", "[0,0]") + "," + four + "," +
                        entry("a", "U8", "[0,3]", "[4,4]") + "," + entry("b", "U8", "[2,0]", "[4,4]") + "," +
                        entry("c", "U8", "[2]", "[4,6]") + "," + entry("y", "U8", "[0]", "[6,6]") + "}",
                    6));
        REQUIRE(header.tensors.size() == 6);
        CHECK(header.tensors[0].name == "a"); // in the order of names
        CHECK(header.tensors[5].name == "z");
    }
    SECTION("a zero before a product that would overflow") {
        CHECK(parse_header(file_of("{" + entry("t", "U8", "[0,9223372036854775808,16]", "[0,0]") + "}"))
                  .tensors.size() == 1);
    }
    SECTION("extents up to 2^64-1 where the size allows it") {
        const auto header =
            parse_header(file_of("{" + entry("t", "U8", "[0,18446744073709551615]", "[0,0]") + "}"));
        CHECK(header.tensors.at(0).shape[1] == ~std::uint64_t{0});
    }
    SECTION("names: empty, with NUL, the same letter composed and not, like a path, very long") {
        const std::string long_name(70'000, 'n');
        const auto header = parse_header(
            file_of("{" + entry("", "U8", "[0]", "[0,0]") + "," + entry("a\\u0000", "U8", "[0]", "[0,0]") +
                    "," + entry("a", "U8", "[0]", "[0,0]") + "," + entry("\xc3\xa9", "U8", "[0]", "[0,0]") +
                    "," + entry("e\xcc\x81", "U8", "[0]", "[0,0]") + "," +
                    entry("../\\ud83d\\ude00", "U8", "[0]", "[0,0]") + "," +
                    entry(long_name, "U8", "[0]", "[0,0]") + "}"));
        REQUIRE(header.tensors.size() == 7);
        CHECK(header.tensors[0].name.empty());
        CHECK(header.tensors[1].name == "../\xf0\x9f\x98\x80");
        CHECK(header.tensors[3].name == std::string("a\0", 2));
    }
    SECTION("many dimensions") {
        std::string shape = "[1";
        for (int k = 0; k < 999; ++k) shape += ",1";
        CHECK(parse_header(file_of("{" + entry("t", "U8", shape + "]", "[0,1]") + "}", 1))
                  .tensors.at(0)
                  .shape.size() == 1000);
    }
    SECTION("the order of the header does not matter") {
        const auto header = parse_header(file_of("{" + entry("b", "U8", "[2]", "[4,6]") + "," +
                                                     entry("c", "U8", "[4]", "[0,4]") + "," +
                                                     entry("a", "U8", "[1]", "[6,7]") + "}",
                                                 7));
        CHECK(header.tensors[0].begin == 6);
        CHECK(header.tensors[1].begin == 4);
        CHECK(header.tensors[2].begin == 0);
    }
    SECTION("a header of exactly 100,000,000 bytes") {
        std::string file = length_bytes(100'000'000) + "{}";
        file.resize(8 + 100'000'000, ' ');
        CHECK(parse_header(file).data_start == 100'000'008);
    }
}

TEST_CASE("a hostile name stays on one short line", "[io][safetensors_header]") {
    const std::string name = "a\\n\\r\\u001b[31m" + std::string(5'000, 'x');
    const auto found = header_refusal(file_of("{" + entry(name, "U8", "[5]", "[0,4]") + "}", 4));
    CHECK(found.code == sl::errc::invalid_tensor_size);
    CHECK(found.message.find_first_of("\n\r\x1b") == std::string::npos);
    CHECK(found.message.size() < 1000);
}
