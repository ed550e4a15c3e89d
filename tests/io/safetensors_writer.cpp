#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/safetensors_bytes.hpp"
#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/io/safetensors_writer.hpp"

namespace sl = svdlens;
using svdlens_tests::length_bytes;

namespace {

sl::named_tensor zeros(const std::string& name, sl::dtype type, std::vector<std::uint64_t> shape,
                       std::size_t size) {
    const auto owned = std::make_shared<const std::vector<std::byte>>(size);
    return {name, type, std::move(shape), *owned, owned};
}

std::string written(const std::vector<sl::named_tensor>& tensors, const sl::metadata_map& metadata = {}) {
    const svdlens_tests::temporary_directory folder;
    sl::write_safetensors(folder / "f", tensors, metadata);
    return svdlens_tests::read_file(folder / "f");
}

std::string refusal(const std::vector<sl::named_tensor>& tensors, const sl::metadata_map& metadata,
                    sl::errc code) {
    const svdlens_tests::temporary_directory folder;
    try {
        sl::write_safetensors(folder / "f", tensors, metadata);
    } catch (const sl::argument_error& failure) {
        CHECK(failure.code() == code);
        CHECK(std::filesystem::is_empty(folder.path())); // nothing is left behind
        return failure.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("the bytes are those of the reference writer", "[io][safetensors_writer]") {
    // attn.0, F32 [1,2,3], values 0 to 5: the reference's own 96 bytes.
    const std::string json = R"({"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}})";
    const std::string data("\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40\0\0\xa0\x40", 24);
    CHECK(written({sl::named_tensor("attn.0", sl::tensor({0, 1, 2, 3, 4, 5}, {1, 2, 3}))}) ==
          length_bytes(64) + json + data);
    CHECK(written({}) == length_bytes(8) + "{}      ");
    CHECK(written({}, {{"framework", "pt"}}) ==
          length_bytes(40) + R"({"__metadata__":{"framework":"pt"}}     )");
    const auto padded = written({sl::named_tensor("attn0", sl::tensor({1}, {1}))});
    CHECK(padded.substr(0, 8) == length_bytes(64));
    CHECK(padded.size() == 8 + 64 + 4);
}

TEST_CASE("wide dtypes come first, then names, and metadata keys ascend", "[io][safetensors_writer]") {
    const auto file = written({zeros("a", sl::dtype::boolean, {3}, 3), zeros("b", sl::dtype::f16, {1}, 2),
                               zeros("d", sl::dtype::i32, {1}, 4), zeros("c", sl::dtype::i32, {1}, 4),
                               zeros("e", sl::dtype::f64, {1}, 8), zeros("f", sl::dtype::f32, {}, 4)},
                              {{"z", "1"}, {"y", "2"}});
    const std::string json =
        R"({"__metadata__":{"y":"2","z":"1"},"e":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
        R"("f":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"c":{"dtype":"I32","shape":[1],"data_offsets":[12,16]},)"
        R"("d":{"dtype":"I32","shape":[1],"data_offsets":[16,20]},"b":{"dtype":"F16","shape":[1],"data_offsets":[20,22]},)"
        R"("a":{"dtype":"BOOL","shape":[3],"data_offsets":[22,25]}})";
    CHECK(file.substr(8, json.size()) == json);
    CHECK(file.size() % 8 == 25 % 8);
}

TEST_CASE("names and metadata of any UTF-8 come back", "[io][safetensors_writer]") {
    const std::vector<std::string> names = {
        "", "a\"b\\c", std::string("nul\0", 4), "\n\t\x01\x1f\x7f", "\xf0\x9f\x98\x80", "../x"};
    std::vector<sl::named_tensor> tensors;
    sl::metadata_map metadata;
    for (const auto& name : names) {
        tensors.emplace_back(name, sl::tensor({1}, {1}));
        metadata[name] = "value of " + name;
    }
    const svdlens_tests::temporary_directory folder;
    sl::write_safetensors(folder / "f", tensors, metadata);
    const auto back = sl::open_safetensors(folder / "f");
    CHECK(back.metadata() == metadata);
    CHECK(back.size() == names.size());
    for (const auto& name : names) CHECK(back.contains(name));
}

TEST_CASE("every dtype comes back bit for bit, at odd sizes and without elements",
          "[io][safetensors_writer]") {
    std::mt19937 random(3);
    std::vector<sl::named_tensor> tensors;
    for (int k = 0; k < 22; ++k) {
        const auto type = static_cast<sl::dtype>(k);
        for (const std::uint64_t groups : {0U, 1U, 3U, 17U}) {
            // Four elements fill whole bytes in every dtype.
            auto tensor =
                zeros(std::string(sl::name(type)) + std::to_string(groups), type, {groups, 4, 1}, 0);
            auto bytes = std::make_shared<std::vector<std::byte>>(groups * sl::bits(type) / 2);
            for (auto& each : *bytes) each = static_cast<std::byte>(random() & 255U);
            tensor.bytes = *bytes;
            tensor.owner = std::move(bytes);
            tensors.push_back(std::move(tensor));
        }
    }
    const svdlens_tests::temporary_directory folder;
    sl::write_safetensors(folder / "f", tensors, {{"k", "v"}});
    const auto back = sl::open_safetensors(folder / "f");
    CHECK(back.size() == tensors.size());
    for (const auto& each : tensors) {
        CAPTURE(each.name);
        const auto bytes = back.bytes(each.name);
        CHECK(back.record(each.name).type == each.type);
        CHECK(back.record(each.name).shape == each.shape);
        CHECK(std::equal(bytes.begin(), bytes.end(), each.bytes.begin(), each.bytes.end()));
    }
    sl::write_safetensors(folder / "g", back);
    CHECK(svdlens_tests::read_file(folder / "g") == svdlens_tests::read_file(folder / "f"));
}

TEST_CASE("what could not be read back is not written", "[io][safetensors_writer]") {
    using enum sl::errc;
    const auto one = [](const std::string& name) { return sl::named_tensor(name, sl::tensor({1}, {1})); };
    CHECK(refusal({one("t"), one("t")}, {}, duplicate_key).find("\"t\"") != std::string::npos);
    CHECK(refusal({one("__metadata__")}, {}, invalid_argument).find("__metadata__") != std::string::npos);
    CHECK(refusal({one("\xff")}, {}, invalid_argument).find("UTF-8") != std::string::npos);
    CHECK(refusal({}, {{"k", "\xc3"}}, invalid_argument).find("\"k\"") != std::string::npos);
    CHECK(refusal({}, {{"\xc3", "v"}}, invalid_argument).find("UTF-8") != std::string::npos);
    CHECK(refusal({}, {{"k", std::string(100'000'000, 'x')}}, header_too_large).find("100000000") !=
          std::string::npos);
    CHECK_THROWS_AS(sl::write_safetensors("/no/such/folder/f", sl::state_dict()), sl::file_error);
}

TEST_CASE("a file can be written onto itself while it backs the tensors", "[io][safetensors_writer]") {
    const svdlens_tests::temporary_directory folder;
    sl::write_safetensors(folder / "f", {sl::named_tensor("t", sl::tensor({1, 2, 3}, {3}))}, {{"k", "v"}});
    const auto before = svdlens_tests::read_file(folder / "f");
    const auto dict = sl::open_safetensors(folder / "f");
    const auto values = dict.tensor("t");
    sl::write_safetensors(folder / "f", dict);
    CHECK(svdlens_tests::read_file(folder / "f") == before);
    sl::write_safetensors(folder / "f", {sl::named_tensor("u", values), sl::named_tensor("t", values)}, {});
    CHECK(values.values()[2] == 3.0F);
    CHECK(sl::open_safetensors(folder / "f").tensor("u").values()[2] == 3.0F);
}

TEST_CASE("a full disk is an error of safetensors", "[io][safetensors_writer]") {
    svdlens_tests::check_full_disk([](const std::filesystem::path& path, std::size_t elements) {
        const std::vector<sl::named_tensor> one = {
            {"t", sl::tensor(std::vector<float>(elements), {elements})}};
        sl::write_safetensors(path, one, {});
    });
}
