/// @file
/// What graph files in XML have in common: text, numbers, and edges as they are written.
#ifndef SVDLENS_EXPORT_DETAIL_GRAPH_XML_HPP
#define SVDLENS_EXPORT_DETAIL_GRAPH_XML_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/text.hpp"
#include "../../graph/circuit_graph.hpp"
#include "../parallel_edges.hpp"
#include "text.hpp"

namespace svdlens::inline v0_2::detail {

/// Appends text as XML character data. Tabs and line feeds stay; a carriage return, which readers would turn
/// into a line feed, is written as a reference.
inline void append_xml_text(std::string& out, std::string_view text) {
    append_printable(out, text, [](char c) -> std::string_view {
        switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '\t':
            return "\t";
        case '\n':
            return "\n";
        case '\r':
            return "&#13;";
        default:
            return {};
        }
    });
}

/// Appends a number in the words of XML Schema: `INF`, `-INF` and `NaN`.
template <class T>
void append_xml_number(std::string& out, T value) {
    if constexpr (std::floating_point<T>) {
        if (std::isinf(value)) {
            out += value < 0 ? "-INF" : "INF";
            return;
        }
        if (std::isnan(value)) {
            out += "NaN";
            return;
        }
    }
    append_number(out, value);
}

/// An edge as it is written: one of the graph, or several merged into one.
struct written_edge {
    std::size_t source;
    std::size_t target;
    double score;
    double weight;
    std::vector<std::uint32_t> sections; ///< in the order of their first edges
    std::size_t edges = 0;               ///< that it stands for; 0: it is itself
};

template <class T>
written_edge as_written(const graph_edge<T>& edge) {
    return {edge.source, edge.target, edge.score, std::abs(edge.score), {edge.section}};
}

/// One edge for all from a node to another, where the first one stands.
template <class T>
std::vector<written_edge> merged_edges(const basic_circuit_graph<T>& graph) {
    std::vector<written_edge> merged;
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> places;
    for (const auto& edge : graph.edges()) {
        const auto [place, is_new] = places.try_emplace({edge.source, edge.target}, merged.size());
        if (is_new) merged.push_back({edge.source, edge.target, 0, 0, {}});
        auto& all = merged[place->second];
        all.score += edge.score;
        all.weight += std::abs(edge.score);
        ++all.edges;
        if (std::find(all.sections.begin(), all.sections.end(), edge.section) == all.sections.end())
            all.sections.push_back(edge.section);
    }
    return merged;
}

/// Calls `put(number, edge)` for each edge that is written.
template <class T, class Put>
void for_each_written_edge(const basic_circuit_graph<T>& graph, parallel_edges parallel, Put put) {
    std::size_t id = 0;
    if (parallel == parallel_edges::merged)
        for (const auto& edge : merged_edges(graph)) put(id++, edge);
    else
        for (const auto& edge : graph.edges()) put(id++, as_written(edge));
}

/// The titles of an edge's sections, with `; ` between.
template <class T>
std::string section_titles(const written_edge& edge, const basic_circuit_graph<T>& graph) {
    std::string titles;
    for (const auto& section : edge.sections)
        (titles += &section == edge.sections.data() ? "" : "; ") += graph.sections()[section].title;
    return titles;
}

inline int sign_of(const written_edge& edge) {
    return static_cast<int>(edge.score > 0) - static_cast<int>(edge.score < 0);
}

/// What is known of the graph as a whole: its provenance, one line a source.
template <class T>
std::string provenance_lines(const basic_circuit_graph<T>& graph) {
    std::string lines;
    for (const auto& line : graph.provenance()) (lines += lines.empty() ? "" : "\n") += line;
    return lines;
}

} // namespace svdlens::inline v0_2::detail

#endif
