/// @file
/// What circuit_analysis finds out about each section, and about the whole model.
#ifndef SVDLENS_EXAMPLES_ANALYSIS_HPP
#define SVDLENS_EXAMPLES_ANALYSIS_HPP

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include <svdlens/core/execution.hpp>
#include <svdlens/graph/circuit_graph.hpp>
#include <svdlens/graph/components.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/histogram.hpp>
#include <svdlens/table/outside.hpp>
#include <svdlens/table/score_source.hpp>
#include <svdlens/table/selection.hpp>
#include <svdlens/table/store.hpp>
#include <svdlens/table/top_k.hpp>

#include "sections.hpp"
#include "terminal.hpp"

struct section_result {
    section from;
    svdlens::description summary;
    svdlens::score_histogram histogram;
    svdlens::selection edges;   ///< the rows outside the two tail quantiles, in row order
    svdlens::selection highest; ///< five a head, highest first
    svdlens::selection lowest;  ///< five a head, lowest first
    svdlens::component_summary components;
};

/// The percentiles of the describe table.
inline const std::vector<double> described_percentiles{0.001, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999};

/// Rows that are held in memory rather than computed again for each question: 1 GiB of scores.
inline constexpr std::uint64_t stored_rows = std::uint64_t{1} << 28;

inline section_result analyse(section from, double tail, unsigned threads) {
    progress_line line(from.name(), "rows");
    const svdlens::execution run{.threads = threads, .progress = std::ref(line), .stop = &interrupted};
    // One type for stored and lazy scores: the verbs are compiled once.
    const auto ask = [&](const svdlens::score_source_ref<float>& scores) {
        auto edges = svdlens::outside_quantiles(scores, tail, 1 - tail, run);
        const auto components = svdlens::summarize(svdlens::circuit_graph(edges));
        return section_result{from,
                              svdlens::describe(scores, described_percentiles, run),
                              svdlens::histogram(scores, {.bins = 60}, run),
                              std::move(edges),
                              svdlens::top_k(scores, 5, svdlens::by("head"), run),
                              svdlens::bottom_k(scores, 5, svdlens::by("head"), run),
                              components};
    };
    if (from.scores.max_rows() > stored_rows) return ask(from.scores);
    const auto stored = svdlens::store(from.scores, run);
    return ask(stored);
}

/// The edges of all sections in one graph: a direction that is read into here and written from there is
/// one node.
inline svdlens::basic_circuit_graph<float> joined_graph(const std::vector<section_result>& results) {
    svdlens::basic_circuit_graph<float> graph;
    for (const auto& result : results) graph.add(result.edges);
    return graph;
}

#endif
