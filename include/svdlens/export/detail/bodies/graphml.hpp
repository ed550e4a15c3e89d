/// @file
/// The bodies of export/graphml.hpp.
#ifndef SVDLENS_EXPORT_DETAIL_BODIES_GRAPHML_HPP
#define SVDLENS_EXPORT_DETAIL_BODIES_GRAPHML_HPP

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
#include "../graph_xml.hpp"
#include "../text.hpp"
#include "../text_sink.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

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

template <class T>
void append_graphml_attributes(std::string& out, const basic_circuit_graph<T>& graph) {
    std::string maker;
    append_maker(maker, {});
    append_xml_data(out, "maker", maker);
    append_xml_data(out, "provenance", provenance_lines(graph));
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
void append_graphml_edge(std::string& out, std::size_t id, const written_edge& edge,
                         const basic_circuit_graph<T>& graph) {
    append_number(out += "<edge id=\"e", id);
    append_number(out += "\" source=\"n", edge.source);
    append_number(out += "\" target=\"n", edge.target);
    out += "\">";
    append_xml_data(out, "section", section_titles(edge, graph));
    append_xml_data(out, "score", static_cast<T>(edge.score));
    append_xml_data(out, "weight", static_cast<T>(edge.weight));
    append_xml_data(out, "sign", sign_of(edge));
    if (edge.edges != 0) append_xml_data(out, "edges", edge.edges);
    out += "</edge>\n";
}

template <class T>
void put_graphml(text_sink& sink, const basic_circuit_graph<T>& graph, const graphml_options& options) {
    sink.text() += graphml_head;
    append_graphml_attributes(sink.text(), graph);
    const auto components = connected_components(graph);
    for (std::size_t k = 0; k < graph.nodes().size(); ++k, sink.pause())
        append_graphml_node(sink.text(), k, graph.nodes()[k], components.component[k]);
    for_each_written_edge(graph, options.parallel, [&](std::size_t id, const written_edge& edge) {
        append_graphml_edge(sink.text(), id, edge, graph);
        sink.pause();
    });
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
