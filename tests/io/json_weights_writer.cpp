#include "svdlens/io/json_weights_writer.hpp"

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

#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/json_weights.hpp"
#include "svdlens/io/safetensors.hpp"

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
    return raw(std::string(sl::name(type)), type, {patterns.size()}, bytes_of(patterns));
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
