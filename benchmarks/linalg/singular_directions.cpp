// The OV circuits of a model of GPT-2 small's shape: 144 heads of 768 x 64, float.
#include <benchmark/benchmark.h>

#include <Eigen/Core>
#include <Eigen/QR>
#include <Eigen/SVD>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <svdlens/directions/factored_set.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/linalg/detail/jacobi_svd.hpp>
#include <svdlens/linalg/svd.hpp>

namespace sl = svdlens;

namespace {

using dense = Eigen::MatrixXf;
using row_major = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::size_t n_layers = 12, n_heads = 12, d_model = 768, d_head = 64;

/// Sums of four uniform numbers, so that the spectra look like those of normal weights.
std::vector<float> random_values(std::size_t count, std::uint64_t seed) {
    std::vector<float> values(count);
    for (float& x : values) {
        float sum = 0;
        for (int k = 0; k < 4; ++k) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            sum += static_cast<float>(seed >> 40) * 0x1p-24F - 0.5F;
        }
        x = sum * 0.06F;
    }
    return values;
}

const sl::factored_set& heads() {
    static const sl::factored_set set = [] {
        sl::factored_set result;
        result.name = "ov";
        result.axes = sl::head_axes(n_layers, n_heads);
        for (std::size_t k = 0; k < n_layers * n_heads; ++k)
            result.matrices.push_back({.a = {random_values(d_model * d_head, 2 * k + 1), d_model, d_head},
                                       .b = {random_values(d_head * d_model, 2 * k + 2), d_head, d_model}});
        result.left = {sl::flow::reads, 0, 4};
        result.right = {sl::flow::writes, 1, 4};
        return result;
    }();
    return set;
}

Eigen::Map<const row_major> map_of(const sl::matrix& m) {
    return {m.data(), static_cast<Eigen::Index>(m.rows()), static_cast<Eigen::Index>(m.columns())};
}

void count_heads(benchmark::State& state, std::size_t heads_a_round) {
    state.counters["heads_per_s"] =
        benchmark::Counter(static_cast<double>(heads_a_round), benchmark::Counter::kIsIterationInvariantRate);
}

void ours(benchmark::State& state) {
    const sl::execution run{.threads = static_cast<unsigned>(state.range(0))};
    for (auto _ : state) benchmark::DoNotOptimize(sl::singular_directions(heads(), run));
    count_heads(state, heads().matrices.size());
}
BENCHMARK(ours)->Arg(1)->Arg(2)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

void ours_writing_only(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(sl::writing_directions(heads(), {.threads = 1}));
    count_heads(state, heads().matrices.size());
}
BENCHMARK(ours_writing_only)->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

// The stages of `ours` by themselves: the QR of both factors of one head, ...
void stage_qr(benchmark::State& state) {
    const auto& head = heads().matrices[0];
    sl::detail::scaled_qr<float> qr;
    std::vector<float> memory(qr.room(head.a));
    for (auto _ : state)
        for (const auto& factor : {head.a, head.b.transposed()}) {
            qr.compute(factor, memory.data());
            benchmark::DoNotOptimize(qr.rest().data());
        }
    constexpr double r = d_head;
    state.counters["flop/s"] = benchmark::Counter(2 * (2 * d_model * r * r - 2 * r * r * r / 3),
                                                  benchmark::Counter::kIsIterationInvariantRate);
    count_heads(state, 1);
}
BENCHMARK(stage_qr)->Unit(benchmark::kMicrosecond);

// ... Q times the vectors of the core for both sides of one head, ...
void stage_q_times_core(benchmark::State& state) {
    sl::detail::scaled_qr<float> qr;
    std::vector<float> memory(qr.room(heads().matrices[0].a));
    qr.compute(heads().matrices[0].a, memory.data());
    const dense core = dense::Random(d_head, d_head);
    std::vector<float> out(d_model * d_head);
    for (auto _ : state)
        for (int side = 0; side < 2; ++side) {
            qr.multiply(core, out.data());
            benchmark::DoNotOptimize(out.data());
        }
    count_heads(state, 1);
}
BENCHMARK(stage_q_times_core)->Unit(benchmark::kMicrosecond);

// ... and the decomposition of cores, as many at a time as the argument says.
void stage_cores(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    sl::detail::jacobi_batch<float> batch(d_head, d_head, count);
    std::vector<dense> cores;
    for (std::size_t k = 0; k < count; ++k) cores.push_back(dense::Random(d_head, d_head));
    for (auto _ : state) {
        batch.clear();
        for (const auto& core : cores) batch.add(core);
        batch.run();
        for (std::size_t k = 0; k < count; ++k) benchmark::DoNotOptimize(batch[k].values.data());
    }
    count_heads(state, count);
}
BENCHMARK(stage_cores)->Arg(1)->Arg(2)->Arg(4)->Arg(8)->Arg(16)->Unit(benchmark::kMicrosecond);

// The same work as a plain loop over Eigen, in float throughout and without checks.
void bare_eigen_qr_svd(benchmark::State& state) {
    for (auto _ : state)
        for (const auto& head : heads().matrices) {
            const Eigen::HouseholderQR<dense> a(map_of(head.a)), b(map_of(head.b).transpose());
            const dense r_a = a.matrixQR().topRows(d_head).triangularView<Eigen::Upper>();
            const dense r_b = b.matrixQR().topRows(d_head).triangularView<Eigen::Upper>();
            const Eigen::BDCSVD<dense> svd(r_a * r_b.transpose(), Eigen::ComputeThinU | Eigen::ComputeThinV);
            dense u = dense::Zero(d_model, d_head), v = dense::Zero(d_model, d_head);
            u.topRows(d_head) = svd.matrixU();
            v.topRows(d_head) = svd.matrixV();
            u.applyOnTheLeft(a.householderQ());
            v.applyOnTheLeft(b.householderQ());
            benchmark::DoNotOptimize(u.data());
            benchmark::DoNotOptimize(v.data());
        }
    count_heads(state, heads().matrices.size());
}
BENCHMARK(bare_eigen_qr_svd)->Unit(benchmark::kMillisecond);

// One head as a dense matrix: what is saved by never forming W_OV.
void bare_eigen_dense_one_head(benchmark::State& state) {
    const dense w = map_of(heads().matrices[0].a) * map_of(heads().matrices[0].b);
    for (auto _ : state) {
        const Eigen::BDCSVD<dense> svd(w, Eigen::ComputeThinU | Eigen::ComputeThinV);
        benchmark::DoNotOptimize(svd.matrixU().data());
    }
    count_heads(state, 1);
}
BENCHMARK(bare_eigen_dense_one_head)->Unit(benchmark::kMillisecond);

void ours_dense_one_head(benchmark::State& state) {
    const dense w = (map_of(heads().matrices[0].a) * map_of(heads().matrices[0].b)).transpose();
    const sl::matrix m(w.data(), d_model, d_model, nullptr);
    for (auto _ : state) benchmark::DoNotOptimize(sl::thin_svd(m));
    count_heads(state, 1);
}
BENCHMARK(ours_dense_one_head)->Unit(benchmark::kMillisecond);

// What the machine can do.
void bare_eigen_product(benchmark::State& state) {
    const auto values = random_values(d_model * d_model, 1);
    const Eigen::Map<const dense> a(values.data(), d_model, d_model);
    dense c(d_model, d_model);
    for (auto _ : state) {
        c.noalias() = a * a;
        benchmark::DoNotOptimize(c.data());
    }
    state.counters["flop/s"] =
        benchmark::Counter(2.0 * d_model * d_model * d_model, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(bare_eigen_product)->Unit(benchmark::kMillisecond);

} // namespace
