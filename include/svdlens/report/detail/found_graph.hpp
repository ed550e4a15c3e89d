/// @file
/// The report's graph: what was found, or, where nothing was, what scores highest.
#ifndef SVDLENS_REPORT_DETAIL_FOUND_GRAPH_HPP
#define SVDLENS_REPORT_DETAIL_FOUND_GRAPH_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../../circuit/found_edges.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../directions/composition.hpp"
#include "../../graph/circuit_graph.hpp"
#include "../../graph/strongest_edges.hpp"
#include "../../plot/flow.hpp"
#include "../../plot/page.hpp"
#include "../../table/selection.hpp"
#include "../../tensor/axes.hpp"
#include "../report_options.hpp"
#include "answers.hpp"
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

/// Pairs of heads of one role as edges between whole heads, which are nodes beside their directions.
struct pair_edges {
    std::string title; ///< `heads_by_key`
    std::vector<row_number> rows = {};
    std::vector<double> compositions = {};
    std::map<row_number, double> q_of = {};
};

/// How many layers there are, and heads in each.
inline head_index shape_of_heads(const answers& all) {
    head_index shape{1, 1};
    for (const auto& each : all.heads) {
        shape.layer = (std::max)(shape.layer, each.layer + 1);
        shape.head = (std::max)(shape.head, each.head + 1);
    }
    return shape;
}

inline axes axes_of_pairs(const std::string& title, const head_index& shape) {
    axes table({{"layer", shape.layer},
                {"head", shape.head},
                {"target_layer", shape.layer},
                {"target_head", shape.head}},
               {{"source", "L{layer}H{head}", "head"}, {"target", "L{target_layer}H{target_head}", "head"}});
    table.set_title(title);
    return table;
}

/// The pairs that the page holds, by role.
inline std::vector<pair_edges> edges_of_pairs(const answers& all) {
    std::map<std::string, const head_line*> by_label;
    for (const auto& head : all.heads) by_label[head.label] = &head;
    const auto shape = shape_of_heads(all);
    std::vector<pair_edges> tables;
    for (const auto& family : all.pair_families) {
        std::map<row_number, const pair_line*> rows; // in their order
        const auto table = axes_of_pairs({}, shape);
        for (const auto& pair : all.pairs) {
            if (pair.role != family.role) continue;
            const auto &from = *by_label.at(pair.source), &to = *by_label.at(pair.target);
            rows[table.row(std::vector<std::uint64_t>{from.layer, from.head, to.layer, to.head})] = &pair;
        }
        if (rows.empty()) continue;
        auto& made = tables.emplace_back(pair_edges{"heads_by_" + family.role});
        for (const auto& [row, pair] : rows) {
            made.rows.push_back(row);
            made.compositions.push_back(pair->composition);
            made.q_of[row] = pair->q;
        }
    }
    return tables;
}

/// Adds them to a graph.
template <std::floating_point T>
void add_pair_edges(basic_circuit_graph<T>& graph, const std::vector<pair_edges>& pairs,
                    const head_index& shape) {
    for (const auto& each : pairs)
        graph.add(basic_selection<T>(axes_of_pairs(each.title, shape), each.rows,
                                     std::vector<T>(each.compositions.begin(), each.compositions.end())));
}

/// What the edges of a graph are: their q, and of each section by what its edges read and what their scores are called.
template <std::floating_point T>
plot::flow_options words_of_graph(const basic_circuit_graph<T>& graph, const basic_found_edges<T>& found,
                                  const std::vector<pair_edges>& pairs, const std::string& score) {
    plot::flow_options words{.title = "Found edges", .score_title = score};
    std::map<std::string, const pair_edges*> by_title;
    for (const auto& each : pairs) by_title[each.title] = &each;
    for (const auto& section : graph.sections()) {
        const bool is_pair = by_title.contains(section.title);
        words.score_titles.push_back(is_pair ? "composition" : unit_of(section.title, score));
        words.roles.push_back(section.title.ends_with("_query") ? "Q"
                              : section.title.ends_with("_key") ? "K"
                              : is_pair                         ? "V"
                                                                : "");
    }
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    words.gains.assign(graph.nodes().size(), 1);
    for (const auto& edge : graph.edges()) {
        const auto& title = graph.sections()[edge.section].title;
        if (const auto pair = by_title.find(title); pair != by_title.end()) {
            words.rates.push_back(pair->second->q_of.at(edge.row));
            words.dots.push_back(none); // heads as wholes: no one product leads through them
            continue;
        }
        const auto& family = *found.of(title);
        const auto parts = family.table.scores.parts(edge.row);
        words.rates.push_back(family.q_of.at(edge.row));
        words.dots.push_back(parts.dot);
        words.gains[family.table.far_end == "source" ? edge.target : edge.source] = parts.singular_value;
    }
    return words;
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
plot::page_section graph_section(const basic_found_edges<T>& found, const answers& all,
                                 const std::vector<score_section<T>>& tables, const report_options& options,
                                 const execution& run) {
    const std::string score(to_text(options.score));
    plot::page_section section{.heading = "The circuit graph", .id = "graph"};
    if (found.count() != 0 || !all.pairs.empty()) {
        auto graph = found_graph(found, options);
        section.introduction =
            "Edges that are more than chance, from left to right along the residual stream. Q, K, V: what a "
            "query, a key, a value reads.";
        if (graph.edges().size() < found.count())
            section.introduction += " The " + to_text(graph.edges().size()) + " most significant of " +
                                    to_text(found.count()) + ".";
        if (std::any_of(all.families.begin(), all.families.end(),
                        [](const family_line& each) { return each.name.find("mlp") != std::string::npos; }))
            section.introduction +=
                " Not tested here: what inputs and neurons write to neurons, and neurons to "
                "heads; svdlens map does.";
        for (const auto& each : all.families)
            if (each.is_doubtful) section.introduction += " Doubtful, by its control: " + each.name + ".";
        const auto pairs = edges_of_pairs(all);
        add_pair_edges(graph, pairs, shape_of_heads(all));
        auto words = words_of_graph(graph, found, pairs, score);
        for (const auto& head : all.heads)
            if (head.community) words.communities[head.label] = *head.community;
        section.panels.push_back(to_panel(plot::flow(graph, words)));
        return section;
    }
    const bool is_answer = found.tested() != 0 && found.left_out.empty();
    section.introduction =
        found.tested() == 0
            ? "Nothing was tested: this is a ranking, the strongest edges of each table."
            : "Nothing was found: this is a ranking, the strongest edges of each table" +
                  std::string(is_answer ? ", such as chance gives." : ", some of which were not tested.");
    const auto graph = strongest_graph(tables, options, run);
    plot::flow_options words{.title = is_answer ? "Strongest edges, no more than chance"
                                                : "Strongest edges, a ranking",
                             .score_title = score};
    for (const auto& each : graph.sections()) words.score_titles.push_back(unit_of(each.title, score));
    section.panels.push_back(to_panel(plot::flow(graph, words)));
    return section;
}

} // namespace svdlens::inline v0_2::detail

#endif
