/// @file
/// Reading a model of 20,000 tensors by meaning: its scheme found among all that are known, names, sizes and views;
/// and one of 640 MB, of which nothing but the header and the vectors is touched.

#include <benchmark/benchmark.h>

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <svdlens/io/safetensors.hpp>
#include <svdlens/model/transformer_weights.hpp>

namespace sl = svdlens;

namespace {

/// A Llama of many small layers, as `write_safetensors` writes it.
std::filesystem::path many_layers() {
    const auto path = std::filesystem::temp_directory_path() / "svdlens-bench-many-layers.safetensors";
    std::vector<sl::named_tensor> tensors;
    const auto add = [&](const std::string& name, std::vector<std::uint64_t> shape) {
        std::size_t size = 1;
        for (const auto extent : shape) size *= extent;
        tensors.emplace_back(name, sl::tensor(std::vector<float>(size), std::move(shape)));
    };
    add("model.embed_tokens.weight", {8, 4});
    add("model.norm.weight", {4});
    add("lm_head.weight", {8, 4});
    for (std::size_t l = 0; l < 2222; ++l) {
        const std::string at = "model.layers." + std::to_string(l) + ".";
        for (const char* const name : {"q", "k", "v", "o"})
            add(at + "self_attn." + name + "_proj.weight", {4, 4});
        add(at + "mlp.gate_proj.weight", {6, 4});
        add(at + "mlp.up_proj.weight", {6, 4});
        add(at + "mlp.down_proj.weight", {4, 6});
        add(at + "input_layernorm.weight", {4});
        add(at + "post_attention_layernorm.weight", {4});
    }
    sl::write_safetensors(path, std::move(tensors), {});
    return path;
}

long page_faults() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

void read_many_layers(benchmark::State& state) {
    const auto path = many_layers();
    const auto file = sl::open_safetensors(path);
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::transformer_weights(file, {.config = {.n_heads = 2}}).blocks.size());
    state.counters["tensors"] = static_cast<double>(file.size());
    std::filesystem::remove(path);
}
BENCHMARK(read_many_layers)->Unit(benchmark::kMillisecond);

/// A GPT-2 of 640 MB, whose matrices are holes in the file.
void read_large_model(benchmark::State& state) {
    const auto path = std::filesystem::temp_directory_path() / "svdlens-bench-large-model.safetensors";
    std::string json = "{";
    std::uint64_t at = 0;
    const auto add = [&](const std::string& name, std::uint64_t rows, std::uint64_t columns) {
        const std::uint64_t end = at + rows * (columns == 0 ? 1 : columns) * 4;
        json += (json.size() == 1 ? "\"" : ",\"") + name + "\":{\"dtype\":\"F32\",\"shape\":[" +
                std::to_string(rows) + (columns == 0 ? "" : "," + std::to_string(columns)) +
                "],\"data_offsets\":[" + std::to_string(at) + "," + std::to_string(end) + "]}";
        at = end;
    };
    add("wte.weight", 50257, 1024);
    add("wpe.weight", 1024, 1024);
    for (int l = 0; l < 8; ++l) {
        const std::string block = "h." + std::to_string(l) + ".";
        for (const auto& [name, rows, columns] :
             {std::tuple{"attn.c_attn", 1024U, 3072U}, std::tuple{"attn.c_proj", 1024U, 1024U},
              std::tuple{"mlp.c_fc", 1024U, 4096U}, std::tuple{"mlp.c_proj", 4096U, 1024U}}) {
            add(block + name + ".weight", rows, columns);
            add(block + name + ".bias", columns, 0);
        }
        for (const char* const name : {"ln_1", "ln_2"}) {
            add(block + name + ".weight", 1024, 0);
            add(block + name + ".bias", 1024, 0);
        }
    }
    add("ln_f.weight", 1024, 0);
    add("ln_f.bias", 1024, 0);
    json += "}";
    json.resize((json.size() + 7) / 8 * 8, ' ');
    std::string head(8, '\0');
    for (std::size_t k = 0; k < 8; ++k) head[k] = static_cast<char>(json.size() >> (8 * k) & 0xFFU);
    std::ofstream(path, std::ios::binary) << head << json;
    std::filesystem::resize_file(path, 8 + json.size() + at);
    long most = 0;
    for (auto _ : state) {
        const long before = page_faults();
        const auto file = sl::open_safetensors(path);
        benchmark::DoNotOptimize(sl::transformer_weights(file, {.config = {.n_heads = 16}}).blocks.size());
        most = std::max(most, page_faults() - before);
    }
    state.counters["MB"] = static_cast<double>(at) / 1e6;
    state.counters["faults at most"] = static_cast<double>(most);
    std::filesystem::remove(path);
}
BENCHMARK(read_large_model)->Unit(benchmark::kMicrosecond);

} // namespace
