/// @file
/// What `analyse` finds out about each section, and about the whole model.
#ifndef SVDLENS_EXAMPLES_PROGRAM_ANALYSIS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_ANALYSIS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/graph/circuit_graph.hpp>
#include <svdlens/graph/components.hpp>
#include <svdlens/table/ask.hpp>
#include <svdlens/table/by.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/histogram.hpp>
#include <svdlens/table/long_table.hpp>
#include <svdlens/table/outside.hpp>
#include <svdlens/table/score_source.hpp>
#include <svdlens/table/selection.hpp>
#include <svdlens/table/set_operations.hpp>
#include <svdlens/table/store.hpp>
#include <svdlens/table/top_k.hpp>
#include <svdlens/table/where.hpp>
#include <svdlens/tensor/tensor.hpp>

#include "ending.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "sections.hpp"
#include "units.hpp"

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

/// Rows of a table of all layers that are held while the tables of its layers are asked: 1 GiB of scores.
inline constexpr std::uint64_t held_rows = std::uint64_t{1} << 28;

/// The table of all layers whose scores are held, so that a section reads its own there; null: there is none, or it is not
/// held. Scores that are shared out between processes are not held by any of them.
inline const section* held_table(const std::vector<section>& sections, const section& part,
                                 const options& o) {
    if (part.joint.empty() || part.condition || o.shards != nullptr) return nullptr;
    const auto at = std::find_if(sections.begin(), sections.end(),
                                 [&](const section& each) { return each.name() == part.joint; });
    if (at == sections.end() || at->condition || at->rows > held_rows) return nullptr;
    return &*at;
}

/// What the questions of a section cost, in multiplications and additions of a product: so that a bar tells the truth.
/// Measured on scores that lie in memory.
inline double question_cost(const section& of) { return 1260 * static_cast<double>(of.rows); }

/// What computing the scores of a section costs, once.
inline double product_cost(const section& of) {
    return 2 * static_cast<double>(of.rows) * static_cast<double>(of.scores.directions().d_model());
}

/// What a section costs that computes its own scores: twice, as describe needs, where they are not kept from one pass to
/// the next.
inline double section_cost(const section& of, std::uint64_t budget) {
    const double products = of.rows <= budget / sizeof(float) ? 1 : 2;
    return question_cost(of) + products * product_cost(of);
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

/// One type for held, collected and lazy scores: the verbs are compiled once.
inline section_result ask(section from, const svdlens::score_source_ref<float>& scores, double tail,
                          const svdlens::execution& run) {
    const auto each = from.is_of_heads() ? svdlens::by("head") : svdlens::by();
    auto [edges, summary, histogram, highest, lowest] = svdlens::ask(
        scores, svdlens::outside_quantiles(tail, 1 - tail), svdlens::describe(described_percentiles),
        svdlens::histogram({.bins = 60}), svdlens::top_k(5, each), svdlens::bottom_k(5, each), run);
    const auto components = svdlens::summarize(svdlens::circuit_graph(edges));
    std::vector<bool> nowhere(edges.size());
    return {std::move(from),    std::move(summary), std::move(histogram), std::move(edges),
            std::move(nowhere), std::move(highest), std::move(lowest),    components};
}

/// The rows of one layer's section, as they lie in the table of all layers. It refers to the table.
inline svdlens::float_table layer_of(const svdlens::float_table& joint, const section& part) {
    const auto& tiles = part.scores.tiles();
    const auto size = static_cast<std::size_t>(tiles.size());
    const std::size_t first = size == 0 ? 0 : joint.tiles().offset(tiles.row(0)).value();
    return {part.scores.axes(), svdlens::tensor(joint.values().subspan(first, size), {size}, nullptr), tiles};
}

/// Asks a section whose scores are computed as they are read.
inline section_result ask_own(const section& from, double tail, const svdlens::execution& run) {
    if (!from.condition) return ask(from, from.scores, tail, run);
    const auto narrowed = svdlens::where(from.scores, *from.condition);
    if (narrowed.max_rows() > held_rows) return ask(from, narrowed, tail, run);
    auto alone = run;
    alone.shared = nullptr;
    const auto held = svdlens::collect(narrowed, alone);
    return ask(from, held, tail, run);
}

} // namespace detail

/// What all sections cost together, as `analyse_all` goes about it.
inline double cost_of_all(const std::vector<section>& sections, const options& o) {
    double sum = 0;
    for (const auto& each : sections)
        sum += held_table(sections, each, o) != nullptr ? question_cost(each) : section_cost(each, o.memory);
    return sum;
}

/// Whether a section's rows are picked by a condition and held: by one process alone, as its bits hang on how they lie.
inline bool is_held_by_one(const section& of) {
    return of.condition && svdlens::where(of.scores, *of.condition).max_rows() <= held_rows;
}

/// Asks every section all questions at once. The product of a table of all layers is made once: the sections of its layers
/// read what they have of it.
inline std::vector<section_result> analyse_all(const std::vector<section>& sections, double tail,
                                               const options& o, progress_bar& bar) {
    std::vector<section_result> results;
    std::map<std::string, svdlens::float_table> held; // until the turn of their own section, the last
    const auto begin = [&](const section& of, double cost) {
        current_stage = "analysing " + of.name();
        bar.begin(of.name(), "rows", cost);
        return o.run(bar.reporter());
    };
    const auto analyse = [&](const section& each) {
        if (const auto* joint = held_table(sections, each, o)) {
            if (!held.contains(joint->name()))
                held.emplace(joint->name(),
                             svdlens::store(joint->scores, begin(*joint, product_cost(*joint))));
            const auto layer = detail::layer_of(held.at(joint->name()), each);
            return detail::ask(each, layer, tail, begin(each, question_cost(each)));
        }
        if (const auto own = held.extract(each.name()))
            return detail::ask(each, own.mapped(), tail, begin(each, question_cost(each)));
        return detail::ask_own(each, tail, begin(each, section_cost(each, o.memory)));
    };
    for (const auto& each : sections) {
        if (is_shard(o) && is_held_by_one(each)) continue;
        in_unit(o, each.name(), [&] { results.push_back(analyse(each)); });
    }
    return results;
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
