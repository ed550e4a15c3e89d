/// @file
/// The bodies of export/dot.hpp.
#ifndef SVDLENS_EXPORT_DETAIL_BODIES_DOT_HPP
#define SVDLENS_EXPORT_DETAIL_BODIES_DOT_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "../../../core/file_writer.hpp"
#include "../../../core/text.hpp"
#include "../../../graph/circuit_graph.hpp"
#include "../../dot.hpp"
#include "../text.hpp"
#include "../text_sink.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Appends text as a DOT string that shows as it is: Graphviz would read backslashes as escapes (`\N` is a
/// node's name) and `&name;` as characters.
inline void append_dot_string(std::string& out, std::string_view text) {
    out += '"';
    append_printable(out, text, [](char c) -> std::string_view {
        switch (c) {
        case '"':
            return "\\\"";
        case '\\':
            return "\\\\";
        case '&':
            return "&amp;";
        case '\n':
            return "\\n";
        default:
            return {};
        }
    });
    out += '"';
}

inline constexpr std::string_view dot_head =
    R"(// Blue edges have a positive score, red ones a negative one, wide ones a large one. The sign of one score is
// a gauge: only the product of a reading and a writing score of the same direction has a sign that means something.
digraph circuit {
  rankdir=LR;
  node [shape=box];
)";

inline void append_dot_comment(std::string& out, std::string_view line) {
    out += "// ";
    append_one_line(out, line);
    out += '\n';
}

template <class T>
void append_dot_head(std::string& out, const basic_circuit_graph<T>& graph) {
    std::string maker;
    append_maker(maker, {});
    append_dot_comment(out, maker);
    for (const auto& line : graph.provenance()) append_dot_comment(out, line);
    out += dot_head;
    if (graph.hidden_edges() == 0) return;
    append_number(out += "  label=\"weaker edges hidden: ", graph.hidden_edges());
    out += "\";\n";
}

inline void append_dot_node(std::string& out, std::size_t id, const graph_node& node) {
    append_number(out += "  n", id);
    append_dot_string(out += " [label=", node.label);
    append_dot_string(out += ", tooltip=", node.entity);
    out += "];\n";
}

/// The pen of an edge: 0.5 to 4 points, linear in |score|.
inline double pen_width(double weight, double heaviest) {
    if (!(heaviest > 0)) return 0.5;
    return 0.5 + 3.5 * (std::min)(1.0, weight / heaviest);
}

template <class T>
void append_dot_edge(std::string& out, const graph_edge<T>& edge, const std::string& section,
                     double heaviest) {
    const double score = static_cast<double>(edge.score);
    const std::string_view colour = score > 0 ? "#2166ac" : score < 0 ? "#b2182b" : "#777777";
    append_number(out += "  n", edge.source);
    append_number(out += " -> n", edge.target);
    append_dot_string(out += " [color=", colour);
    out += ", penwidth=" + to_rounded_text(pen_width(std::abs(score), heaviest), 3);
    append_dot_string(out += ", tooltip=", section + " " + to_text(edge.score));
    out += "];\n";
}

template <class T>
void put_dot(text_sink& sink, const basic_circuit_graph<T>& graph) {
    append_dot_head(sink.text(), graph);
    for (std::size_t k = 0; k < graph.nodes().size(); ++k, sink.pause())
        append_dot_node(sink.text(), k, graph.nodes()[k]);
    double heaviest = 0; // of finite scores: infinite ones are drawn as wide as it
    for (const auto& edge : graph.edges()) {
        const double weight = std::abs(static_cast<double>(edge.score));
        if (std::isfinite(weight)) heaviest = (std::max)(heaviest, weight);
    }
    for (const auto& edge : graph.edges()) {
        append_dot_edge(sink.text(), edge, graph.sections()[edge.section].title, heaviest);
        sink.pause();
    }
    sink.text() += "}\n";
}

} // namespace detail

template <std::floating_point T>
std::string to_dot(const basic_circuit_graph<T>& graph) {
    detail::text_sink sink;
    detail::put_dot(sink, graph);
    return std::move(sink.text());
}

template <std::floating_point T>
void write_dot(const std::filesystem::path& path, const basic_circuit_graph<T>& graph) {
    file_writer file(path);
    detail::text_sink sink(file);
    detail::put_dot(sink, graph);
    sink.flush();
    file.commit();
}

#ifdef SVDLENS_COMPILED
template std::string to_dot(const basic_circuit_graph<float>& graph);
template std::string to_dot(const basic_circuit_graph<double>& graph);
template void write_dot(const std::filesystem::path& path, const basic_circuit_graph<float>& graph);
template void write_dot(const std::filesystem::path& path, const basic_circuit_graph<double>& graph);
#endif

} // namespace svdlens::inline v0_2

#endif
