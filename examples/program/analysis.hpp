/// @file
/// What `analyse` finds out about each section, and about the whole model.
#ifndef SVDLENS_EXAMPLES_PROGRAM_ANALYSIS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_ANALYSIS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/graph/circuit_graph.hpp>
#include <svdlens/graph/components.hpp>
#include <svdlens/table/ask.hpp>
#include <svdlens/table/by.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/histogram.hpp>
#include <svdlens/table/outside.hpp>
#include <svdlens/table/score_source.hpp>
#include <svdlens/table/selection.hpp>
#include <svdlens/table/set_operations.hpp>
#include <svdlens/table/store.hpp>
#include <svdlens/table/top_k.hpp>
#include <svdlens/table/where.hpp>

#include "ending.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "sections.hpp"

namespace program {

struct section_result {
    section from;
    svdlens::description summary;
    svdlens::score_histogram histogram;
    svdlens::selection edges;        ///< the rows outside the two tail quantiles, in row order
    std::vector<bool> also_in_joint; ///< for each edge, whether the tail of the joint section holds it, too
    svdlens::selection highest;      ///< five a head (of a table without heads: five), highest first
    svdlens::selection lowest;       ///< as many, lowest first
    svdlens::component_summary components;
};

/// The percentiles of the describe table.
inline const std::vector<double> described_percentiles{0.001, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999};

/// Rows that are held in memory rather than computed again for each question: 1 GiB of scores.
inline constexpr std::uint64_t stored_rows = std::uint64_t{1} << 28;

/// What a section costs, in operations of a matrix product: so that a bar tells the truth. Measured, in units of a
/// product's multiplications and additions, on scores that lie in memory.
struct section_costs {
    double store = 0;
    double questions = 0; ///< all of them, asked together

    double sum() const { return store + questions; }
};

inline section_costs costs_of(const section& of, std::size_t d_model) {
    const auto rows = static_cast<double>(of.rows);
    const auto product = 2 * static_cast<double>(d_model);
    const bool is_stored = of.rows <= stored_rows;
    const double passes = is_stored ? 0 : 2; // as describe needs
    return {.store = is_stored ? rows * product : 0, .questions = rows * (1260 + passes * product)};
}

/// The rows beyond both tails, about.
inline double expected_edges(const section& of, double tail) {
    return 2 * tail * static_cast<double>(of.rows);
}

/// What an edge costs to join to a graph and to write, beside its scores in double.
inline double edge_cost(std::size_t d_model) { return 550'000 + 180 * static_cast<double>(d_model); }

/// What all sections will cost, before their tables are made: those of neurons, which are by far the largest.
inline double expected_cost(const svdlens::transformer_weights& weights, double tail) {
    const auto& s = weights.sizes;
    const auto size = [](std::size_t n) { return static_cast<double>(n); };
    const double lines = size(s.n_heads) * size(s.d_head);
    const double causal = size(s.n_layers) * (size(s.n_layers) + 1) / 2 * lines;
    double neurons = 0;
    for (const auto& each : weights.mlp_readers()) // one by one, and together
        neurons += (is_seen_whole(each) ? 2 : 1) * expected_rows(weights, each);
    const double heads = causal * lines;
    const double tokens = size(s.n_layers) * lines * 2 * size(s.d_vocab);
    const double rows = neurons + heads + tokens;
    return rows * (2 * size(s.d_model) + 1260 + 2 * tail * edge_cost(s.d_model));
}

namespace detail {

/// One type for stored, collected and lazy scores: the verbs are compiled once.
inline section_result ask(section from, const svdlens::score_source_ref<float>& scores,
                          const section_costs& costs, double tail, const options& o, progress_bar& bar) {
    bar.begin(from.name(), "rows", costs.questions);
    const auto each = from.is_of_heads() ? svdlens::by("head") : svdlens::by();
    auto [edges, summary, histogram, highest, lowest] =
        svdlens::ask(scores, svdlens::outside_quantiles(tail, 1 - tail),
                     svdlens::describe(described_percentiles), svdlens::histogram({.bins = 60}),
                     svdlens::top_k(5, each), svdlens::bottom_k(5, each), o.run(bar.reporter()));
    const auto components = svdlens::summarize(svdlens::circuit_graph(edges));
    std::vector<bool> nowhere(edges.size());
    return {std::move(from),    std::move(summary), std::move(histogram), std::move(edges),
            std::move(nowhere), std::move(highest), std::move(lowest),    components};
}

} // namespace detail

/// Whether a section's rows are picked by a condition and held: by one process alone, as its bits hang on how they lie.
inline bool is_held_by_one(const section& of) {
    return of.condition && svdlens::where(of.scores, *of.condition).max_rows() <= stored_rows;
}

/// Scores that are shared out between processes are not held by any of them.
inline section_result analyse(section from, const section_costs& costs, double tail, const options& o,
                              progress_bar& bar) {
    current_stage = "analysing " + from.name();
    bar.begin(from.name(), "rows", costs.store);
    const auto run = o.run(bar.reporter());
    if (from.condition) {
        const auto narrowed = svdlens::where(from.scores, *from.condition);
        if (narrowed.max_rows() > stored_rows)
            return detail::ask(std::move(from), narrowed, costs, tail, o, bar);
        auto alone = o;
        alone.shards = nullptr;
        const auto held = svdlens::collect(narrowed, alone.run(bar.reporter()));
        return detail::ask(std::move(from), held, costs, tail, o, bar);
    }
    if (from.scores.max_rows() > stored_rows || o.shards != nullptr) {
        const auto scores = from.scores;
        return detail::ask(std::move(from), scores, costs, tail, o, bar);
    }
    const auto stored = svdlens::store(from.scores, run);
    return detail::ask(std::move(from), stored, costs, tail, o, bar);
}

/// A row of one layer's section that is in the joint section's tail as well stands once, in its layer's
/// section, and says so; the joint one keeps those that only it has.
inline void say_once(std::vector<section_result>& results) {
    for (auto& joint : results) {
        std::vector<bool> held(joint.edges.size());
        for (auto& part : results) {
            if (part.from.joint != joint.from.name()) continue;
            const auto rows = joint.edges.rows();
            for (std::size_t k = 0; k < part.edges.size(); ++k) {
                const auto at = std::lower_bound(rows.begin(), rows.end(), part.edges.rows()[k]);
                if (at == rows.end() || *at != part.edges.rows()[k]) continue;
                part.also_in_joint[k] = true;
                held[static_cast<std::size_t>(at - rows.begin())] = true;
            }
        }
        if (std::find(held.begin(), held.end(), true) == held.end()) continue;
        std::vector<svdlens::row_number> rows;
        std::vector<float> scores;
        for (std::size_t k = 0; k < held.size(); ++k)
            if (!held[k]) {
                rows.push_back(joint.edges.rows()[k]);
                scores.push_back(joint.edges.scores()[k]);
            }
        joint.also_in_joint.assign(rows.size(), false);
        joint.edges = svdlens::selection(joint.edges.axes(), std::move(rows), std::move(scores));
    }
}

/// The edges of all sections in one graph, each once: a direction that is read into here and written from
/// there is one node.
inline svdlens::float_graph joined_graph(const std::vector<section_result>& results) {
    svdlens::float_graph graph;
    for (const auto& result : results) graph.add(result.edges);
    return graph;
}

} // namespace program

#endif
