/// @file
/// Reading a lazy projection, beside the bare matrix product of the same shape: 144 heads of 64 directions on
/// the 3072 neurons of one layer, d_model 768 (a GPT-2 small).

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <svdlens/projection/projection.hpp>
#include <svdlens/table/block_loop.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/find_tails.hpp>
#include <svdlens/table/top_k.hpp>

#include "counter_random.hpp"
#include "support/limits.hpp"

namespace sl = svdlens;

namespace {

constexpr std::size_t layers = 12, heads = 12, d_head = 64, d_model = 768, d_mlp = 3072;
constexpr std::size_t lines = layers * heads * d_head;

std::vector<float> random_values(std::size_t count) {
    planted::counter_random random(1);
    std::vector<float> values(count);
    for (auto& v : values) v = static_cast<float>(random.uniform() - 0.5);
    return values;
}

sl::vector_set make_directions() {
    const sl::matrix all(random_values(lines * d_model), lines, d_model);
    sl::vector_set directions{.name = "ov",
                              .axes = {{{"layer", layers}, {"head", heads}, {"direction", d_head}}},
                              .identity = {"direction", "L{layer}H{head}.{direction}"},
                              .layers = {},
                              .port = {sl::flow::writes, 1, 4}};
    for (std::size_t l = 0; l < layers; ++l) {
        directions.layers.push_back(all.row_range(l * heads * d_head, heads * d_head));
        directions.singular_values.emplace_back(heads * d_head, 0.5F);
    }
    return directions;
}

sl::vector_set make_neurons() {
    const sl::matrix W_in(random_values(d_model * d_mlp), d_model, d_mlp);
    return {.name = "mlp_in",
            .axes = {{{"neuron", d_mlp}}},
            .identity = {"neuron", "{neuron}"},
            .layers = {W_in.transposed()}};
}

sl::projection make_scores(sl::score_kind kind) {
    return sl::project(make_directions(), make_neurons(), {.score = kind});
}

void count_products(benchmark::State& state) {
    state.counters["GFLOP/s"] =
        benchmark::Counter(2e-9 * lines * d_model * d_mlp, benchmark::Counter::kIsIterationInvariantRate);
}

/// The limit: the products alone, one thread, in one of the tile shapes; nothing is read.
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

/// Every block computed once; the argument is the number of threads.
void read_blocks(benchmark::State& state) {
    const auto scores = make_scores(sl::score_kind::scaled);
    const sl::execution run{.threads = static_cast<unsigned>(state.range(0))};
    struct slot {
        sl::block_buffer<float> buffer;
    };
    for (auto _ : state)
        sl::for_blocks_in_order<slot>(
            scores.blocks(), scores.max_rows(), run,
            [&](std::size_t i, slot& mine) { benchmark::DoNotOptimize(scores.block(i, mine.buffer).scores); },
            [](std::size_t, slot&) {});
    count_products(state);
}
BENCHMARK(read_blocks)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void cosine_blocks(benchmark::State& state) {
    const auto scores = make_scores(sl::score_kind::cosine);
    sl::block_buffer<float> buffer;
    for (auto _ : state)
        for (std::size_t i = 0; i < scores.blocks(); ++i)
            benchmark::DoNotOptimize(scores.block(i, buffer).scores);
    count_products(state);
}
BENCHMARK(cosine_blocks)->Unit(benchmark::kMillisecond)->UseRealTime();

// Streamed verbs, one thread: their limit is a bare product a pass.

/// Two passes.
void describe_projection(benchmark::State& state) {
    const auto scores = make_scores(sl::score_kind::scaled);
    for (auto _ : state)
        benchmark::DoNotOptimize(
            sl::describe(scores, {0.001, 0.01, 0.25, 0.5, 0.75, 0.99, 0.999}, {.threads = 1}).mean);
    count_products(state);
}
BENCHMARK(describe_projection)->Unit(benchmark::kMillisecond)->UseRealTime();

/// One pass.
void tails_of_projection(benchmark::State& state) {
    const auto scores = make_scores(sl::score_kind::scaled);
    for (auto _ : state)
        benchmark::DoNotOptimize(
            sl::find_tails(scores, {.low = 0.001, .high = 0.999}, {.threads = 1}).rows.size());
    count_products(state);
}
BENCHMARK(tails_of_projection)->Unit(benchmark::kMillisecond)->UseRealTime();

/// One pass.
void top_5_per_head_of_projection(benchmark::State& state) {
    const auto scores = make_scores(sl::score_kind::scaled);
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::top_k(scores, 5, sl::by("layer", "head"), {.threads = 1}).size());
    count_products(state);
}
BENCHMARK(top_5_per_head_of_projection)->Unit(benchmark::kMillisecond)->UseRealTime();

} // namespace
