/// @file
/// The bodies of export/graphml.hpp.
#ifndef SVDLENS_EXPORT_DETAIL_BODIES_GRAPHML_HPP
#define SVDLENS_EXPORT_DETAIL_BODIES_GRAPHML_HPP

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

/// Appends a number in the words of XML Schema: `INF` and `-INF`.
template <class T>
void append_xml_number(std::string& out, T value) {
    if constexpr (std::floating_point<T>) {
        if (std::isinf(value)) {
            out += value < 0 ? "-INF" : "INF";
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

template <class T>
void append_graphml_edge(std::string& out, std::size_t id, const graph_edge<T>& edge,
                         std::string_view section) {
    append_number(out += "<edge id=\"e", id);
    append_number(out += "\" source=\"n", edge.source);
    append_number(out += "\" target=\"n", edge.target);
    out += "\">";
    append_xml_data(out, "section", section);
    append_xml_data(out, "score", edge.score);
    append_xml_data(out, "weight", std::abs(edge.score));
    append_xml_data(out, "sign", static_cast<int>(edge.score > 0) - static_cast<int>(edge.score < 0));
    out += "</edge>\n";
}

template <class T>
void put_graphml(text_sink& sink, const basic_circuit_graph<T>& graph) {
    sink.text() += graphml_head;
    append_graphml_attributes(sink.text(), graph);
    const auto components = connected_components(graph);
    for (std::size_t k = 0; k < graph.nodes().size(); ++k, sink.pause())
        append_graphml_node(sink.text(), k, graph.nodes()[k], components.component[k]);
    for (std::size_t k = 0; k < graph.edges().size(); ++k, sink.pause()) {
        const auto& edge = graph.edges()[k];
        append_graphml_edge(sink.text(), k, edge, graph.sections()[edge.section].title);
    }
    sink.text() += "</graph>\n</graphml>\n";
}

} // namespace detail

template <std::floating_point T>
std::string to_graphml(const basic_circuit_graph<T>& graph) {
    detail::text_sink sink;
    detail::put_graphml(sink, graph);
    return std::move(sink.text());
}

template <std::floating_point T>
void write_graphml(const std::filesystem::path& path, const basic_circuit_graph<T>& graph) {
    file_writer file(path);
    detail::text_sink sink(file);
    detail::put_graphml(sink, graph);
    sink.flush();
    file.commit();
}

#ifdef SVDLENS_COMPILED
template std::string to_graphml(const basic_circuit_graph<float>& graph);
template std::string to_graphml(const basic_circuit_graph<double>& graph);
template void write_graphml(const std::filesystem::path& path, const basic_circuit_graph<float>& graph);
template void write_graphml(const std::filesystem::path& path, const basic_circuit_graph<double>& graph);
#endif

} // namespace svdlens::inline v0_2

#endif
