/// @file
/// The lazy projection as a score source beside the bare matrix product of the same rows: the directions of
/// 12 layers of 12 heads on the 3072 neurons of the same and of later layers, d_model 768 (a GPT-2 small).

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <svdlens/projection/projection.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/outside.hpp>
#include <svdlens/table/top_k.hpp>

#include "projection/gpt2_sets.hpp"
#include "support/limits.hpp"

namespace sl = svdlens;

using namespace gpt2;

namespace {

void count_products(benchmark::State& state) {
    state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * products * lines * d_model * d_mlp,
                                                   benchmark::Counter::kIsIterationInvariantRate);
}

/// The limit: one thread, the products alone, in one of four tile shapes; nothing is read. The best
/// shape counts.
void bare_product(benchmark::State& state) {
    const auto directions = make_directions();
    const auto neurons = make_neurons();
    const limits::bare_products bare(directions, neurons);
    const auto& shape = limits::tile_shapes[static_cast<std::size_t>(state.range(0))];
    for (auto _ : state) state.SetIterationTime(bare.seconds(shape, 1));
    state.SetLabel(std::to_string(shape.lines) + " x " + std::to_string(shape.columns));
    count_products(state);
}
BENCHMARK(bare_product)
    ->DenseRange(0, limits::tile_shapes.size() - 1)
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();

/// A verb on the lazy scores; the argument is the number of threads.
template <class Verb>
void read_scores(benchmark::State& state, sl::score_kind kind, Verb verb) {
    const auto scores = sl::project(make_directions(), make_neurons(), {.score = kind});
    const sl::execution run{.threads = static_cast<unsigned>(state.range(0))};
    for (auto _ : state) verb(scores, run);
    count_products(state);
}

void read_blocks(benchmark::State& state, sl::score_kind kind) {
    read_scores(state, kind, [](const auto& scores, const sl::execution& run) {
        using buffer = sl::block_buffer<float>;
        sl::for_blocks<buffer>(scores.blocks(), scores.max_rows(), run, [&](std::size_t i, buffer& mine) {
            benchmark::DoNotOptimize(scores.block(i, mine).scores);
        });
    });
}
BENCHMARK_CAPTURE(read_blocks, scaled, sl::score_kind::scaled)
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(read_blocks, cosine, sl::score_kind::cosine)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// One product each.
void tails(benchmark::State& state) {
    read_scores(state, sl::score_kind::scaled, [](const auto& scores, const sl::execution& run) {
        benchmark::DoNotOptimize(sl::outside_quantiles(scores, 0.001, 0.999, run).size());
    });
}
BENCHMARK(tails)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void tails_by_magnitude(benchmark::State& state) {
    read_scores(state, sl::score_kind::scaled, [](const auto& scores, const sl::execution& run) {
        benchmark::DoNotOptimize(sl::find_tails<sl::magnitude>(scores, {.high = 0.998}, run).rows.size());
    });
}
BENCHMARK(tails_by_magnitude)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

void top_5_per_head(benchmark::State& state) {
    read_scores(state, sl::score_kind::scaled, [](const auto& scores, const sl::execution& run) {
        benchmark::DoNotOptimize(sl::top_k(scores, 5, sl::by("layer", "head"), run).size());
    });
}
BENCHMARK(top_5_per_head)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Two products.
void describe(benchmark::State& state) {
    read_scores(state, sl::score_kind::scaled, [](const auto& scores, const sl::execution& run) {
        benchmark::DoNotOptimize(
            sl::describe(scores, {0.001, 0.01, 0.05, 0.25, 0.75, 0.99, 0.999}, run).mean);
    });
}
BENCHMARK(describe)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

} // namespace
