/// @file
/// The report's graph: what was found, or, where nothing was, what scores highest.
#ifndef SVDLENS_REPORT_DETAIL_FOUND_GRAPH_HPP
#define SVDLENS_REPORT_DETAIL_FOUND_GRAPH_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../../circuit/found_edges.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../graph/circuit_graph.hpp"
#include "../../graph/strongest_edges.hpp"
#include "../../plot/flow.hpp"
#include "../../plot/page.hpp"
#include "../../table/selection.hpp"
#include "../report_options.hpp"
#include "find_answers.hpp"
#include "score_section.hpp"

namespace svdlens::inline v0_2::detail {

/// The most significant edges of all tables as a graph, with the page's kind of score.
template <std::floating_point T>
basic_circuit_graph<T> found_graph(const basic_found_edges<T>& found, const report_options& options) {
    std::map<const basic_found_family<T>*, std::vector<row_number>> rows;
    const auto most =
        (std::min)(options.max_edges == 0 ? most_edges_of_a_page : options.max_edges, most_edges_of_a_page);
    for (const auto& row : most_significant(found, most)) rows[row.of].push_back(row.row());
    basic_circuit_graph<T> graph;
    for (const auto& family : found.families) {
        auto& of_family = rows[&family];
        if (of_family.empty()) continue;
        std::sort(of_family.begin(), of_family.end());
        std::vector<T> scores;
        for (const auto row : of_family)
            scores.push_back(static_cast<T>(score_of(family.table.scores.parts(row), options.score)));
        graph.add(basic_selection<T>(family.found.rows.axes(), of_family, std::move(scores)));
    }
    return graph;
}

/// q of each edge of such a graph.
template <std::floating_point T>
std::vector<double> rates_of(const basic_circuit_graph<T>& graph, const basic_found_edges<T>& found) {
    std::vector<double> rates;
    for (const auto& edge : graph.edges())
        rates.push_back(found.of(graph.sections()[edge.section].title)->q_of.at(edge.row));
    return rates;
}

/// The strongest edges of all tables of scores.
template <std::floating_point T>
basic_circuit_graph<T> strongest_graph(const std::vector<score_section<T>>& tables,
                                       const report_options& options, const execution& run) {
    constexpr std::size_t most = 200;
    basic_circuit_graph<T> graph;
    for (const auto& table : tables) graph.add(table.edges, run);
    const auto shown = options.max_edges == 0 ? most : (std::min)(options.max_edges, most);
    return strongest_edges(graph, shown, edge_choice::per_section);
}

template <std::floating_point T>
plot::page_section graph_section(const basic_found_edges<T>& found,
                                 const std::vector<score_section<T>>& tables, const report_options& options,
                                 const execution& run) {
    const std::string score(to_text(options.score));
    plot::page_section section{.heading = "The circuit graph", .id = "graph"};
    if (found.count() != 0) {
        const auto graph = found_graph(found, options);
        section.introduction =
            "Edges that are more than chance, from left to right along the residual stream.";
        section.panels.push_back(to_panel(plot::flow(
            graph, {.title = "Found edges", .rates = rates_of(graph, found), .score_title = score})));
        if (graph.edges().size() < found.count())
            section.introduction += " The " + to_text(graph.edges().size()) + " most significant of " +
                                    to_text(found.count()) + ".";
        return section;
    }
    const bool is_answer = found.tested() != 0 && found.left_out.empty();
    section.introduction =
        found.tested() == 0
            ? "Nothing was tested: this is a ranking, the strongest edges of each table."
            : "Nothing was found: this is a ranking, the strongest edges of each table" +
                  std::string(is_answer ? ", such as chance gives." : ", some of which were not tested.");
    section.panels.push_back(to_panel(plot::flow(
        strongest_graph(tables, options, run),
        {.title = is_answer ? "Strongest edges, no more than chance" : "Strongest edges, a ranking",
         .score_title = score})));
    return section;
}

} // namespace svdlens::inline v0_2::detail

#endif
