/// @file
/// Opening a safetensors file of 20,000 tensors, beside what the JSON parser alone takes for the same header.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <svdlens/io/convert.hpp>
#include <svdlens/io/safetensors.hpp>

namespace sl = svdlens;

namespace {

std::filesystem::path many_tensors() {
    const auto path = std::filesystem::temp_directory_path() / "svdlens-bench-many-tensors.safetensors";
    std::vector<sl::named_tensor> tensors;
    for (std::size_t k = 0; k < 20'000; ++k)
        tensors.emplace_back("blocks." + std::to_string(k / 10) + ".mlp.experts." + std::to_string(k % 10) +
                                 ".W_in",
                             sl::tensor(std::vector<float>(8), {2, 4}));
    sl::write_safetensors(path, std::move(tensors), {});
    return path;
}

void open_file(benchmark::State& state) {
    const auto path = many_tensors();
    for (auto _ : state) benchmark::DoNotOptimize(sl::open_safetensors(path).size());
    std::filesystem::remove(path);
}
BENCHMARK(open_file)->Unit(benchmark::kMillisecond);

/// The same 20,000 tensors behind an index of 20 files: what is done before any of them is needed.
void open_index(benchmark::State& state) {
    const auto folder = std::filesystem::temp_directory_path() / "svdlens-bench-many-shards";
    std::filesystem::create_directories(folder);
    std::string map;
    for (std::size_t k = 0; k < 20'000; ++k) {
        const std::string shard = "model-" + std::to_string(k / 1'000) + ".safetensors";
        map += (k == 0 ? "\"" : ",\"") + std::string("blocks.") + std::to_string(k / 10) + ".mlp.experts." +
               std::to_string(k % 10) + ".W_in\":\"" + shard + "\"";
        std::ofstream(folder / shard);
    }
    std::ofstream(folder / "model.safetensors.index.json") << "{\"weight_map\":{" << map << "}}";
    for (auto _ : state) benchmark::DoNotOptimize(sl::open_safetensors(folder).size());
    std::filesystem::remove_all(folder);
}
BENCHMARK(open_index)->Unit(benchmark::kMillisecond);

/// Accepts everything: the limit of any reader on this parser.
struct deaf_handler : nlohmann::json_sax<nlohmann::json> {
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }
};

void parser_alone(benchmark::State& state) {
    const auto path = many_tensors();
    const auto file = sl::map_file(path);
    const auto* const text = reinterpret_cast<const char*>(file.bytes.data());
    std::uint64_t length = 0;
    for (std::size_t k = 8; k-- > 0;) length = length << 8 | static_cast<unsigned char>(text[k]);
    for (auto _ : state) {
        deaf_handler handler;
        benchmark::DoNotOptimize(nlohmann::json::sax_parse(text + 8, text + 8 + length, &handler));
    }
    std::filesystem::remove(path);
}
BENCHMARK(parser_alone)->Unit(benchmark::kMillisecond);

/// 16- and 8-bit weights to float, beside a copy of the result.
void convert_small(benchmark::State& state, sl::dtype type) {
    const std::size_t width = sl::bits(type) / 8;
    const std::vector<std::byte> bytes(width << 22, std::byte{0x3c});
    std::vector<float> out(bytes.size() / width);
    for (auto _ : state) {
        sl::convert<float>(type, bytes, out);
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size() * sizeof(float)));
}
BENCHMARK_CAPTURE(convert_small, bf16, sl::dtype::bf16)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(convert_small, f16, sl::dtype::f16)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(convert_small, f8_e4m3, sl::dtype::f8_e4m3)->Unit(benchmark::kMillisecond);

void copy_floats(benchmark::State& state) {
    const std::vector<float> in(std::size_t{1} << 22, 1.0F);
    std::vector<float> out(in.size());
    for (auto _ : state) {
        std::memcpy(out.data(), in.data(), in.size() * sizeof(float));
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size() * sizeof(float)));
}
BENCHMARK(copy_floats)->Unit(benchmark::kMillisecond);

} // namespace
