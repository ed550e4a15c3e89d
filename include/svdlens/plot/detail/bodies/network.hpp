/// @file
/// The bodies of plot/network.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_NETWORK_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_NETWORK_HPP

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/file_writer.hpp"
#include "../../../core/text.hpp"
#include "../../../core/version.hpp"
#include "../../../graph/circuit_graph.hpp"
#include "../../../graph/components.hpp"
#include "../../../graph/strongest_edges.hpp"
#include "../../json.hpp"
#include "../../network.hpp"
#include "../../palette.hpp"
#include "../../panel.hpp"
#include "../drawn_element.hpp"
#include "../json_values.hpp"
#include "../network_columns.hpp"
#include "../network_layout.hpp"
#include "../node_groups.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

/// What there is in a graph, each entity with a shape of its own.
inline json entity_shapes(const std::vector<graph_node>& nodes) {
    constexpr std::array<std::string_view, 5> others = {"triangle", "diamond", "star", "hexagon",
                                                        "triangleDown"};
    std::map<std::string, std::string_view> shapes;
    for (const auto& node : nodes) shapes.try_emplace(node.entity);
    std::size_t next = 0;
    json result = json::array();
    for (auto& [entity, shape] : shapes) {
        if (entity.ends_with("direction"))
            shape = "dot";
        else if (entity == "neuron")
            shape = "square";
        else
            shape = others[next++ % others.size()];
        result.push_back({{"name", entity}, {"shape", shape}});
    }
    return result;
}

/// A score that is not NaN.
template <std::floating_point T>
json score_value(T score) {
    if (std::isfinite(score)) return number(score);
    return score > 0 ? "Infinity" : "-Infinity";
}

template <std::floating_point T>
json network_nodes(const basic_circuit_graph<T>& graph, const graph_components& components,
                   const std::vector<json>& groups, const network_layout& places) {
    json nodes = json::array();
    for (std::size_t k = 0; k < graph.nodes().size(); ++k) {
        const auto& node = graph.nodes()[k];
        nodes.push_back({{"label", shortened(node.label, most_of_a_label)},
                         {"entity", node.entity},
                         {"group", groups[k]},
                         {"component", components.component[k]},
                         {"x", std::round(places.x[k])},
                         {"y", std::round(places.y[k])}});
    }
    return nodes;
}

template <std::floating_point T>
json network_edges(const basic_circuit_graph<T>& graph) {
    json edges = json::array();
    for (const auto& edge : graph.edges())
        edges.push_back({{"source", edge.source},
                         {"target", edge.target},
                         {"score", score_value(edge.score)},
                         {"section", edge.section}});
    return edges;
}

template <std::floating_point T>
json network_data(const basic_circuit_graph<T>& graph, const graph_components& components) {
    const auto columns = find_columns(graph);
    const auto places = lay_out(graph, columns, components);
    auto groups = group_nodes(graph.nodes());
    json sections = json::array(), column_list = json::array();
    for (const auto& section : graph.sections()) sections.push_back(section.title);
    for (std::size_t k = 0; k < columns.titles.size(); ++k)
        column_list.push_back({{"title", columns.titles[k]},
                               {"short_title", columns.short_titles[k]},
                               {"x", places.column_x[k]}});
    return {{"maker", "svdlens " + std::string(version)},
            {"nodes", network_nodes(graph, components, groups.group, places)},
            {"edges", network_edges(graph)},
            {"hidden_edges", graph.hidden_edges()},
            {"sections", std::move(sections)},
            {"entities", entity_shapes(graph.nodes())},
            {"groups", std::move(groups.groups)},
            {"components", components.sizes},
            {"columns", std::move(column_list)},
            {"colors", {{"positive", positive_color}, {"negative", negative_color}}}};
}

template <std::floating_point T>
std::vector<std::string> network_notes(const basic_circuit_graph<T>& graph,
                                       const graph_components& components) {
    auto summary = summarize(graph, components);
    summary.hidden_edges = 0; // a note of its own
    std::ostringstream size;
    size << summary << (components.largest() > 1 ? " nodes." : ".");
    std::vector<std::string> notes{size.str()};
    const auto drawn = graph.edges().size();
    if (graph.hidden_edges() > 0)
        notes.push_back("Of " + to_text(drawn + graph.hidden_edges()) + " edges the " + to_text(drawn) +
                        " strongest are here; " + to_text(graph.hidden_edges()) + " are hidden.");
    if (graph.nan_rows() > 0)
        notes.push_back(to_text(graph.nan_rows()) + " rows without a score (NaN) are left out.");
    return notes;
}

} // namespace detail

template <std::floating_point T>
network_figure network(const basic_circuit_graph<T>& graph, const network_options& options) {
    const auto drawn = strongest_edges(graph, options.max_edges);
    const auto components = connected_components(drawn);
    network_figure result{
        options.title, {}, detail::network_notes(drawn, components), detail::network_data(drawn, components)};
    for (const auto& line : graph.provenance())
        (result.provenance += result.provenance.empty() ? "" : "\n") += line;
    return result;
}

SVDLENS_BODY panel to_panel(const network_figure& f) {
    if (f.data.at("edges").empty())
        return {f.title, f.provenance, f.notes, "<p class=\"empty\">No edge of this graph is drawn.</p>\n"};
    return {f.title, f.provenance, f.notes, detail::drawn_element("network", f.title, f.data),
            drawn_by::vis_network};
}

SVDLENS_BODY void write_json(const std::filesystem::path& path, const network_figure& f) {
    file_writer file(path);
    file.write(f.data.dump(-1, ' ', false, json::error_handler_t::replace));
    file.write("\n");
    file.commit();
}

#ifdef SVDLENS_COMPILED
template network_figure network(const basic_circuit_graph<float>& graph, const network_options& options);
template network_figure network(const basic_circuit_graph<double>& graph, const network_options& options);
#endif

} // namespace svdlens::inline v0_2::plot

#endif
