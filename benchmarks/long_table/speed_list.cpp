// The verbs of the long table on the scores of a GPT-2 sized model: 12 layers x 12 heads x 64 directions x
// 3072 neurons, 28,311,552 floats, beside one read of them. peers/long_table.py times numpy and pandas at
// stages of the same names. `peak` is the process's peak resident memory over the size of the scores, up to
// that stage.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/bell_scores.hpp"
#include "svdlens/table/aggregates.hpp"
#include "svdlens/table/columns.hpp"
#include "svdlens/table/describe.hpp"
#include "svdlens/table/group_by.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/outside.hpp"
#include "svdlens/table/pivot.hpp"
#include "svdlens/table/quantiles.hpp"
#include "svdlens/table/top_k.hpp"
#include "svdlens/table/value_counts.hpp"
#include "svdlens/table/where.hpp"

namespace sl = svdlens;

namespace {

constexpr std::size_t layers = 12, heads = 12, directions = 64, neurons = 3072;

const std::vector<float>& scores() {
    static const std::vector<float> values = bell_scores(layers * heads * directions * neurons);
    return values;
}

sl::basic_long_table<float> table() {
    return sl::long_table(
        scores(),
        sl::axes({{"layer", layers}, {"head", heads}, {"direction", directions}, {"neuron", neurons}}));
}

sl::execution with_threads(const benchmark::State& state) {
    return {.threads = static_cast<unsigned>(state.range(0))};
}

void count_rows(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(scores().size()));
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    state.counters["peak"] =
        static_cast<double>(used.ru_maxrss) * 1024 / static_cast<double>(scores().size() * 4);
}

void read_baseline(benchmark::State& state) {
    const auto& values = scores();
    for (auto _ : state) {
        float lanes[64] = {};
        for (std::size_t k = 0; k < values.size(); k += 64)
            for (std::size_t l = 0; l < 64; ++l) lanes[l] += values[k + l];
        benchmark::DoNotOptimize(lanes);
    }
    count_rows(state);
}

void make_table(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(table());
    count_rows(state);
}

void quantiles(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::quantiles(table(), {0.001, 0.01, 0.99, 0.999}, with_threads(state)));
    count_rows(state);
}

void describe(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(
            sl::describe(table(), {0.001, 0.01, 0.25, 0.5, 0.75, 0.99, 0.999}, with_threads(state)));
    count_rows(state);
}

/// The 1 % and 99 % quantiles of the scores.
const std::vector<double>& bounds() {
    static const std::vector<double> values = sl::quantiles(table(), {0.01, 0.99});
    return values;
}

void outside(benchmark::State& state) {
    const auto& b = bounds();
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::outside(table(), {.low = b[0], .high = b[1]}, with_threads(state)));
    count_rows(state);
}

void outside_quantiles(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::outside_quantiles(table(), 0.01, 0.99, with_threads(state)));
    count_rows(state);
}

void value_counts_of_tails(benchmark::State& state) {
    const auto& b = bounds();
    const auto run = with_threads(state);
    for (auto _ : state)
        benchmark::DoNotOptimize(
            sl::value_counts(sl::outside(table(), {.low = b[0], .high = b[1]}, run), "neuron", run));
    count_rows(state);
}

void value_counts_of_kept_rows(benchmark::State& state) {
    const auto kept = sl::outside(table(), {.low = bounds()[0], .high = bounds()[1]});
    for (auto _ : state) benchmark::DoNotOptimize(sl::value_counts(kept, "neuron", with_threads(state)));
    count_rows(state);
}

void top_5_per_head(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::top_k(table(), 5, sl::by("layer", "head"), with_threads(state)));
    count_rows(state);
}

void pivot_abs_max(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::pivot(table(), sl::by("neuron"), sl::by("layer", "head"),
                                           sl::aggregates::abs_max{}, with_threads(state)));
    count_rows(state);
}

void group_mean_per_head(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(
            sl::group_by(table(), sl::by("layer", "head"), sl::aggregates::mean{}, with_threads(state)));
    count_rows(state);
}

void describe_one_head(benchmark::State& state) {
    using sl::column;
    const auto head = sl::where(table(), column("layer") == 3 && column("head") == 5);
    for (auto _ : state) benchmark::DoNotOptimize(sl::describe(head, {0.25, 0.5, 0.75}, with_threads(state)));
    count_rows(state);
}

void plain_materialise_baseline(benchmark::State& state) {
    for (auto _ : state) {
        std::vector<std::int32_t> layer, head, direction, neuron;
        for (auto* column : {&layer, &head, &direction, &neuron}) column->resize(scores().size());
        std::vector<float> score(scores().size());
        std::size_t row = 0;
        for (std::size_t l = 0; l < layers; ++l)
            for (std::size_t h = 0; h < heads; ++h)
                for (std::size_t d = 0; d < directions; ++d)
                    for (std::size_t n = 0; n < neurons; ++n, ++row) {
                        layer[row] = static_cast<std::int32_t>(l);
                        head[row] = static_cast<std::int32_t>(h);
                        direction[row] = static_cast<std::int32_t>(d);
                        neuron[row] = static_cast<std::int32_t>(n);
                        score[row] = scores()[row];
                    }
        benchmark::DoNotOptimize(layer.data());
        benchmark::DoNotOptimize(score.data());
        benchmark::ClobberMemory();
    }
    count_rows(state);
}

void materialise(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(sl::to_columns<std::int32_t>(table(), with_threads(state)));
    count_rows(state);
}

void on_one_and_two(benchmark::internal::Benchmark* stage) {
    stage->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(read_baseline)->Unit(benchmark::kMillisecond);
BENCHMARK(make_table)->Unit(benchmark::kMicrosecond);
BENCHMARK(quantiles)->Apply(on_one_and_two);
BENCHMARK(describe)->Apply(on_one_and_two);
BENCHMARK(outside)->Apply(on_one_and_two);
BENCHMARK(outside_quantiles)->Apply(on_one_and_two);
BENCHMARK(value_counts_of_tails)->Apply(on_one_and_two);
BENCHMARK(value_counts_of_kept_rows)->Apply(on_one_and_two);
BENCHMARK(top_5_per_head)->Apply(on_one_and_two);
BENCHMARK(pivot_abs_max)->Apply(on_one_and_two);
BENCHMARK(group_mean_per_head)->Apply(on_one_and_two);
BENCHMARK(describe_one_head)->Apply(on_one_and_two);
// Last: these hold the columns, many times the scores.
BENCHMARK(plain_materialise_baseline)->Unit(benchmark::kMillisecond);
BENCHMARK(materialise)->Apply(on_one_and_two);

} // namespace
