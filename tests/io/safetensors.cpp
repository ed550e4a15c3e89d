#include "svdlens/io/safetensors.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/safetensors_bytes.hpp"
#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/json_weights.hpp"
#include "svdlens/io/model_config.hpp"

namespace sl = svdlens;
using svdlens_tests::entry;
using svdlens_tests::length_bytes;

namespace {

sl::errc code_of(const std::filesystem::path& path, sl::file_access access) {
    try {
        sl::open_safetensors(path, {.access = access});
    } catch (const sl::error& failure) {
        CHECK(std::string(failure.what()).find(path.string()) == 0);
        return failure.code();
    }
    return sl::errc{};
}

/// How much of the mapping around an address is in memory, from the system; nothing where it does not say.
std::optional<std::size_t> resident_kilobytes(const void* address) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream maps("/proc/self/smaps");
    bool inside = false;
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        if (std::sscanf(line.c_str(), "%zx-%zx ", &begin, &end) == 2)
            inside = begin <= wanted && wanted < end;
        if (inside && line.rfind("Rss:", 0) == 0) return std::stoul(line.substr(4));
    }
    return std::nullopt;
}

/// A tensor's values straight from the file's bytes, for a tensor of F32 at a known place.
std::vector<float> floats_at(const std::string& file, std::size_t begin, std::size_t count) {
    std::vector<float> values(count);
    std::memcpy(values.data(), file.data() + begin, count * sizeof(float));
    return values;
}

} // namespace

TEST_CASE("mapping and reading open a file alike, aligned or not", "[io][safetensors]") {
    const svdlens_tests::temporary_directory folder;
    const auto access = GENERATE(sl::file_access::map, sl::file_access::read);
    const std::size_t padding = GENERATE(0U, 1U, 2U, 3U, 5U, 7U);
    // A byte of U8 first, so that the floats lie at any alignment.
    const std::string json = "{" + entry("byte", "U8", "[1]", "[0,1]") + "," +
                             entry("f", "F32", "[2]", "[1,9]") + "," + entry("d", "F64", "[1]", "[9,17]") +
                             "}" + std::string(padding, ' ');
    const std::string data("\x2a\0\0\x80\x3f\0\0\0\xc0\0\0\0\0\0\0\xf8\x3f", 17); // 42; 1, -2; 1.5
    svdlens_tests::write_file(folder / "f", length_bytes(json.size()) + json + data);
    const auto dict = sl::open_safetensors(folder / "f", {.access = access});
    CHECK(dict.path() == folder / "f");
    CHECK(dict.tensor("byte").values()[0] == 42.0F);
    CHECK(dict.tensor("f").values()[0] == 1.0F);
    CHECK(dict.tensor("f").values()[1] == -2.0F);
    CHECK(dict.tensor<double>("d").values()[0] == 1.5);
}

TEST_CASE("a single file is told with its size", "[io][safetensors]") {
    const svdlens_tests::temporary_directory folder;
    sl::write_safetensors(folder / "a.safetensors", {sl::named_tensor("t", sl::tensor({1, 2}, {2}))}, {});
    for (const auto& path : {folder.path(), folder / "a.safetensors"}) {
        const auto files = sl::open_safetensors(path).files();
        REQUIRE(files.size() == 1);
        CHECK(files[0].path == folder / "a.safetensors");
        CHECK(files[0].bytes == std::filesystem::file_size(files[0].path));
        CHECK(files[0].tensors == 1);
    }
}

TEST_CASE("tensors are written with metadata and without", "[io][safetensors]") {
    const svdlens_tests::temporary_directory folder;
    const sl::tensor t({1, 2}, {2});
    const sl::basic_tensor<double> u({3}, {1});
    sl::write_safetensors(folder / "one", {{"a", t}});
    sl::write_safetensors(folder / "two", {{"a", t}, {"b", u}});
    sl::write_safetensors(folder / "list", std::vector<sl::named_tensor>{{"a", t}});
    sl::write_safetensors(folder / "all", {{"a", t}}, {{"format", "pt"}});
    sl::write_safetensors(folder / "none", {});
    const auto open = [&](const char* name) { return sl::open_safetensors(folder / name); };
    CHECK(open("one").names() == std::vector<std::string>{"a"});
    CHECK(open("one").metadata().empty());
    CHECK(open("two").tensor<double>("b").values()[0] == 3.0);
    CHECK(open("list").size() == 1);
    CHECK(open("all").metadata().at("format") == "pt");
    CHECK(open("none").size() == 0);
    sl::write_json_weights(folder / "json", {{"a", t}});
    CHECK(sl::open_json_weights(folder / "json").tensor("a").values()[1] == 2.0F);
    CHECK_THROWS_AS(sl::write_safetensors(folder / "twice", {{"a", t}, {"a", u}}), sl::argument_error);
}

TEST_CASE("values are not checked: any bits are read as they are", "[io][safetensors]") {
    const svdlens_tests::temporary_directory folder;
    const std::string json =
        "{" + entry("b", "BOOL", "[2]", "[8,10]") + "," + entry("f", "F32", "[2]", "[0,8]") + "}";
    const std::string data("\0\0\xc0\x7f\0\0\x80\xff\x07\0", 10); // NaN, -inf; 7, 0
    svdlens_tests::write_file(folder / "f", length_bytes(json.size()) + json + data);
    const auto dict = sl::open_safetensors(folder / "f");
    CHECK(std::isnan(dict.tensor("f").values()[0]));
    CHECK(dict.tensor("f").values()[1] == -INFINITY);
    CHECK(dict.tensor("b").values()[0] == 1.0F);
    CHECK(dict.tensor("b").values()[1] == 0.0F);
}

TEST_CASE("tensors of a removed file stay readable", "[io][safetensors]") {
    const auto access = GENERATE(sl::file_access::map, sl::file_access::read);
    sl::tensor values;
    {
        const svdlens_tests::temporary_directory folder;
        sl::write_safetensors(folder / "f", {sl::named_tensor("t", sl::tensor({1, 2, 3}, {3}))}, {});
        values = sl::open_safetensors(folder / "f", {.access = access}).tensor("t");
    }
    CHECK(values.values()[2] == 3.0F);
    CHECK(values.owner() != nullptr);
}

TEST_CASE("aligned F32 and F64 are views of one mapping", "[io][safetensors]") {
    const svdlens_tests::temporary_directory folder;
    sl::write_safetensors(folder / "f",
                          {sl::named_tensor("f", sl::tensor({1, 2}, {2})),
                           sl::named_tensor("d", sl::basic_tensor<double>({3}, {1}))},
                          {});
    const auto dict = sl::open_safetensors(folder / "f");
    CHECK(dict.tensor<float>("f").owner() == dict.tensor<double>("d").owner());
    CHECK(static_cast<const void*>(dict.tensor<float>("f").data()) ==
          static_cast<const void*>(dict.bytes("f").data()));
    CHECK(dict.tensor<double>("f").owner() != dict.tensor<double>("d").owner());
}

TEST_CASE("files that cannot be opened have their code and path", "[io][safetensors]") {
    const svdlens_tests::temporary_directory folder;
    const auto access = GENERATE(sl::file_access::map, sl::file_access::read);
    svdlens_tests::write_file(folder / "empty", "");
    svdlens_tests::write_file(folder / "cut", length_bytes(60));
    CHECK(code_of(folder / "absent", access) == sl::errc::cannot_open);
    CHECK(code_of(folder.path(), access) == sl::errc::no_checkpoint);
    CHECK(code_of(folder / "empty", access) == sl::errc::header_too_small);
    CHECK(code_of(folder / "cut", access) == sl::errc::invalid_header_length);
}

TEST_CASE("a file cut after it was written is an error at every length", "[io][safetensors]") {
    const svdlens_tests::temporary_directory folder;
    sl::write_safetensors(folder / "f", {sl::named_tensor("t", sl::tensor({1, 2, 3}, {3}))}, {{"k", "v"}});
    const auto whole = svdlens_tests::read_file(folder / "f");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        svdlens_tests::write_file(folder / "cut", whole.substr(0, size));
        CHECK_THROWS_AS(sl::open_safetensors(folder / "cut"), sl::format_error);
    }
}

TEST_CASE("a folder opens by what it holds", "[io][safetensors]") {
    const svdlens_tests::temporary_directory folder;
    CHECK(code_of(folder.path(), sl::file_access::map) == sl::errc::no_checkpoint);
    sl::write_safetensors(folder / "a.safetensors", {sl::named_tensor("a", sl::tensor({1}, {1}))}, {});
    CHECK(sl::open_safetensors(folder.path()).path() == folder / "a.safetensors");
    sl::write_safetensors(folder / "b.safetensors", {sl::named_tensor("b", sl::tensor({1}, {1}))}, {});
    CHECK(code_of(folder.path(), sl::file_access::map) == sl::errc::no_checkpoint);
    sl::write_safetensors(folder / "model.safetensors", {sl::named_tensor("m", sl::tensor({1}, {1}))}, {});
    CHECK(sl::open_safetensors(folder.path()).contains("m"));
}

TEST_CASE("a pointer of Git LFS in place of the file says so", "[io][safetensors]") {
    const svdlens_tests::temporary_directory folder;
    svdlens_tests::write_file(folder / "model.safetensors",
                              "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
    for (const auto& path : {folder.path(), folder / "model.safetensors"}) {
        CHECK(svdlens_tests::message_of([&] { sl::open_safetensors(path); }).find("git lfs pull") !=
              std::string::npos);
    }
}

#if defined(__linux__)
TEST_CASE("opening touches none of the data", "[io][safetensors]") {
    const svdlens_tests::temporary_directory folder;
    constexpr std::size_t size = std::size_t{64} << 20;
    const std::string json =
        "{" + entry("t", "F32", "[" + std::to_string(size / 4) + "]", "[0," + std::to_string(size) + "]") +
        "}";
    svdlens_tests::write_file(folder / "f", length_bytes(json.size()) + json);
    std::filesystem::resize_file(folder / "f", 8 + json.size() + size); // a hole
    const auto dict = sl::open_safetensors(folder / "f");
    const auto before = resident_kilobytes(dict.bytes("t").data() + size / 2);
    if (!before) {
        WARN("skipped: no memory map of this process to be had");
        return;
    }
    CHECK(*before <= 1024); // the header's page, and what the system maps around it
    double sum = 0;
    for (const float each : dict.tensor("t").values()) sum += static_cast<double>(each);
    CHECK(sum == 0.0);
    CHECK(*resident_kilobytes(dict.bytes("t").data() + size / 2) >= (size >> 10)); // the measure measures
}
#endif

TEST_CASE("a trained decision transformer opens with its values", "[io][safetensors]") {
    const char* const folder = std::getenv("SVDLENS_DATA");
    if (folder == nullptr) {
        WARN("skipped: SVDLENS_DATA is not set");
        return;
    }
    const auto path = std::filesystem::path(folder) / "memory_gated_mlp.safetensors";
    const auto dict = sl::open_safetensors(path);
    CHECK(dict.size() == 51);
    CHECK(dict.record("state_embedding.weight").shape == std::vector<std::uint64_t>{128, 980});
    CHECK(dict.record("transformer.blocks.1.attn.mask").type == sl::dtype::boolean);
    // Places from the file's header, read independently: data start at 8 + 6184.
    const auto raw = svdlens_tests::read_file(path);
    const auto same = [&](const std::string& name, std::size_t begin, std::size_t count) {
        const auto values = dict.tensor(name);
        const auto expected = floats_at(raw, 6192 + begin, count);
        return std::vector<float>(values.values().begin(), values.values().end()) == expected;
    };
    CHECK(same("action_embedding.0.weight", 0, 8 * 128));
    CHECK(same("transformer.blocks.0.attn.W_O", 1594228, 4 * 32 * 128));
    CHECK(same("transformer.pos_embed.W_pos", 2851704, 26 * 128));
    CHECK(dict.tensor("transformer.blocks.0.attn.IGNORE").values()[0] == -1e5F);
    const auto mask = dict.tensor("transformer.blocks.0.attn.mask");
    CHECK(mask.values()[0] == 1.0F); // causal: row 0 sees column 0 and not column 1
    CHECK(mask.values()[1] == 0.0F);
    CHECK(mask.values()[26] == 1.0F);
    const auto config = sl::read_model_config(dict);
    CHECK(config.n_layers == 2U);
    CHECK(config.n_heads == 4U);
    CHECK(config.norm == sl::normalization::layer_norm);
    CHECK(config.environment == "MiniGrid-MemoryS7FixedStart-v0");
}

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

std::string refusal_to_write(const std::vector<sl::named_tensor>& tensors, const sl::metadata_map& metadata,
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
                zeros(std::string(sl::to_text(type)) + std::to_string(groups), type, {groups, 4, 1}, 0);
            auto bytes = std::make_shared<std::vector<std::byte>>(groups * sl::bits_of(type) / 2);
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
    CHECK(refusal_to_write({one("t"), one("t")}, {}, duplicate_key).find("\"t\"") != std::string::npos);
    CHECK(refusal_to_write({one("__metadata__")}, {}, invalid_argument).find("__metadata__") !=
          std::string::npos);
    CHECK(refusal_to_write({one("\xff")}, {}, invalid_argument).find("UTF-8") != std::string::npos);
    CHECK(refusal_to_write({}, {{"k", "\xc3"}}, invalid_argument).find("\"k\"") != std::string::npos);
    CHECK(refusal_to_write({}, {{"\xc3", "v"}}, invalid_argument).find("UTF-8") != std::string::npos);
    CHECK(refusal_to_write({}, {{"k", std::string(100'000'000, 'x')}}, header_too_large).find("100000000") !=
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
