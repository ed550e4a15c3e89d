/// @file
/// The lines of acceptance of the engine: what is asked together of a whole GPT-2 small's scores, in bare matrix
/// products. Processor seconds of all threads, medians of alternating runs: other work on the machine tells less in
/// them than in times.
///
///     asked_together [runs] [threads]

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

#include <svdlens/projection/projection.hpp>
#include <svdlens/table/ask.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/histogram.hpp>
#include <svdlens/table/outside.hpp>
#include <svdlens/table/tails.hpp>
#include <svdlens/table/top_k.hpp>

#include "projection/gpt2_sets.hpp"
#include "support/limits.hpp"

namespace sl = svdlens;

namespace {

double processor_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// A stage and its processor seconds, run by run.
struct stage {
    std::string name;
    void (*work)(const sl::projection&, const sl::execution&);
    std::vector<double> seconds = {};
};

void ask_all(const sl::projection& scores, const sl::execution& run) {
    const auto answers =
        sl::ask(scores, sl::describe({0.001, 0.01, 0.05, 0.25, 0.75, 0.99, 0.999}),
                sl::find_tails({.low = 0.001, .high = 0.999}), sl::histogram({.bins = 60}),
                sl::top_k(5, sl::by("layer", "head")), sl::bottom_k(5, sl::by("layer", "head")), run);
    limits::use(std::get<1>(answers).rows.scores().data());
}

void find_tails(const sl::projection& scores, const sl::execution& run) {
    limits::use(sl::find_tails(scores, {.low = 0.001, .high = 0.999}, run).rows.scores().data());
}

void describe(const sl::projection& scores, const sl::execution& run) {
    if (sl::describe(scores, {0.001, 0.01, 0.05, 0.25, 0.75, 0.99, 0.999}, run).count == 0) std::abort();
}

/// Little is kept: as many products as passes.
void ask_all_lean(const sl::projection& scores, const sl::execution& run) {
    auto lean = run;
    lean.memory_budget = std::uint64_t{64} << 20;
    ask_all(scores, lean);
}

void read(const sl::projection& scores, const sl::execution& run) {
    using buffer = sl::block_buffer<float>;
    sl::for_blocks<buffer>(scores.blocks(), scores.max_rows(), run,
                           [&](std::size_t i, buffer& mine) { limits::use(scores.block(i, mine).scores); });
}

} // namespace

int main(int count, char** arguments) {
    const int runs = count > 1 ? std::atoi(arguments[1]) : 5;
    const sl::execution run{.threads = count > 2 ? static_cast<unsigned>(std::atoi(arguments[2])) : 2};
    const auto directions = gpt2::make_directions();
    const auto neurons = gpt2::make_neurons();
    const auto scores = sl::project(directions, neurons);
    const limits::bare_products bare(directions, neurons);
    std::vector<stage> stages{{"read", read},
                              {"tails", find_tails},
                              {"describe", describe},
                              {"all together", ask_all},
                              {"all together, 64 MiB", ask_all_lean}};
    std::vector<double> limit;
    for (int k = 0; k < runs; ++k) {
        const double start = processor_seconds();
        bare.seconds({256, 1024}, run.threads);
        limit.push_back(processor_seconds() - start);
        for (auto& each : stages) {
            const double before = processor_seconds();
            each.work(scores, run);
            each.seconds.push_back(processor_seconds() - before);
        }
    }
    std::printf("%llu scores, %u threads\n", static_cast<unsigned long long>(scores.max_rows()), run.threads);
    std::printf("%-22s %8s %s\n", "", "seconds", "bare products");
    std::printf("%-22s %8.2f\n", "bare product", median(limit));
    for (const auto& each : stages)
        std::printf("%-22s %8.2f %.2f\n", each.name.c_str(), median(each.seconds),
                    median(each.seconds) / median(limit));
}
