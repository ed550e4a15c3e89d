/// @file
/// The bodies of plot/flow.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_FLOW_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_FLOW_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
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
json flow_edges(const basic_circuit_graph<T>& graph, const flow_options& options) {
    json edges = json::array();
    for (const auto k : edges_by_rate(graph, options.rates)) {
        const auto& edge = graph.edges()[k];
        const bool has_dot = !options.dots.empty() && std::isfinite(options.dots[k]);
        edges.push_back({{"source", edge.source},
                         {"target", edge.target},
                         {"section", edge.section},
                         {"score", number(edge.score)},
                         {"q", options.rates.empty() ? json() : json(options.rates[k])},
                         {"dot", has_dot ? json(options.dots[k]) : json()}});
    }
    return edges;
}

template <std::floating_point T>
json flow_nodes(const basic_circuit_graph<T>& graph, const network_columns& columns,
                const std::vector<json>& groups, const std::vector<double>& gains) {
    json nodes = json::array();
    for (std::size_t k = 0; k < graph.nodes().size(); ++k) {
        const auto& node = graph.nodes()[k];
        nodes.push_back({{"label", shortened(node.label, most_of_a_label)},
                         {"entity", node.entity},
                         {"group", groups[k]},
                         {"column", columns.column[k]},
                         {"gain", gains.empty() ? 1.0 : gains[k]}});
    }
    return nodes;
}

/// Groups with the communities that they are of, each with a colour.
inline json flow_groups(json groups, const std::map<std::string, std::size_t>& communities) {
    for (auto& group : groups) {
        const auto at = communities.find(group["name"].get<std::string>());
        if (at == communities.end()) continue;
        group["community"] = at->second;
        group["community_color"] = color(at->second);
    }
    return groups;
}

/// @throws argument_error (invalid_argument) unless there is none, or one of each
inline void require_one_each(std::size_t found, std::size_t expected, const char* what, const char* of) {
    if (found == 0 || found == expected) return;
    throw argument_error(errc::invalid_argument, "flow: expected a " + std::string(what) + " for each of " +
                                                     to_text(expected) + " " + of + ", found " +
                                                     to_text(found));
}

} // namespace detail

template <std::floating_point T>
flow_figure flow(const basic_circuit_graph<T>& graph, const flow_options& options) {
    detail::require_one_each(options.rates.size(), graph.edges().size(), "rate", "edges");
    detail::require_one_each(options.dots.size(), graph.edges().size(), "dot", "edges");
    detail::require_one_each(options.gains.size(), graph.nodes().size(), "gain", "nodes");
    detail::require_one_each(options.roles.size(), graph.sections().size(), "role", "sections");
    detail::require_one_each(options.score_titles.size(), graph.sections().size(), "score title", "sections");
    auto groups = detail::group_nodes(graph.nodes());
    const auto columns = detail::find_columns(graph, detail::columns_of_groups(graph.nodes(), groups));
    json sections = json::array(), roles = json::array(), units = json::array();
    for (std::size_t k = 0; k < graph.sections().size(); ++k) {
        sections.push_back(graph.sections()[k].title);
        roles.push_back(options.roles.empty() ? std::string() : options.roles[k]);
        units.push_back(options.score_titles.empty() ? options.score_title : options.score_titles[k]);
    }
    flow_figure result{options.title, {}, {}};
    result.data = {{"nodes", detail::flow_nodes(graph, columns, groups.group, options.gains)},
                   {"edges", detail::flow_edges(graph, options)},
                   {"columns", columns.titles},
                   {"groups", detail::flow_groups(std::move(groups.groups), options.communities)},
                   {"sections", std::move(sections)},
                   {"roles", std::move(roles)},
                   {"score_titles", std::move(units)},
                   {"shown", options.shown_edges},
                   {"title", options.title},
                   {"score_title", options.score_title},
                   {"colors", {{"positive", positive_color}, {"negative", negative_color}}}};
    if (graph.hidden_edges() > 0)
        result.notes.push_back("Of " + to_text(graph.edges().size() + graph.hidden_edges()) + " edges the " +
                               to_text(graph.edges().size()) +
                               (options.rates.empty() ? " strongest" : " most significant") + " are here.");
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
