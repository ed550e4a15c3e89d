// The diagonal tests of all heads and pairs of a model of GPT-2's shape, and the matrix products that they
// need.
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <Eigen/Core>
#include <benchmark/benchmark.h>

#include "svdlens/circuit/circuits.hpp"
#include "svdlens/circuit/head_marks.hpp"
#include "svdlens/circuit/induction_circuits.hpp"
#include "svdlens/directions/singular_directions.hpp"

namespace sl = svdlens;

namespace {

constexpr std::size_t n_layers = 12, n_heads = 12, d = 768, r = 64, n_tokens = 50257, n_positions = 1024;

class weight_maker {
  public:
    sl::matrix operator()(std::size_t rows, std::size_t columns) {
        std::vector<float> values(rows * columns);
        for (float& each : values)
            each = 0.1F * static_cast<float>(static_cast<double>(bits_() >> 11) * 0x1p-53 - 0.5);
        return {std::move(values), rows, columns};
    }

  private:
    std::mt19937_64 bits_{1};
};

sl::transformer_weights model_of_gpt2s_shape() {
    weight_maker make;
    sl::transformer_weights model;
    model.sizes = {n_layers, n_heads, n_heads, d, r, 0, n_positions, n_tokens};
    model.attention_scale = 0.125;
    model.W_E = make(n_tokens, d);
    model.W_U = make(d, n_tokens);
    model.W_pos = make(n_positions, d);
    model.blocks.resize(n_layers);
    for (auto& block : model.blocks)
        for (std::size_t h = 0; h < n_heads; ++h) {
            block.attention.W_Q.push_back(make(d, r));
            block.attention.W_K.push_back(make(d, r));
            block.attention.W_V.push_back(make(d, r));
            block.attention.W_O.push_back(make(r, d));
        }
    return model;
}

void all_diagonal_tests(benchmark::State& state) {
    const auto model = model_of_gpt2s_shape();
    for (auto _ : state) benchmark::DoNotOptimize(sl::induction_circuits(model, {}, {.threads = 1}));
}

void all_head_marks(benchmark::State& state) {
    const auto model = model_of_gpt2s_shape();
    const auto directions = sl::singular_directions(sl::ov_circuits(model));
    for (auto _ : state) benchmark::DoNotOptimize(sl::head_marks(model, directions, {}, {.threads = 1}));
}

/// The same products by Eigen, in double: of each kind `times`, of a matrix that is in the cache already.
void bare_products(benchmark::State& state, bool with_positions) {
    using matrix = Eigen::MatrixXd;
    const auto repeat = [](std::size_t times, Eigen::Index rows, Eigen::Index inner, Eigen::Index columns) {
        const matrix a = matrix::Random(inner, rows), b = matrix::Random(inner, columns);
        matrix c = matrix::Zero(rows, columns);
        for (std::size_t k = 0; k < times; ++k) c.noalias() += a.transpose() * b;
        benchmark::DoNotOptimize(c.data());
    };
    const std::size_t heads = n_layers * n_heads, layer_pairs = n_layers * (n_layers - 1) / 2;
    for (auto _ : state) {
        repeat(2 * (n_tokens / 256), d, 256, d);              // moments: one whole, two halves
        repeat(5 * heads, d, d, r);                           // heads through them
        repeat(2 * layer_pairs, n_heads * r, d, n_heads * r); // heads with heads
        repeat(2 * layer_pairs * n_heads * n_heads, r, r, r); // each pair
        repeat(2 * heads, r, d, n_positions);                 // queries and keys of positions
        repeat(heads / 2, n_positions, r, n_positions);       // their scores, half of which are seen
        if (!with_positions) continue;
        repeat(3 * (n_positions / 256), d, 256, d); // moments of positions, one behind the other
        repeat(5 * heads, d, d, r);                 // heads through them
    }
}

BENCHMARK(all_diagonal_tests)->Unit(benchmark::kSecond)->Iterations(1);
BENCHMARK_CAPTURE(bare_products, of_diagonal_tests, false)->Unit(benchmark::kSecond)->Iterations(1);
BENCHMARK(all_head_marks)->Unit(benchmark::kSecond)->Iterations(1);
BENCHMARK_CAPTURE(bare_products, of_head_marks, true)->Unit(benchmark::kSecond)->Iterations(1);

} // namespace
