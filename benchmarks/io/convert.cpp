/// @file
/// Stored elements to float, beside a copy of the result.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <svdlens/io/convert.hpp>

namespace sl = svdlens;

namespace {

constexpr std::size_t elements = std::size_t{1} << 22;

void convert_to_float(benchmark::State& state, sl::dtype type) {
    const std::size_t width = sl::bits_of(type) / 8;
    std::vector<std::byte> bytes(width * elements);
    std::uint32_t random = 1;
    for (auto& each : bytes) each = static_cast<std::byte>((random = random * 1664525U + 1013904223U) >> 24);
    std::vector<float> out(elements);
    for (auto _ : state) {
        sl::convert<float>(type, bytes, out);
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size() * sizeof(float)));
}

void copy_floats(benchmark::State& state) {
    const std::vector<float> in(elements, 1.0F);
    std::vector<float> out(in.size());
    for (auto _ : state) {
        std::memcpy(out.data(), in.data(), in.size() * sizeof(float));
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size() * sizeof(float)));
}
BENCHMARK(copy_floats)->Unit(benchmark::kMillisecond);

/// Every dtype that is read as numbers.
[[maybe_unused]] const bool registered = [] {
    for (int k = 0; k < 22; ++k) {
        const auto type = static_cast<sl::dtype>(k);
        if (!sl::is_convertible(type)) continue;
        const std::string name = "convert_to_float/" + std::string(sl::to_text(type));
        benchmark::RegisterBenchmark(name.c_str(), convert_to_float, type)->Unit(benchmark::kMillisecond);
    }
    return true;
}();

} // namespace
