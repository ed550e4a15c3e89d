// Table verbs on the scores of a small model (12 layers x 12 heads x 64 directions x 256 neurons) in memory,
// beside reading the scores once and beside sorting a copy in part.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/bell_scores.hpp"
#include "svdlens/table/describe.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/outside.hpp"
#include "svdlens/table/quantiles.hpp"
#include "svdlens/table/score_source.hpp"
#include "svdlens/table/store.hpp"
#include "svdlens/table/top_k.hpp"
#include "svdlens/table/value_counts.hpp"

namespace sl = svdlens;

namespace {

const std::vector<float>& scores() {
    static const std::vector<float> values = bell_scores(std::size_t{12} * 12 * 64 * 256);
    return values;
}

sl::basic_long_table<float> table() {
    return sl::long_table(scores(),
                          sl::axes({{"layer", 12}, {"head", 12}, {"direction", 64}, {"neuron", 256}}));
}

sl::execution with_threads(const benchmark::State& state) {
    return {.threads = static_cast<unsigned>(state.range(0))};
}

void count_rows(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(scores().size()));
}

void read_baseline(benchmark::State& state) {
    const auto& values = scores();
    for (auto _ : state) {
        float lanes[16] = {};
        for (std::size_t k = 0; k < values.size(); k += 16)
            for (std::size_t l = 0; l < 16; ++l) lanes[l] += values[k + l];
        benchmark::DoNotOptimize(lanes);
    }
    count_rows(state);
}

void nth_element_baseline(benchmark::State& state) {
    for (auto _ : state) {
        auto copy = scores();
        for (const double p : {0.001, 0.5, 0.999}) {
            const auto at =
                copy.begin() + static_cast<std::ptrdiff_t>(p * static_cast<double>(copy.size() - 1));
            std::nth_element(copy.begin(), at, copy.end());
            benchmark::DoNotOptimize(*at);
        }
    }
    count_rows(state);
}

void describe(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::describe(table(), {0.001, 0.01, 0.99, 0.999}, with_threads(state)));
    count_rows(state);
}

void quantiles(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::quantiles(table(), {0.001, 0.5, 0.999}, with_threads(state)));
    count_rows(state);
}

void outside_quantiles(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::outside_quantiles(table(), 0.001, 0.999, with_threads(state)));
    count_rows(state);
}

void outside_bounds(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::outside(table(), {.low = -1.5, .high = 1.5}, with_threads(state)));
    count_rows(state);
}

void top_5_per_head(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::top_k(table(), 5, sl::by("layer", "head"), with_threads(state)));
    count_rows(state);
}

void top_5_per_neuron(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::top_k(table(), 5, sl::by("neuron"), with_threads(state)));
    count_rows(state);
}

void value_counts(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(sl::value_counts(table(), "neuron", with_threads(state)));
    count_rows(state);
}

void store(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(sl::store(table(), with_threads(state)));
    count_rows(state);
}

// The same through one type for all sources, as compiled mode has it: within noise of the lines above.
void describe_erased(benchmark::State& state) {
    const auto whole = table();
    const sl::score_source_ref<float> erased(whole);
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::describe(erased, {0.001, 0.01, 0.99, 0.999}, with_threads(state)));
    count_rows(state);
}

void outside_quantiles_erased(benchmark::State& state) {
    const auto whole = table();
    const sl::score_source_ref<float> erased(whole);
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::outside_quantiles(erased, 0.001, 0.999, with_threads(state)));
    count_rows(state);
}

void top_5_per_neuron_erased(benchmark::State& state) {
    const auto whole = table();
    const sl::score_source_ref<float> erased(whole);
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::top_k(erased, 5, sl::by("neuron"), with_threads(state)));
    count_rows(state);
}

BENCHMARK(read_baseline)->Unit(benchmark::kMillisecond);
BENCHMARK(nth_element_baseline)->Unit(benchmark::kMillisecond);
BENCHMARK(describe)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(quantiles)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(outside_quantiles)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(outside_bounds)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(top_5_per_head)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(top_5_per_neuron)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(value_counts)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(store)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

} // namespace
BENCHMARK(describe_erased)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(outside_quantiles_erased)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(top_5_per_neuron_erased)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
