/// @file
/// What `analyse` prints: the answer first, the rest on request.
#ifndef SVDLENS_EXAMPLES_PROGRAM_RESULT_TEXT_HPP
#define SVDLENS_EXAMPLES_PROGRAM_RESULT_TEXT_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include <svdlens/core/text.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/graph/components.hpp>
#include <svdlens/graph/strongest_edges.hpp>
#include <svdlens/table/describe.hpp>

#include "analysis.hpp"
#include "output_folder.hpp"
#include "reading.hpp"
#include "text.hpp"
#include "text_histogram.hpp"

namespace program {

/// The model in a few lines: as the user named it, and its sizes.
inline void print_model(std::ostream& out, const svdlens::transformer_weights& weights) {
    const auto& s = weights.sizes;
    out << "Model   ";
    print_wrapped(out, svdlens::shown_bytes(weights.provenance()), 8);
    std::string sizes = weights.scheme + ": " + svdlens::to_text(s.n_layers) + " layers, " +
                        svdlens::to_text(s.n_heads) + " heads";
    if (s.n_key_value_heads != s.n_heads)
        sizes += " (" + svdlens::to_text(s.n_key_value_heads) + " key/value heads)";
    sizes += ", d_model " + svdlens::to_text(s.d_model) + ", d_head " + svdlens::to_text(s.d_head);
    if (weights.has_mlp())
        sizes += ", d_mlp " + svdlens::to_text(s.d_mlp) + (weights.is_gated() ? " gated" : "");
    if (weights.has_experts())
        sizes +=
            ", " + svdlens::to_text(s.n_experts) + " experts of " + svdlens::to_text(s.d_expert) + " neurons";
    if (weights.has_shared_experts()) sizes += " and a shared one of " + svdlens::to_text(s.d_shared);
    out << "        ";
    print_wrapped(out, sizes, 8);
}

/// What is not in the result, and what was assumed.
inline void print_left_out(std::ostream& out, const read_model& model) {
    print_list(out, "Assumed", model.weights.notes);
    print_list(out, "Dead: below a thousandth of the largest of their kind", dead_lines(model));
    print_list(out, "Left out", model.left_out);
}

/// Where the result is.
inline void print_files(std::ostream& out, const output_folder& folder,
                        const std::vector<std::string>& files) {
    std::string line = folder.place().string() + "/:";
    for (const auto& name : files) line += " " + name;
    out << "\nWritten  ";
    print_wrapped(out, svdlens::shown_bytes(line), 9);
}

/// An edge of one of the sections.
struct strong_edge {
    const section_result* of;
    std::size_t k;

    double score() const { return static_cast<double>(of->edges.scores()[k]); }
};

/// The edges of largest |score|, largest first; equal ones in the order of sections and rows.
inline std::vector<strong_edge> strongest(const std::vector<const section_result*>& results,
                                          std::size_t count) {
    std::vector<strong_edge> all;
    for (const auto* result : results)
        for (std::size_t k = 0; k < result->edges.size(); ++k) all.push_back({result, k});
    const auto stronger = [](const strong_edge& a, const strong_edge& b) {
        return std::abs(a.score()) > std::abs(b.score());
    };
    std::stable_sort(all.begin(), all.end(), stronger);
    all.resize((std::min)(count, all.size()));
    return all;
}

/// Those of what queries and keys read, or all others: scores of the two have two units.
inline std::vector<const section_result*> of_attention(const std::vector<section_result>& results,
                                                       bool is_attention) {
    std::vector<const section_result*> list;
    for (const auto& result : results)
        if (result.from.is_attention() == is_attention) list.push_back(&result);
    return list;
}

inline void print_edges(std::ostream& out, const std::vector<strong_edge>& edges) {
    std::vector<table_line> lines{{"section", "source", "target", "score", "S", "cosine"}};
    for (const auto& edge : edges) {
        const auto row = edge.of->edges.rows()[edge.k];
        const auto parts = edge.of->from.scores.parts(row);
        const auto& axes = edge.of->edges.axes();
        lines.push_back({edge.of->from.name(), fitted(axes.label(row, "source"), 16),
                         fitted(axes.label(row, "target"), 16), number(edge.score(), 3),
                         number(parts.singular_value, 3), number(parts.cosine, 3)});
    }
    print_table(out, lines, 3, "  ");
}

inline table_line component_line(const std::string& name, const svdlens::component_summary& of) {
    return {name, svdlens::to_text(of.nodes), svdlens::to_text(of.edges), svdlens::to_text(of.sizes.size()),
            svdlens::to_text(of.sizes.empty() ? 0 : of.sizes.front())};
}

/// The answer: the strongest edges of all sections, and what graph all edges make.
inline void print_answer(std::ostream& out, const std::vector<section_result>& results,
                         const svdlens::float_graph& graph, svdlens::score_kind kind, double tail) {
    out << "\nStrongest edges, score " << svdlens::to_text(kind) << "\n";
    print_edges(out, strongest(of_attention(results, false), 12));
    if (const auto read = strongest(of_attention(results, true), 6); !read.empty()) {
        out << "\nStrongest edges of queries and keys, in a unit of their own\n";
        print_edges(out, read);
    }
    const auto summary = svdlens::summarize(graph);
    out << "\nCircuit  ";
    print_wrapped(out,
                  svdlens::to_text(summary.edges) + " edges beyond the " + svdlens::percent_name(tail) +
                      " and " + svdlens::percent_name(1 - tail) + " quantiles of their table, among " +
                      svdlens::to_text(summary.nodes) + " nodes in " +
                      svdlens::to_text(summary.sizes.size()) + " components",
                  9);
    std::string hubs;
    for (const auto node : svdlens::hubs(graph, 5))
        hubs += (hubs.empty() ? "" : ", ") + fitted(graph.nodes()[node].label, 20) + " (" +
                svdlens::to_text(graph.degree(node)) + ")";
    if (!hubs.empty()) {
        out << "Hubs     ";
        print_wrapped(out, hubs + " by their edges", 9);
    }
}

/// The leading singular values of every head, and how many directions hold nine tenths of Σ S².
inline void print_spectra(std::ostream& out, const svdlens::float_directions& circuit) {
    constexpr std::uint64_t shown = 5;
    const auto values = circuit.singular_values();
    const auto& axes = circuit.axes();
    const std::uint64_t d_head = axes[2].extent;
    out << "\nSpectra of " << circuit.name()
        << " (singular values; directions that hold 90 % of their squares)\n";
    std::vector<table_line> lines;
    for (std::uint64_t first = 0; first < values.size(); first += d_head) {
        const auto spectrum = values.values().subspan(first, d_head);
        double total = 0, held = 0;
        for (const float s : spectrum) total += static_cast<double>(s) * static_cast<double>(s);
        std::size_t needed = 0;
        while (needed < d_head && held < 0.9 * total) {
            held += static_cast<double>(spectrum[needed]) * static_cast<double>(spectrum[needed]);
            ++needed;
        }
        auto& line = lines.emplace_back();
        line.push_back(axes.label(first, "head"));
        for (std::uint64_t k = 0; k < (std::min)(shown, d_head); ++k)
            line.push_back(number(static_cast<double>(spectrum[k]), 3));
        line.push_back(svdlens::to_text(needed) + " of " + svdlens::to_text(d_head));
    }
    print_table(out, lines, 1, "  ");
}

/// One line a section; describe.csv has all statistics.
inline void print_describe(std::ostream& out, const std::vector<section_result>& results) {
    const std::vector<std::string> shown{"count", "std", "min", "0.1%", "99.9%", "max"};
    std::vector<table_line> lines{{"section"}};
    lines.front().insert(lines.front().end(), shown.begin(), shown.end());
    for (const auto& result : results) {
        auto& line = lines.emplace_back();
        line.push_back(result.from.name());
        for (const auto& [name, value] : svdlens::statistics(result.summary))
            if (std::find(shown.begin(), shown.end(), name) != shown.end())
                line.push_back(name == "count" ? svdlens::to_text(result.summary.count) : number(value, 3));
    }
    out << "\nScores\n";
    print_table(out, lines, 1, "  ");
}

/// A histogram a section, from its lowest to its highest score.
inline void print_histograms(std::ostream& out, const std::vector<section_result>& results) {
    out << "\nDistributions, from the lowest score to the highest (counts on a log scale)\n";
    for (const auto& result : results)
        out << "  " << padded(result.from.name(), 17) << text_bars(result.histogram) << "\n";
}

inline void print_strongest_of_each(std::ostream& out, const std::vector<section_result>& results) {
    out << "\nStrongest edges of each section\n";
    std::vector<strong_edge> edges;
    for (const auto& result : results)
        for (const auto& edge : strongest({&result}, 3)) edges.push_back(edge);
    print_edges(out, edges);
    out << "  (The sign of one score is a convention of its direction; the product along a\n"
           "  path has a meaning.)\n";
}

inline void print_components(std::ostream& out, const std::vector<section_result>& results,
                             const svdlens::float_graph& graph) {
    out << "\nCircuit graph\n";
    std::vector<table_line> lines{{"section", "nodes", "edges", "components", "largest"}};
    for (const auto& result : results) lines.push_back(component_line(result.from.name(), result.components));
    lines.push_back(component_line("all, each edge once", svdlens::summarize(graph)));
    print_table(out, lines, 1, "  ");
}

} // namespace program

#endif
