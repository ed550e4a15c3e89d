/// @file
/// The bodies of export/graphml.hpp.
#ifndef SVDLENS_EXPORT_DETAIL_BODIES_GRAPHML_HPP
#define SVDLENS_EXPORT_DETAIL_BODIES_GRAPHML_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/file_writer.hpp"
#include "../../../core/text.hpp"
#include "../../../graph/circuit_graph.hpp"
#include "../../../graph/components.hpp"
#include "../../graphml.hpp"
#include "../text.hpp"
#include "../text_sink.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

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

/// Appends `<data key="...">value</data>`.
template <class Value>
void append_xml_data(std::string& out, std::string_view key, const Value& value) {
    ((out += "<data key=\"") += key) += "\">";
    if constexpr (std::convertible_to<const Value&, std::string_view>)
        append_xml_text(out, value);
    else
        append_xml_number(out, value);
    out += "</data>";
}

inline constexpr std::string_view graphml_head =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
<key id="maker" for="graph" attr.name="maker" attr.type="string"/>
<key id="provenance" for="graph" attr.name="provenance" attr.type="string"/>
<key id="hidden_edges" for="graph" attr.name="hidden_edges" attr.type="long"/>
<key id="label" for="node" attr.name="label" attr.type="string"/>
<key id="entity" for="node" attr.name="entity" attr.type="string"/>
<key id="layer" for="node" attr.name="layer" attr.type="long"/>
<key id="component" for="node" attr.name="component" attr.type="long"/>
<key id="section" for="edge" attr.name="section" attr.type="string"/>
<key id="score" for="edge" attr.name="score" attr.type="double"/>
<key id="weight" for="edge" attr.name="weight" attr.type="double"/>
<key id="sign" for="edge" attr.name="sign" attr.type="int"/>
<key id="edges" for="edge" attr.name="edges" attr.type="long"/>
<graph id="circuit" edgedefault="directed">
)";

/// What is known of the graph as a whole; its provenance one line a source.
template <class T>
void append_graphml_attributes(std::string& out, const basic_circuit_graph<T>& graph) {
    std::string maker;
    append_maker(maker, {});
    append_xml_data(out, "maker", maker);
    std::string provenance;
    for (const auto& line : graph.provenance()) (provenance += provenance.empty() ? "" : "\n") += line;
    append_xml_data(out, "provenance", provenance);
    append_xml_data(out, "hidden_edges", graph.hidden_edges());
    out += '\n';
}

inline void append_graphml_node(std::string& out, std::size_t id, const graph_node& node,
                                std::size_t component) {
    append_number(out += "<node id=\"n", id);
    out += "\">";
    append_xml_data(out, "label", node.label);
    append_xml_data(out, "entity", node.entity);
    if (node.layer) append_xml_data(out, "layer", *node.layer);
    append_xml_data(out, "component", component);
    out += "</node>\n";
}

/// An edge as it is written: one of the graph, or several merged into one.
struct graphml_edge {
    std::size_t source;
    std::size_t target;
    double score;
    double weight;
    std::vector<std::uint32_t> sections; ///< in the order of their first edges
    std::size_t edges = 0;               ///< that it stands for; 0: it is itself
};

template <class T>
void append_graphml_edge(std::string& out, std::size_t id, const graphml_edge& edge,
                         const basic_circuit_graph<T>& graph) {
    append_number(out += "<edge id=\"e", id);
    append_number(out += "\" source=\"n", edge.source);
    append_number(out += "\" target=\"n", edge.target);
    out += "\">";
    std::string title;
    for (const auto& section : edge.sections)
        (title += &section == edge.sections.data() ? "" : "; ") += graph.sections()[section].title;
    append_xml_data(out, "section", title);
    append_xml_data(out, "score", static_cast<T>(edge.score));
    append_xml_data(out, "weight", static_cast<T>(edge.weight));
    append_xml_data(out, "sign", static_cast<int>(edge.score > 0) - static_cast<int>(edge.score < 0));
    if (edge.edges != 0) append_xml_data(out, "edges", edge.edges);
    out += "</edge>\n";
}

template <class T>
graphml_edge as_written(const graph_edge<T>& edge) {
    return {edge.source, edge.target, edge.score, std::abs(edge.score), {edge.section}};
}

/// One edge for all from a node to another, where the first one stands.
template <class T>
std::vector<graphml_edge> merged_edges(const basic_circuit_graph<T>& graph) {
    std::vector<graphml_edge> merged;
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

template <class T>
void put_graphml_edges(text_sink& sink, const basic_circuit_graph<T>& graph, parallel_edges parallel) {
    std::size_t id = 0;
    if (parallel == parallel_edges::merged) {
        for (const auto& edge : merged_edges(graph)) {
            append_graphml_edge(sink.text(), id++, edge, graph);
            sink.pause();
        }
        return;
    }
    for (const auto& edge : graph.edges()) {
        append_graphml_edge(sink.text(), id++, as_written(edge), graph);
        sink.pause();
    }
}

template <class T>
void put_graphml(text_sink& sink, const basic_circuit_graph<T>& graph, const graphml_options& options) {
    sink.text() += graphml_head;
    append_graphml_attributes(sink.text(), graph);
    const auto components = connected_components(graph);
    for (std::size_t k = 0; k < graph.nodes().size(); ++k, sink.pause())
        append_graphml_node(sink.text(), k, graph.nodes()[k], components.component[k]);
    put_graphml_edges(sink, graph, options.parallel);
    sink.text() += "</graph>\n</graphml>\n";
}

} // namespace detail

template <std::floating_point T>
std::string to_graphml(const basic_circuit_graph<T>& graph, const graphml_options& options) {
    detail::text_sink sink;
    detail::put_graphml(sink, graph, options);
    return std::move(sink.text());
}

template <std::floating_point T>
void write_graphml(const std::filesystem::path& path, const basic_circuit_graph<T>& graph,
                   const graphml_options& options) {
    file_writer file(path);
    detail::text_sink sink(file);
    detail::put_graphml(sink, graph, options);
    sink.flush();
    file.commit();
}

#ifdef SVDLENS_COMPILED
template std::string to_graphml(const basic_circuit_graph<float>& graph, const graphml_options& options);
template std::string to_graphml(const basic_circuit_graph<double>& graph, const graphml_options& options);
template void write_graphml(const std::filesystem::path& path, const basic_circuit_graph<float>& graph,
                            const graphml_options& options);
template void write_graphml(const std::filesystem::path& path, const basic_circuit_graph<double>& graph,
                            const graphml_options& options);
#endif

} // namespace svdlens::inline v0_2

#endif
