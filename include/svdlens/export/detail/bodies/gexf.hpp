/// @file
/// The bodies of export/gexf.hpp.
#ifndef SVDLENS_EXPORT_DETAIL_BODIES_GEXF_HPP
#define SVDLENS_EXPORT_DETAIL_BODIES_GEXF_HPP

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
#include "../../gexf.hpp"
#include "../graph_xml.hpp"
#include "../text.hpp"
#include "../text_sink.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Appends ` name="value"`. Line ends and tabs, which readers would make spaces, are references.
template <class Value>
void append_xml_attribute(std::string& out, std::string_view name, const Value& value) {
    ((out += ' ') += name) += "=\"";
    if constexpr (std::convertible_to<const Value&, std::string_view>) {
        std::string text;
        append_xml_text(text, value);
        for (const char c : text) {
            if (c == '"')
                out += "&quot;";
            else if (c == '\n')
                out += "&#10;";
            else if (c == '\t')
                out += "&#9;";
            else
                out += c;
        }
    } else {
        append_xml_number(out, value);
    }
    out += '"';
}

template <class Value>
void append_gexf_value(std::string& out, std::string_view key, const Value& value) {
    append_xml_attribute(out += "<attvalue", "for", key);
    append_xml_attribute(out, "value", value);
    out += "/>";
}

inline constexpr std::string_view gexf_attributes = R"(<graph mode="static" defaultedgetype="directed">
<attributes class="node" mode="static">
<attribute id="entity" title="entity" type="string"/>
<attribute id="layer" title="layer" type="long"/>
<attribute id="component" title="component" type="long"/>
</attributes>
<attributes class="edge" mode="static">
<attribute id="section" title="section" type="string"/>
<attribute id="score" title="score" type="double"/>
<attribute id="sign" title="sign" type="integer"/>
<attribute id="edges" title="edges" type="long"/>
</attributes>
)";

template <class T>
void append_gexf_head(std::string& out, const basic_circuit_graph<T>& graph) {
    out += R"(<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">
<meta><creator>)";
    append_maker(out, {});
    auto about = provenance_lines(graph);
    if (graph.hidden_edges() != 0)
        about += (about.empty() ? "" : "\n") + to_text(graph.hidden_edges()) + " edges hidden";
    append_xml_text(out += "</creator><description>", about);
    (out += "</description></meta>\n") += gexf_attributes;
}

inline void append_gexf_node(std::string& out, std::size_t id, const graph_node& node,
                             std::size_t component) {
    append_xml_attribute(out += "<node", "id", "n" + to_text(id));
    append_xml_attribute(out, "label", node.label);
    out += "><attvalues>";
    append_gexf_value(out, "entity", node.entity);
    if (node.layer) append_gexf_value(out, "layer", *node.layer);
    append_gexf_value(out, "component", component);
    out += "</attvalues></node>\n";
}

template <class T>
void append_gexf_edge(std::string& out, std::size_t id, const written_edge& edge,
                      const basic_circuit_graph<T>& graph) {
    append_xml_attribute(out += "<edge", "id", "e" + to_text(id));
    append_xml_attribute(out, "source", "n" + to_text(edge.source));
    append_xml_attribute(out, "target", "n" + to_text(edge.target));
    append_xml_attribute(out, "weight", static_cast<T>(edge.weight));
    out += "><attvalues>";
    append_gexf_value(out, "section", section_titles(edge, graph));
    append_gexf_value(out, "score", static_cast<T>(edge.score));
    append_gexf_value(out, "sign", sign_of(edge));
    if (edge.edges != 0) append_gexf_value(out, "edges", edge.edges);
    out += "</attvalues></edge>\n";
}

template <class T>
void put_gexf(text_sink& sink, const basic_circuit_graph<T>& graph, const gexf_options& options) {
    append_gexf_head(sink.text(), graph);
    const auto components = connected_components(graph);
    sink.text() += "<nodes>\n";
    for (std::size_t k = 0; k < graph.nodes().size(); ++k, sink.pause())
        append_gexf_node(sink.text(), k, graph.nodes()[k], components.component[k]);
    sink.text() += "</nodes>\n<edges>\n";
    for_each_written_edge(graph, options.parallel, [&](std::size_t id, const written_edge& edge) {
        append_gexf_edge(sink.text(), id, edge, graph);
        sink.pause();
    });
    sink.text() += "</edges>\n</graph>\n</gexf>\n";
}

} // namespace detail

template <std::floating_point T>
std::string to_gexf(const basic_circuit_graph<T>& graph, const gexf_options& options) {
    detail::text_sink sink;
    detail::put_gexf(sink, graph, options);
    return std::move(sink.text());
}

template <std::floating_point T>
void write_gexf(const std::filesystem::path& path, const basic_circuit_graph<T>& graph,
                const gexf_options& options) {
    file_writer file(path);
    detail::text_sink sink(file);
    detail::put_gexf(sink, graph, options);
    sink.flush();
    file.commit();
}

#ifdef SVDLENS_COMPILED
template std::string to_gexf(const basic_circuit_graph<float>& graph, const gexf_options& options);
template std::string to_gexf(const basic_circuit_graph<double>& graph, const gexf_options& options);
template void write_gexf(const std::filesystem::path& path, const basic_circuit_graph<float>& graph,
                         const gexf_options& options);
template void write_gexf(const std::filesystem::path& path, const basic_circuit_graph<double>& graph,
                         const gexf_options& options);
#endif

} // namespace svdlens::inline v0_2

#endif
