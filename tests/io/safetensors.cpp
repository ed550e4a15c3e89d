#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "io/safetensors_bytes.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/model_config.hpp"
#include "svdlens/io/safetensors.hpp"

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
