/// @file
/// What a shard takes, before any is started: for the lines of a scheduler.
#ifndef SVDLENS_EXAMPLES_PROGRAM_ESTIMATE_HPP
#define SVDLENS_EXAMPLES_PROGRAM_ESTIMATE_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <thread>

#include <svdlens/core/text.hpp>

#include "analysis.hpp"
#include "edges.hpp"
#include "options.hpp"
#include "reading.hpp"
#include "shards.hpp"

namespace program {

namespace detail {

/// Operations of a round of the map over all shards: every pair of what writes and what reads, later ones only.
inline double expected_map(const svdlens::transformer_weights& weights) {
    const auto size = [](std::size_t n) { return static_cast<double>(n); };
    const auto& s = weights.sizes;
    double neurons = 0;
    for (const auto& each : weights.mlp_readers())
        neurons += size(each.layers.size()) * size(each.layers.empty() ? 0 : each.layers.front().rows());
    const double lines = size(s.n_layers) * size(s.n_heads) * size(s.d_head);
    const double directions = neurons + 4 * lines + 2 * size(s.d_model);
    return directions * directions / 2 * score_cost(weights);
}

} // namespace detail

/// Prints what one of the shards of `--shard 1/N` takes, generously: twice the time at 4 billion operations a second and
/// thread, and the memory of the vectors, the budget and a quarter more. A scheduler counts the pages of a mapped file, too.
inline int print_estimate(const options& o) {
    const auto model = read(o, o.model, o.model);
    if (!o.out.empty()) detail::shared_hashes(model, o, o.out); // once, before all shards ask for them
    const auto& weights = model.weights;
    const auto& s = weights.sizes;
    const auto size = [](std::uint64_t n) { return static_cast<double>(n); };
    const double threads =
        o.threads != 0 ? size(o.threads) : size((std::max)(1U, std::thread::hardware_concurrency()));
    const bool is_map = o.command == "map", is_analysis = o.command == "analyse";
    const double shared = is_map        ? detail::expected_map(weights)
                          : is_analysis ? expected_cost(weights, o.tail.value_or(0.001))
                                        : detail::expected_scan(weights, o);
    const double own = decomposition_cost(weights) * (is_map ? 4 : is_analysis ? 2 : 1);
    const double operations = shared / size(o.shard->count) + own;
    double file_bytes = 0;
    for (const auto& path : inputs_of(model, o)) file_bytes += size(std::filesystem::file_size(path));
    const double directions = size(s.n_layers) * size(s.n_heads) * size(s.d_head) * size(s.d_model) *
                              sizeof(float) *
                              (is_map        ? 6
                               : is_analysis ? 4
                                             : 1);
    const double bytes = 1.25 * (file_bytes + directions + size(o.memory) + threads * 0x1p24 + 0x1p27);
    const double seconds = 2 * operations / (threads * 4e9) + 2 * file_bytes / 1e8 + 60;
    std::cout << "operations    " << svdlens::to_text(std::round(operations)) << "\n"
              << "memory MiB    " << svdlens::to_text(static_cast<std::uint64_t>(std::ceil(bytes / 0x1p20)))
              << "\n"
              << "time minutes  " << svdlens::to_text(static_cast<std::uint64_t>(std::ceil(seconds / 60)))
              << "\n";
    return 0;
}

} // namespace program

#endif
