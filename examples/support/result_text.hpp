/// @file
/// What circuit_analysis prints.
#ifndef SVDLENS_EXAMPLES_RESULT_TEXT_HPP
#define SVDLENS_EXAMPLES_RESULT_TEXT_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <svdlens/core/text.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/graph/strongest_edges.hpp>
#include <svdlens/model/transformer_weights.hpp>
#include <svdlens/table/describe.hpp>

#include "analysis.hpp"
#include "model_text.hpp"
#include "planted_recovery.hpp"
#include "text_histogram.hpp"

namespace result_text {

/// The leading singular values of every head, and how many directions hold nine tenths of Σ S².
inline void print_spectra(std::ostream& out, const svdlens::singular_directions_set& circuit) {
    constexpr std::uint64_t shown = 6;
    const auto values = circuit.singular_values();
    const auto& axes = circuit.axes();
    const std::uint64_t d_head = axes[2].extent;
    out << "\nSpectra of " << circuit.name()
        << " (singular values; directions that hold 90 % of their squares)\n";
    for (std::uint64_t first = 0; first < values.size(); first += d_head) {
        const auto spectrum = values.values().subspan(first, d_head);
        double total = 0, held = 0;
        for (const float s : spectrum) total += static_cast<double>(s) * static_cast<double>(s);
        std::size_t needed = 0;
        while (needed < d_head && held < 0.9 * total) {
            held += static_cast<double>(spectrum[needed]) * static_cast<double>(spectrum[needed]);
            ++needed;
        }
        out << "  " << padded(axes.label(first, "head"), 8);
        for (std::uint64_t k = 0; k < std::min(shown, d_head); ++k)
            out << padded(number(static_cast<double>(spectrum[k]), 3), 9);
        out << (d_head > shown ? "...  " : "  ") << needed << " of " << d_head << "\n";
    }
}

/// One line a section; describe.csv has all statistics.
inline void print_describe(std::ostream& out, const std::vector<section_result>& results) {
    constexpr std::size_t width = 11;
    const std::vector<std::string> shown{"count", "std", "min", "0.1%", "50%", "99.9%", "max"};
    out << "\nScores            ";
    for (const auto& name : shown) out << right_aligned(name, width);
    out << "\n";
    for (const auto& result : results) {
        out << "  " << padded(result.from.name(), 18);
        for (const auto& [name, value] : svdlens::statistics(result.summary))
            if (std::find(shown.begin(), shown.end(), name) != shown.end())
                out << right_aligned(name == "count" ? svdlens::to_text(result.summary.count)
                                                     : number(value, 3),
                                     name == "count" ? width - 2 : width);
        out << "\n";
    }
}

/// A histogram a section, from its lowest to its highest score.
inline void print_histograms(std::ostream& out, const std::vector<section_result>& results) {
    out << "\nDistributions (counts on a log scale)\n";
    for (const auto& result : results)
        out << "  " << padded(result.from.name(), 18) << right_aligned(number(result.summary.min, 3), 10)
            << " " << text_bars(result.histogram) << " " << number(result.summary.max, 3) << "\n";
}

/// The edges of largest |score| of each section. The sign of one score is a gauge; see the last line.
inline void print_strongest(std::ostream& out, const std::vector<section_result>& results,
                            std::size_t count) {
    out << "\nStrongest edges               " << padded("source", 20) << padded("target", 20)
        << right_aligned("score", 10) << right_aligned("S", 9) << right_aligned("cosine", 9)
        << right_aligned("scaled", 10) << "\n";
    for (const auto& result : results) {
        const auto scores = result.edges.scores();
        std::vector<std::size_t> order(result.edges.size());
        for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return std::abs(scores[a]) > std::abs(scores[b]);
        });
        order.resize(std::min(count, order.size()));
        std::string name = result.from.name();
        for (const std::size_t k : order) {
            const auto row = result.edges.rows()[k];
            const auto parts = result.from.scores.parts(row);
            const auto& axes = result.edges.axes();
            out << "  " << padded(name, 28) << padded(axes.label(row, "source"), 20)
                << padded(axes.label(row, "target"), 20)
                << right_aligned(number(static_cast<double>(scores[k])), 10)
                << right_aligned(number(parts.singular_value, 3), 9)
                << right_aligned(number(parts.cosine, 3), 9) << right_aligned(number(parts.scaled, 3), 10)
                << "\n";
            name.clear();
        }
    }
    out << "  (The sign of one score is a convention of its direction; the product along a path has a "
           "meaning.)\n";
}

inline void print_components(std::ostream& out, const std::vector<section_result>& results) {
    out << "\nCircuit graph                      nodes     edges  components   largest\n";
    for (const auto& result : results) {
        const auto& sizes = result.components.sizes;
        out << "  " << padded(result.from.name(), 28)
            << right_aligned(svdlens::to_text(result.components.nodes), 10)
            << right_aligned(svdlens::to_text(result.components.edges), 10)
            << right_aligned(svdlens::to_text(sizes.size()), 12)
            << right_aligned(svdlens::to_text(sizes.empty() ? 0 : sizes.front()), 10) << "\n";
    }
}

inline void print_joined(std::ostream& out, const svdlens::basic_circuit_graph<float>& graph) {
    const auto summary = svdlens::summarize(graph);
    out << "  " << padded("all sections joined", 28) << right_aligned(svdlens::to_text(summary.nodes), 10)
        << right_aligned(svdlens::to_text(summary.edges), 10)
        << right_aligned(svdlens::to_text(summary.sizes.size()), 12)
        << right_aligned(svdlens::to_text(summary.sizes.empty() ? 0 : summary.sizes.front()), 10) << "\n";
    out << "  hubs:";
    for (const auto node : svdlens::hubs(graph, 5))
        out << " " << graph.nodes()[node].label << " (" << graph.degree(node) << ")";
    out << "\n";
    if (graph.hidden_edges() != 0)
        out << "  The graph files hold the " << summary.edges << " strongest edges; " << graph.hidden_edges()
            << " weaker ones are hidden (--max-edges).\n";
}

inline void print_found(std::ostream& out, const planted::recovery& found) {
    out << "\nPlanted edges                   " << padded("source", 14) << padded("target", 14)
        << right_aligned("planted", 9) << right_aligned("score", 10) << "   found\n";
    for (const auto& e : found.edges) {
        out << "  " << padded(e.planted.section, 30) << padded(e.source, 14) << padded(e.target, 14)
            << right_aligned(number(e.planted.c, 2), 9) << right_aligned(number(e.score, 3), 10) << "   "
            << (e.outside ? "in the tail" : "not in the tail") << (e.right_sign ? "" : ", wrong sign")
            << (e.rank != 0 ? ", rank " + std::to_string(e.rank) : "") << "\n";
    }
}

} // namespace result_text

#endif
