#include "svdlens/io/json_weights.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/refused_texts.hpp"
#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/safetensors.hpp"

namespace sl = svdlens;
using svdlens_tests::nested;

namespace {

sl::state_dict parse_weights(const std::string& text) {
    return sl::parse_json_weights(text, "some/weights.json");
}

void check_refused_weights(const std::vector<svdlens_tests::bad_text>& cases) {
    svdlens_tests::check_refused(cases, "some/weights.json", parse_weights);
}

std::string tensor_t(const std::string& value) { return "{\"t\":" + value + "}"; }
std::string object_t(const std::string& dtype, const std::string& shape, const std::string& data) {
    return tensor_t(R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data":)" + data + "}");
}

template <class T>
std::vector<T> values_of(const std::string& text) {
    const auto tensor = parse_weights(text).tensor<T>("t");
    return {tensor.values().begin(), tensor.values().end()};
}

} // namespace

TEST_CASE("JSON weights are one JSON object of tensors", "[io][json_weights]") {
    using enum sl::errc;
    check_refused_weights({
        {"empty", "", invalid_weights, "not valid JSON"},
        {"an array", "[[1]]", invalid_weights, "an array"},
        {"a number", "3", invalid_weights, "the number 3"},
        {"null", "null", invalid_weights, "null"},
        {"cut off", R"({"t":[1,2)", invalid_weights, "\"t\""},
        {"text after", R"({"t":[1]} x)", invalid_weights, "at byte"},
        {"two objects", "{}{}", invalid_weights, "at byte"},
        {"a NUL after", std::string("{}\0{}", 5), invalid_weights, "NUL at byte 2"},
        {"a byte order mark", "\xef\xbb\xbf{}", invalid_weights, "byte order mark"},
        {"not UTF-8", "{\"\xff\":[1]}", invalid_weights, "UTF-8"},
        {"a trailing comma", R"({"t":[1,]})", invalid_weights, "at byte"},
        {"a bare NaN", R"({"t":[NaN]})", invalid_weights, "at byte"},
        {"a bare infinity", R"({"t":[-Infinity]})", invalid_weights, "at byte"},
        {"leading zeros", R"({"t":[01]})", invalid_weights, "at byte"},
        {"a number beyond double", R"({"t":[1e999]})", invalid_weights, "\"t\""},
        {"a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\n", invalid_weights,
         "git lfs pull"},
        {"a tensor null", tensor_t("null"), invalid_weights, "tensor \"t\""},
        {"a tensor a number", tensor_t("1"), invalid_weights, "tensor \"t\""},
        {"a tensor a string", tensor_t("\"nan\""), invalid_weights, "tensor \"t\""},
        {"a tensor a boolean", tensor_t("true"), invalid_weights, "tensor \"t\""},
        {"a tensor twice", R"({"t":[1],"u":[2],"t":[1]})", duplicate_key, "\"t\""},
        {"a tensor twice, after unescaping", R"({"t":[1],"\u0074":[1]})", duplicate_key, "\"t\""},
        {"a tensor without elements, twice", R"({"t":[],"t":[]})", duplicate_key, "\"t\""},
    });
}

TEST_CASE("arrays are nested alike and hold numbers only", "[io][json_weights]") {
    using enum sl::errc;
    check_refused_weights({
        {"a short row", tensor_t("[[1,2],[3]]"), invalid_weights, "tensor \"t\": at [1]: expected 2"},
        {"a long row", tensor_t("[[1],[2],[3,4]]"), invalid_weights, "at [2]: expected 1"},
        {"a short matrix", tensor_t("[[[1],[2]],[[3]]]"), invalid_weights, "at [1]: expected 2"},
        {"a short row of the second matrix", tensor_t("[[[1,2],[3,4]],[[5,6],[7]]]"), invalid_weights,
         "at [1, 1]: expected 2"},
        {"an empty row", tensor_t("[[1],[]]"), invalid_weights, "at [1]: expected 1"},
        {"an empty row first", tensor_t("[[],[1]]"), invalid_weights, "at [1]: expected 0"},
        {"an array among numbers", tensor_t("[1,[2]]"), invalid_weights,
         "at [1]: expected a number, found an array"},
        {"a number among arrays", tensor_t("[[1],2]"), invalid_weights,
         "at [1]: expected an array, found a number"},
        {"a number among empty arrays", tensor_t("[[],2]"), invalid_weights, "at [1]: expected an array"},
        {"a deeper array", tensor_t("[[1],[[2]]]"), invalid_weights, "at [1, 0]: expected a number"},
        {"null", tensor_t("[[1,2],[3,null]]"), invalid_weights, "at [1, 1]: expected a number"},
        {"true", tensor_t("[true]"), invalid_weights, "at [0]: expected a number"},
        {"an object", tensor_t("[1,{}]"), invalid_weights,
         "at [1]: expected a number or an array, found an object"},
        {"another word", tensor_t(R"([1,2,"NaN"])"), invalid_weights, "at [2]: expected a number"},
        {"a number as a string", tensor_t(R"(["1"])"), invalid_weights, "the string \"1\""},
        {"the word infinity", tensor_t(R"(["infinity"])"), invalid_weights, "\"inf\""},
        {"the word +inf", tensor_t(R"(["+inf"])"), invalid_weights, "\"+inf\""},
        {"100,000 levels", tensor_t(nested(100'000)), invalid_weights, "127 levels"},
        {"100,000 levels, never closed", "{\"t\":" + std::string(100'000, '['), invalid_weights,
         "127 levels"},
        {"100,000 levels of a whole text", std::string(100'000, '['), invalid_weights, "an array"},
        {"100,000 objects",
         [] {
             std::string all;
             for (int k = 0; k < 100'000; ++k) all += "{\"dtype\":";
             return all;
         }(),
         invalid_weights},
        {"128 levels", tensor_t(nested(127)), invalid_weights, "127 levels"},
    });
    CHECK(parse_weights(tensor_t(nested(126))).record("t").shape.size() == 126);
}

TEST_CASE("a tensor as an object has dtype, shape and data", "[io][json_weights]") {
    using enum sl::errc;
    check_refused_weights({
        {"empty", tensor_t("{}"), invalid_weights, "no dtype"},
        {"no dtype", tensor_t(R"({"shape":[1],"data":[1]})"), invalid_weights, "no dtype"},
        {"no shape", tensor_t(R"({"dtype":"F32","data":[1]})"), invalid_weights, "no shape"},
        {"no data", tensor_t(R"({"dtype":"F32","shape":[1]})"), invalid_weights, "no data"},
        {"an unknown field", tensor_t(R"({"dtype":"F32","shape":[1],"data":[1],"x":1})"), invalid_weights,
         "\"x\""},
        {"dtype twice", tensor_t(R"({"dtype":"F32","dtype":"F32","shape":[1],"data":[1]})"), duplicate_key,
         "\"dtype\""},
        {"shape twice", tensor_t(R"({"dtype":"F32","shape":[1],"shape":[1],"data":[1]})"), duplicate_key,
         "\"shape\""},
        {"data twice", tensor_t(R"({"data":[1],"data":[1],"dtype":"F32","shape":[1]})"), duplicate_key,
         "\"data\""},
        {"dtype of an unknown name", object_t("F31", "[1]", "[1]"), invalid_weights, "\"F31\""},
        {"dtype in lower case", object_t("f32", "[1]", "[1]"), invalid_weights, "\"f32\""},
        {"dtype null", tensor_t(R"({"dtype":null})"), invalid_weights,
         "dtype: expected a string, found null"},
        {"dtype an array", tensor_t(R"({"dtype":["F32"]})"), invalid_weights, "dtype: expected a string"},
        {"dtype C64", object_t("C64", "[1]", "[1]"), unsupported_dtype, "C64"},
        {"dtype F4", object_t("F4", "[2]", "[1,2]"), unsupported_dtype, "F4"},
        {"dtype F6_E2M3", object_t("F6_E2M3", "[4]", "[1,2,3,4]"), unsupported_dtype, "F6_E2M3"},
        {"shape a number", object_t("F32", "1", "[1]"), invalid_weights, "shape: expected an array"},
        {"shape nested", object_t("F32", "[[1]]", "[1]"), invalid_weights, "shape: expected integers"},
        {"extent 1.0", object_t("F32", "[1.0]", "[1]"), invalid_weights, "\"1.0\""},
        {"extent -1", object_t("F32", "[-1]", "[1]"), invalid_weights, "the number -1"},
        {"extent -0", object_t("F32", "[-0]", "[]"), invalid_weights, "the number -0"},
        {"extent 2^64", object_t("F32", "[18446744073709551616]", "[1]"), invalid_weights, "shape"},
        {"extent a string", object_t("F32", "[\"1\"]", "[1]"), invalid_weights, "shape"},
        {"data a number", object_t("F32", "[]", "1"), invalid_weights, "data: expected an array"},
        {"data a string", object_t("F32", "[1]", "\"nan\""), invalid_weights, "data: expected an array"},
        {"data an object", object_t("F32", "[1]", "{}"), invalid_weights, "data: expected an array"},
        {"data ragged", object_t("F32", "[2,2]", "[[1,2],[3]]"), invalid_weights, "at [1]"},
        {"too few numbers", object_t("F32", "[2,2]", "[1,2,3]"), invalid_tensor_size, "[2, 2]"},
        {"too many numbers", object_t("F32", "[1]", "[1,2]"), invalid_tensor_size, "found shape [2]"},
        {"the transpose", object_t("F32", "[2,3]", "[[1,2],[3,4],[5,6]]"), invalid_tensor_size,
         "found shape [3, 2]"},
        {"an axis of one too many", object_t("F32", "[2]", "[[1],[2]]"), invalid_tensor_size,
         "found shape [2, 1]"},
        {"an axis of one too few", object_t("F32", "[1,2,1]", "[[1,2]]"), invalid_tensor_size,
         "found shape [1, 2]"},
        {"numbers where there are none", object_t("F32", "[2,0]", "[1]"), invalid_tensor_size, "[2, 0]"},
        {"no numbers where there are some", object_t("F32", "[]", "[]"), invalid_tensor_size,
         "found shape [0]"},
        {"empty arrays of another shape", object_t("F32", "[2,0]", "[[],[],[]]"), invalid_tensor_size,
         "[3, 0]"},
        {"2^61 elements", object_t("U8", "[2305843009213693952]", "[1]"), size_overflow, "\"t\""},
        {"2^64 elements and none", object_t("U8", "[4294967296,4294967296,0]", "[]"), size_overflow, "\"t\""},
        {"2^32+1 is not 1", object_t("U8", "[4294967297]", "[1]"), invalid_tensor_size, "\"t\""},
    });
}

TEST_CASE("a number that the dtype cannot hold is named with its place", "[io][json_weights]") {
    using enum sl::errc;
    check_refused_weights({
        {"F32", object_t("F32", "[2,2]", "[1,2,3,1e39]"), invalid_weights,
         "tensor \"t\": at [1, 1]: the number 1e+39 has no place in F32"},
        {"F16", object_t("F16", "[2,2]", "[[1,70000],[3,4]]"), invalid_weights,
         "at [0, 1]: the number 70000"},
        {"BF16", object_t("BF16", "[1]", "[3.4e38,-3.5e38]"), invalid_tensor_size},
        {"BF16, too far down", object_t("BF16", "[1]", "[-3.5e38]"), invalid_weights, "BF16"},
        {"E4M3, too large", object_t("F8_E4M3", "[1]", "[465]"), invalid_weights, "F8_E4M3"},
        {"E4M3 has no infinity", object_t("F8_E4M3", "[1]", "[\"inf\"]"), invalid_weights, "inf"},
        {"E8M0 has powers of two only", object_t("F8_E8M0", "[1]", "[3]"), invalid_weights, "F8_E8M0"},
        {"E8M0 has no zero", object_t("F8_E8M0", "[1]", "[0]"), invalid_weights, "F8_E8M0"},
        {"E8M0 has no sign", object_t("F8_E8M0", "[1]", "[-2]"), invalid_weights, "F8_E8M0"},
        {"U8 256", object_t("U8", "[1]", "[256]"), invalid_weights, "256"},
        {"U8 -1", object_t("U8", "[1]", "[-1]"), invalid_weights, "-1"},
        {"I8 128", object_t("I8", "[1]", "[128]"), invalid_weights, "128"},
        {"I8 -129", object_t("I8", "[1]", "[-129]"), invalid_weights, "-129"},
        {"a fraction", object_t("I32", "[1]", "[0.5]"), invalid_weights, "0.5"},
        {"NaN as an integer", object_t("I32", "[1]", "[\"nan\"]"), invalid_weights, "nan"},
        {"I64 2^63", object_t("I64", "[1]", "[9223372036854775808]"), invalid_weights, "I64"},
        {"U64 2^64", object_t("U64", "[1]", "[18446744073709551616]"), invalid_weights, "U64"},
        {"BOOL 2", object_t("BOOL", "[2]", "[1,2]"), invalid_weights, "at [1]"},
        {"BOOL -1", object_t("BOOL", "[1]", "[-1]"), invalid_weights, "BOOL"},
    });
}

TEST_CASE("metadata of JSON weights are an object of strings", "[io][json_weights]") {
    using enum sl::errc;
    check_refused_weights({
        {"null", R"({"__metadata__":null})", invalid_weights, "__metadata__"},
        {"an array", R"({"__metadata__":[1]})", invalid_weights, "__metadata__"},
        {"a string", R"({"__metadata__":"pt"})", invalid_weights, "__metadata__"},
        {"a number", R"({"__metadata__":{"k":1}})", invalid_weights, "\"k\""},
        {"an object", R"({"__metadata__":{"k":{}}})", invalid_weights, "\"k\""},
        {"twice", R"({"__metadata__":{},"t":[1],"__metadata__":{}})", duplicate_key, "__metadata__"},
        {"a key twice", R"({"__metadata__":{"k":"1","\u006b":"1"}})", duplicate_key, "\"k\""},
    });
    CHECK(parse_weights(R"({"__metadata__":{"a":"b","":""},"t":[1]})").metadata() ==
          sl::metadata_map{{"a", "b"}, {"", ""}});
}

TEST_CASE("nested arrays are row-major doubles", "[io][json_weights]") {
    const auto dict =
        parse_weights(R"( {"W":[[1,-2.5,3e2],[4,5,0.1]],"b":[7],"none":[],"rows":[[],[]],"":[[[1]]]} )");
    CHECK(dict.path() == "some/weights.json");
    CHECK(dict.names() == std::vector<std::string>{"", "W", "b", "none", "rows"});
    CHECK(dict.record("W").type == sl::dtype::f64);
    CHECK(dict.record("W").shape == std::vector<std::uint64_t>{2, 3});
    const auto w = dict.tensor<double>("W");
    CHECK(std::vector<double>(w.values().begin(), w.values().end()) ==
          std::vector<double>{1, -2.5, 300, 4, 5, 0.1});
    CHECK(dict.tensor("W").values()[5] == 0.1F);
    CHECK(dict.record("none").shape == std::vector<std::uint64_t>{0});
    CHECK(dict.record("rows").shape == std::vector<std::uint64_t>{2, 0});
    CHECK(dict.record("").shape == std::vector<std::uint64_t>{1, 1, 1});
    CHECK(parse_weights("{}").size() == 0);
}

TEST_CASE("data of an object are flat or nested, its fields in any order", "[io][json_weights]") {
    const std::vector<float> expected = {1, 2, 3, 4, 5, 6};
    CHECK(values_of<float>(object_t("F32", "[2,3]", "[1,2,3,4,5,6]")) == expected);
    CHECK(values_of<float>(object_t("F32", "[2,3]", "[[1,2,3],[4,5,6]]")) == expected);
    CHECK(values_of<float>(tensor_t(R"({"data":[1,2,3,4,5,6],"shape":[3,2],"dtype":"I8"})")) == expected);
    CHECK(values_of<float>(object_t("F32", "[]", "[7]")) == std::vector<float>{7});
    CHECK(values_of<float>(object_t("F32", "[1,1]", "[7]")) == std::vector<float>{7});
    for (const char* none : {"[]", "[[],[]]", "[[]]"}) {
        CAPTURE(none);
        const bool fits = std::string(none) != "[[]]"; // one row where two are
        if (fits) CHECK(parse_weights(object_t("F16", "[2,0,3]", none)).record("t").shape.size() == 3);
        if (!fits) CHECK_THROWS_AS(parse_weights(object_t("F16", "[2,0,3]", none)), sl::format_error);
    }
}

TEST_CASE("numbers are rounded to the dtype, integers kept exactly", "[io][json_weights]") {
    CHECK(values_of<float>(object_t("F32", "[1]", "[0.1]")) == std::vector<float>{0.1F});
    CHECK(values_of<double>(object_t("F16", "[3]", "[0.1,65504,-1e-9]")) ==
          std::vector<double>{0.0999755859375, 65504, -0.0});
    CHECK(values_of<double>(object_t("BF16", "[2]", "[0.1,1e38]"))[0] == 0.10009765625);
    CHECK(values_of<double>(object_t("F8_E4M3", "[2]", "[0.1,-448]")) ==
          std::vector<double>{0.1015625, -448});
    CHECK(values_of<double>(object_t("F8_E8M0", "[3]", "[0.5,1,128]")) == std::vector<double>{0.5, 1, 128});
    CHECK(values_of<double>(object_t("I16", "[4]", "[-32768,32767,3.0,1e3]")) ==
          std::vector<double>{-32768, 32767, 3, 1000});
    const auto wide = parse_weights(object_t("U64", "[2]", "[18446744073709551615,9007199254740993]"));
    const auto bytes = wide.bytes("t");
    for (std::size_t k = 0; k < 8; ++k) CHECK(bytes[k] == std::byte{0xff});
    CHECK(bytes[8] == std::byte{1}); // 2^53 + 1 is no double
    CHECK(parse_weights(object_t("I64", "[1]", "[-9223372036854775808]")).bytes("t")[7] == std::byte{0x80});
}

TEST_CASE("zeros keep their sign, NaN and infinities are words", "[io][json_weights]") {
    const auto values = values_of<double>(tensor_t(R"([0,-0,-0.0,"nan","inf","-inf",-1e-400])"));
    CHECK_FALSE(std::signbit(values[0]));
    CHECK(std::signbit(values[1]));
    CHECK(std::signbit(values[2]));
    CHECK(std::isnan(values[3]));
    CHECK(values[4] == std::numeric_limits<double>::infinity());
    CHECK(values[5] == -std::numeric_limits<double>::infinity());
    CHECK((values[6] == 0.0 && std::signbit(values[6])));
    const auto half = values_of<float>(object_t("F16", "[3]", R"(["nan","-inf",-0])"));
    CHECK(std::isnan(half[0]));
    CHECK(std::isinf(half[1]));
    CHECK(std::signbit(half[2]));
}

TEST_CASE("a file of JSON weights opens like its text, and faults name its path", "[io][json_weights]") {
    const svdlens_tests::temporary_directory folder;
    const auto path = folder / "w.json";
    svdlens_tests::write_file(path, tensor_t("[[1,2]]"));
    const auto dict = sl::open_json_weights(path);
    CHECK(dict.path() == path);
    REQUIRE(dict.files().size() == 1);
    CHECK(dict.files()[0].path == path);
    CHECK(dict.files()[0].bytes == 13U);
    CHECK(dict.files()[0].tensors == 1);
    CHECK(parse_weights(tensor_t("[1]")).files().empty());
    svdlens_tests::write_file(path, tensor_t("[[1],[]]"));
    CHECK(dict.tensor("t").values()[1] == 2.0F); // read whole
    CHECK_THROWS_AS(sl::open_json_weights(path), sl::format_error);
    svdlens_tests::write_file(path, "");
    try {
        sl::open_json_weights(path);
        FAIL("nothing was thrown");
    } catch (const sl::format_error& failure) {
        CHECK(std::string(failure.what()).find(path.string() + ": ") == 0);
    }
    CHECK_THROWS_AS(sl::open_json_weights(folder / "absent"), sl::file_error);
    CHECK_THROWS_AS(sl::open_json_weights(folder.path()), sl::file_error);
}

namespace sl = svdlens;

namespace {

sl::named_tensor raw(const std::string& name, sl::dtype type, std::vector<std::uint64_t> shape,
                     std::vector<std::byte> bytes) {
    const auto owned = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    return {name, type, std::move(shape), *owned, owned};
}

template <class Stored>
std::vector<std::byte> bytes_of(const std::vector<Stored>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(Stored));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

sl::state_dict there_and_back(const sl::state_dict& dict) {
    const svdlens_tests::temporary_directory folder;
    sl::write_json_weights(folder / "w.json", dict);
    return sl::open_json_weights(folder / "w.json");
}

bool same_bytes(const sl::state_dict& a, const sl::state_dict& b, const std::string& name) {
    const auto x = a.bytes(name);
    const auto y = b.bytes(name);
    return a.record(name).type == b.record(name).type && a.record(name).shape == b.record(name).shape &&
           std::equal(x.begin(), x.end(), y.begin(), y.end());
}

/// All patterns of a small dtype, and only one of those that mean NaN.
template <class Stored>
sl::named_tensor all_patterns(sl::dtype type, Stored nan) {
    std::vector<Stored> patterns;
    for (std::uint32_t k = 0; k < std::uint32_t{1} << (8 * sizeof(Stored)); ++k) {
        const auto pattern = static_cast<Stored>(k);
        const std::vector<std::byte> bytes = bytes_of(std::vector<Stored>{pattern});
        float value = 0;
        sl::convert<float>(type, bytes, std::span(&value, 1));
        if (!std::isnan(value) || pattern == nan) patterns.push_back(pattern);
    }
    return raw(std::string(sl::to_text(type)), type, {patterns.size()}, bytes_of(patterns));
}

} // namespace

TEST_CASE("JSON weights have a tensor a line, names ascending", "[io][json_weights_writer]") {
    const svdlens_tests::temporary_directory folder;
    sl::write_json_weights(folder / "w.json",
                           {{"b", sl::tensor({1, -0.0F, 0.1F, NAN, -INFINITY}, {5})},
                            {"a\"", sl::basic_tensor<double>({0.1, 1e300}, {2, 1})},
                            {"c", sl::tensor({}, {0, 2})}},
                           {{"k", "v\n"}});
    CHECK(svdlens_tests::read_file(folder / "w.json") ==
          "{\n\"__metadata__\":{\"k\":\"v\\u000a\"},\n"
          "\"a\\\"\":{\"dtype\":\"F64\",\"shape\":[2,1],\"data\":[0.1,1e+300]},\n"
          "\"b\":{\"dtype\":\"F32\",\"shape\":[5],\"data\":[1,-0.0,0.1,\"nan\",\"-inf\"]},\n"
          "\"c\":{\"dtype\":\"F32\",\"shape\":[0,2],\"data\":[]}\n}\n");
    sl::write_json_weights(folder / "none.json", sl::state_dict());
    CHECK(sl::open_json_weights(folder / "none.json").size() == 0);
}

TEST_CASE("every pattern of the 8- and 16-bit dtypes comes back", "[io][json_weights_writer]") {
    using enum sl::dtype;
    const sl::state_dict dict(
        {all_patterns<std::uint16_t>(f16, 0x7e00), all_patterns<std::uint16_t>(bf16, 0x7fc0),
         all_patterns<std::uint16_t>(u16, 0), all_patterns<std::uint16_t>(i16, 0),
         all_patterns<std::uint8_t>(f8_e5m2, 0x7f), all_patterns<std::uint8_t>(f8_e4m3, 0x7f),
         all_patterns<std::uint8_t>(f8_e4m3fnuz, 0x80), all_patterns<std::uint8_t>(f8_e5m2fnuz, 0x80),
         all_patterns<std::uint8_t>(f8_e8m0, 0xff), all_patterns<std::uint8_t>(u8, 0),
         all_patterns<std::uint8_t>(i8, 0), raw("BOOL", boolean, {2}, {std::byte{0}, std::byte{1}})});
    const auto back = there_and_back(dict);
    for (const auto& name : dict.names()) {
        CAPTURE(name);
        CHECK(same_bytes(dict, back, name));
    }
    CHECK(dict.record("F16").shape[0] == 65536 - 2 * 1023 + 1);
}

TEST_CASE("floats, doubles and wide integers come back bit for bit", "[io][json_weights_writer]") {
    std::mt19937_64 random(7);
    std::vector<float> floats = {7.038531e-26F,
                                 -7.038531e-26F,
                                 0.0F,
                                 -0.0F,
                                 std::numeric_limits<float>::max(),
                                 std::numeric_limits<float>::denorm_min(),
                                 INFINITY,
                                 -INFINITY,
                                 NAN};
    std::vector<double> doubles = {5e-324, -0.0, std::numeric_limits<double>::max(), INFINITY,
                                   9007199254740993.0};
    std::vector<std::uint64_t> integers = {0, ~std::uint64_t{0}, std::uint64_t{1} << 63, 9007199254740993};
    for (int k = 0; k < 20'000; ++k) {
        const auto pattern = random();
        const auto narrow = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
        const auto wide = std::bit_cast<double>(pattern);
        if (!std::isnan(narrow)) floats.push_back(narrow);
        if (!std::isnan(wide)) doubles.push_back(wide);
        integers.push_back(pattern);
    }
    const std::uint64_t n = integers.size();
    const sl::state_dict dict({sl::named_tensor("f", sl::tensor(floats, {floats.size()})),
                               sl::named_tensor("d", sl::basic_tensor<double>(doubles, {doubles.size()})),
                               raw("u64", sl::dtype::u64, {n / 4, 4}, bytes_of(integers)),
                               raw("i64", sl::dtype::i64, {n}, bytes_of(integers)),
                               raw("u32", sl::dtype::u32, {2, n}, bytes_of(integers)),
                               raw("i32", sl::dtype::i32, {n, 2}, bytes_of(integers)),
                               sl::named_tensor("scalar", sl::tensor({3}, {}))},
                              {{"a", "b"}, {"", "\x7f"}});
    const auto back = there_and_back(dict);
    CHECK(back.metadata() == dict.metadata());
    CHECK(back.size() == dict.size());
    for (const auto& name : dict.names()) {
        CAPTURE(name);
        CHECK(same_bytes(dict, back, name));
    }
}

TEST_CASE("JSON weights and safetensors hold the same", "[io][json_weights_writer]") {
    const svdlens_tests::temporary_directory folder;
    sl::write_safetensors(folder / "a",
                          {sl::named_tensor("t", sl::tensor({0.1F, 2}, {1, 2})),
                           sl::named_tensor("", sl::basic_tensor<double>({0.1}, {}))},
                          {{"k", "v"}});
    sl::write_json_weights(folder / "b", sl::open_safetensors(folder / "a"));
    sl::write_safetensors(folder / "c", sl::open_json_weights(folder / "b"));
    CHECK(svdlens_tests::read_file(folder / "c") == svdlens_tests::read_file(folder / "a"));
}

TEST_CASE("weights that could not be read back are not written as JSON", "[io][json_weights_writer]") {
    const svdlens_tests::temporary_directory folder;
    const auto code_of = [&](const std::vector<sl::named_tensor>& tensors, const sl::metadata_map& metadata) {
        try {
            sl::write_json_weights(folder / "w", tensors, metadata);
        } catch (const sl::error& failure) {
            CHECK(std::filesystem::is_empty(folder.path()));
            return failure.code();
        }
        return sl::errc{};
    };
    const auto one = [](const std::string& name) { return sl::named_tensor(name, sl::tensor({1}, {1})); };
    CHECK(code_of({one("t"), one("t")}, {}) == sl::errc::duplicate_key);
    CHECK(code_of({one("__metadata__")}, {}) == sl::errc::invalid_argument);
    CHECK(code_of({one("\xff")}, {}) == sl::errc::invalid_argument);
    CHECK(code_of({}, {{"k", "\xc3"}}) == sl::errc::invalid_argument);
    CHECK(code_of({one("a"), raw("c", sl::dtype::c64, {1}, std::vector<std::byte>(8))}, {}) ==
          sl::errc::unsupported_dtype);
    CHECK(code_of({raw("f", sl::dtype::f4, {2}, std::vector<std::byte>(1))}, {}) ==
          sl::errc::unsupported_dtype);
    CHECK_THROWS_AS(sl::write_json_weights("/no/such/folder/w", sl::state_dict()), sl::file_error);
}

TEST_CASE("a full disk is an error of JSON weights, too", "[io][json_weights_writer]") {
    svdlens_tests::check_full_disk([](const std::filesystem::path& path, std::size_t elements) {
        const std::vector<sl::named_tensor> one = {
            {"t", sl::tensor(std::vector<float>(elements), {elements})}};
        sl::write_json_weights(path, one, {});
    });
}

TEST_CASE("JSON weights of more than 2^32 bytes are not read, nor other formats called so",
          "[io][json_weights]") {
    const svdlens_tests::temporary_directory folder;
    const auto path = folder / "w.json";
    const auto ending = [&] {
        const auto text = svdlens_tests::message_of([&] { sl::open_json_weights(path); });
        CHECK(text.find(path.string() + ": ") == 0);
        return text.substr(text.find_last_of(";,") + 2);
    };
    svdlens_tests::write_file(path, R"({"t":[1]})");
    CHECK(sl::open_json_weights(path).size() == 1);
    std::filesystem::resize_file(path, std::uintmax_t{1} << 40); // sparse: nothing of it may be read
    CHECK(ending() == "found 1099511627776");
    svdlens_tests::write_file(path, std::string("\x02\0\0\0\0\0\0\0{}", 10));
    CHECK(ending() == "this looks like a safetensors file");
    svdlens_tests::write_file(path, std::string("\x93NUMPY\1\0v\0", 10));
    CHECK(ending() == "this looks like an array of NumPy (.npy): convert it to safetensors");
    svdlens_tests::write_file(path, "PK\x03\x04");
    CHECK(ending() == "which open_weights reads (or another zip)");
}
