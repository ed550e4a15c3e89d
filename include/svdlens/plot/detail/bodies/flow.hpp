/// @file
/// The bodies of plot/flow.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_FLOW_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_FLOW_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../graph/circuit_graph.hpp"
#include "../../flow.hpp"
#include "../../json.hpp"
#include "../../palette.hpp"
#include "../../panel.hpp"
#include "../drawn_element.hpp"
#include "../json_values.hpp"
#include "../network_columns.hpp"
#include "../node_groups.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

/// The order of edges: by rate, then by |score|, then as they stand.
template <std::floating_point T>
std::vector<std::size_t> edges_by_rate(const basic_circuit_graph<T>& graph,
                                       const std::vector<double>& rates) {
    std::vector<std::size_t> order(graph.edges().size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto rate = [&](std::size_t k) { return rates.empty() ? 0.0 : rates[k]; };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (rate(a) != rate(b)) return rate(a) < rate(b);
        return std::abs(graph.edges()[a].score) > std::abs(graph.edges()[b].score);
    });
    return order;
}

template <std::floating_point T>
json flow_edges(const basic_circuit_graph<T>& graph, const std::vector<double>& rates) {
    json edges = json::array();
    for (const auto k : edges_by_rate(graph, rates)) {
        const auto& edge = graph.edges()[k];
        edges.push_back({{"source", edge.source},
                         {"target", edge.target},
                         {"section", edge.section},
                         {"score", number(edge.score)},
                         {"q", rates.empty() ? json() : json(rates[k])}});
    }
    return edges;
}

template <std::floating_point T>
json flow_nodes(const basic_circuit_graph<T>& graph, const network_columns& columns,
                const std::vector<json>& groups) {
    json nodes = json::array();
    for (std::size_t k = 0; k < graph.nodes().size(); ++k) {
        const auto& node = graph.nodes()[k];
        nodes.push_back({{"label", shortened(node.label, most_of_a_label)},
                         {"entity", node.entity},
                         {"group", groups[k]},
                         {"column", columns.column[k]}});
    }
    return nodes;
}

} // namespace detail

template <std::floating_point T>
flow_figure flow(const basic_circuit_graph<T>& graph, const flow_options& options) {
    if (!options.rates.empty() && options.rates.size() != graph.edges().size())
        throw argument_error(errc::invalid_argument, "flow: expected a rate for each of " +
                                                         to_text(graph.edges().size()) + " edges, found " +
                                                         to_text(options.rates.size()));
    const auto columns = detail::find_columns(graph);
    auto groups = detail::group_nodes(graph.nodes());
    json sections = json::array();
    for (const auto& section : graph.sections()) sections.push_back(section.title);
    flow_figure result{options.title, {}, {}};
    result.data = {{"nodes", detail::flow_nodes(graph, columns, groups.group)},
                   {"edges", detail::flow_edges(graph, options.rates)},
                   {"columns", columns.titles},
                   {"groups", std::move(groups.groups)},
                   {"sections", std::move(sections)},
                   {"shown", options.shown_edges},
                   {"title", options.title},
                   {"score_title", options.score_title},
                   {"colors", {{"positive", positive_color}, {"negative", negative_color}}}};
    if (graph.hidden_edges() > 0)
        result.notes.push_back("Of " + to_text(graph.edges().size() + graph.hidden_edges()) + " edges the " +
                               to_text(graph.edges().size()) + " most significant are here.");
    return result;
}

SVDLENS_BODY panel to_panel(const flow_figure& f) {
    if (f.data.at("edges").empty())
        return {f.title, {}, f.notes, "<p class=\"empty\">No edge is drawn.</p>\n"};
    panel p{f.title, {}, f.notes, detail::drawn_element("flow", f.title, f.data), drawn_by::svg};
    return p;
}

#ifdef SVDLENS_COMPILED
template flow_figure flow(const basic_circuit_graph<float>& graph, const flow_options& options);
template flow_figure flow(const basic_circuit_graph<double>& graph, const flow_options& options);
#endif

} // namespace svdlens::inline v0_2::plot

#endif
