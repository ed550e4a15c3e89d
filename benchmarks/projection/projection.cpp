/// @file
/// Reading a lazy projection, beside the bare matrix product of the same shape: 144 heads of 64 directions on
/// the 3072 neurons of one layer, d_model 768 (a GPT-2 small).

#include <benchmark/benchmark.h>

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <vector>

#include <svdlens/projection/projection.hpp>
#include <svdlens/table/block_loop.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/outside_quantiles.hpp>

#include "counter_random.hpp"

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

sl::projection make_scores(sl::score_kind kind) {
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
    const sl::matrix W_in(random_values(d_model * d_mlp), d_model, d_mlp);
    const sl::vector_set neurons{.name = "mlp_in",
                                 .axes = {{{"neuron", d_mlp}}},
                                 .identity = {"neuron", "{neuron}"},
                                 .layers = {W_in.transposed()}};
    return sl::project(directions, neurons, {.score = kind});
}

void count_products(benchmark::State& state) {
    state.counters["GFLOP/s"] =
        benchmark::Counter(2e-9 * lines * d_model * d_mlp, benchmark::Counter::kIsIterationInvariantRate);
}

/// The limit: one thread, the product in the tiles that the projection uses, nothing read.
void bare_product(benchmark::State& state) {
    using row_major = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto directions = random_values(lines * d_model), W_in = random_values(d_model * d_mlp);
    const Eigen::Map<const row_major> left(directions.data(), lines, d_model),
        right(W_in.data(), d_model, d_mlp);
    constexpr Eigen::Index tile = 85;
    row_major scores(tile, d_mlp);
    for (auto _ : state) {
        for (Eigen::Index first = 0; first < left.rows(); first += tile) {
            const Eigen::Index count = std::min(tile, left.rows() - first);
            scores.topRows(count).noalias() = left.middleRows(first, count) * right;
            benchmark::DoNotOptimize(scores.data());
        }
    }
    count_products(state);
}
BENCHMARK(bare_product)->Unit(benchmark::kMillisecond)->UseRealTime();

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

/// describe takes two passes, outside_quantiles three: their limits are two and three bare products.
void describe_projection(benchmark::State& state) {
    const auto scores = make_scores(sl::score_kind::scaled);
    for (auto _ : state) benchmark::DoNotOptimize(sl::describe(scores, {0.001, 0.999}, {.threads = 1}).mean);
}
BENCHMARK(describe_projection)->Unit(benchmark::kMillisecond)->UseRealTime();

void outside_quantiles_of_projection(benchmark::State& state) {
    const auto scores = make_scores(sl::score_kind::scaled);
    for (auto _ : state)
        benchmark::DoNotOptimize(sl::outside_quantiles(scores, 0.001, 0.999, {.threads = 1}).size());
}
BENCHMARK(outside_quantiles_of_projection)->Unit(benchmark::kMillisecond)->UseRealTime();

} // namespace
