/// @file
/// Opening a safetensors file of 20,000 tensors, beside what the JSON parser alone takes for the same header;
/// what it costs in memory; and a large file, of which opening touches nothing but the header.

#include <benchmark/benchmark.h>

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

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

/// Heap memory in use now, and the most since it was last set.
std::size_t heap_now = 0;
std::size_t heap_peak = 0;

/// Page faults of this process that needed no disk.
long page_faults() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

void open_file(benchmark::State& state) {
    const auto path = many_tensors();
    for (auto _ : state) benchmark::DoNotOptimize(sl::open_safetensors(path).size());
    const auto before = heap_now;
    heap_peak = heap_now;
    const auto file = sl::open_safetensors(path);
    const auto data = 20'000 * 8 * sizeof(float);
    const auto header = static_cast<double>(std::filesystem::file_size(path) - 8 - data);
    state.counters["peak/header"] = static_cast<double>(heap_peak - before) / header;
    state.counters["kept/header"] = static_cast<double>(heap_now - before) / header;
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

/// One tensor of 640 MB, a hole in the file.
void open_large_file(benchmark::State& state) {
    const auto path = std::filesystem::temp_directory_path() / "svdlens-bench-large.safetensors";
    constexpr std::uint64_t size = 640'000'000;
    const std::string json = R"({"t":{"dtype":"F32","shape":[160000000],"data_offsets":[0,640000000]}})";
    std::string head(8, '\0');
    head[0] = static_cast<char>(json.size());
    std::ofstream(path, std::ios::binary) << head << json;
    std::filesystem::resize_file(path, 8 + json.size() + size);
    long most = 0;
    for (auto _ : state) {
        const long before = page_faults();
        benchmark::DoNotOptimize(sl::open_safetensors(path).size());
        most = std::max(most, page_faults() - before);
    }
    state.counters["faults at most"] = static_cast<double>(most);
    std::filesystem::remove(path);
}
BENCHMARK(open_large_file)->Unit(benchmark::kMicrosecond);

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
    const auto* const text = file.text().data();
    std::uint64_t length = 0;
    for (std::size_t k = 8; k-- > 0;) length = length << 8 | static_cast<unsigned char>(text[k]);
    for (auto _ : state) {
        deaf_handler handler;
        benchmark::DoNotOptimize(nlohmann::json::sax_parse(text + 8, text + 8 + length, &handler));
    }
    std::filesystem::remove(path);
}
BENCHMARK(parser_alone)->Unit(benchmark::kMillisecond);

} // namespace

// All memory of this program is counted: what opening takes beside the mapping. Not inlined: g++ would take
// `malloc` and `delete` for a pair that does not match.
[[gnu::noinline]] void* operator new(std::size_t size) {
    void* const at = std::malloc(size);
    if (at == nullptr) throw std::bad_alloc();
    heap_now += malloc_usable_size(at);
    heap_peak = std::max(heap_peak, heap_now);
    return at;
}
[[gnu::noinline]] void operator delete(void* at) noexcept {
    heap_now -= malloc_usable_size(at);
    std::free(at);
}
void operator delete(void* at, std::size_t) noexcept { operator delete(at); }
