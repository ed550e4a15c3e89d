/// @file
/// A model's circuits on one page.
#ifndef SVDLENS_REPORT_REPORT_HPP
#define SVDLENS_REPORT_REPORT_HPP

#include <concepts>
#include <sstream>
#include <vector>

#include "../core/execution.hpp"
#include "../graph/circuit_graph.hpp"
#include "../graph/components.hpp"
#include "../graph/strongest_edges.hpp"
#include "../model/transformer_weights.hpp"
#include "../plot/html_table.hpp"
#include "../plot/network.hpp"
#include "../plot/page.hpp"
#include "../table/describe.hpp"
#include "detail/direction_sections.hpp"
#include "detail/score_section.hpp"
#include "report_options.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The edges of all tables as one graph.
template <std::floating_point T>
plot::page_section graph_section(const std::vector<score_section<T>>& tables, const report_options& options,
                                 const execution& run) {
    basic_circuit_graph<T> graph;
    for (const auto& table : tables) graph.add(table.edges, run);
    std::ostringstream summary;
    summary << summarize(graph);
    plot::page_section section{.heading = "The circuit graph",
                               .introduction = "All rows beyond the " + percent_name(options.tail) +
                                               " tails of each table: " + summary.str() +
                                               ". Drawn are the strongest of each table."};
    const auto shown = strongest_edges(graph, options.max_edges, edge_choice::per_section);
    section.panels.push_back(to_panel(plot::network(shown, {.max_edges = options.max_edges})));
    return section;
}

} // namespace detail

/// One page on a model: what it is, spectra, heads compared, every table of scores with its distribution,
/// strips, tails and strongest rows, directions against outputs and inputs, paths, and the graph:
/// `write_html("report.html", report(fold_norms(transformer_weights(file))))`.
///
/// A table of up to 256 MiB of scores is held, one at a time; a larger one is computed again for each
/// figure, for some several times. Memory beside the directions: that, and up to 1 GiB for distributions by
/// group and for tails. The page's size does not depend on the number of scores, but for maps of all pairs
/// of up to 400 heads.
/// @throws numeric_error (non_finite), model_error, argument_error, cancelled_error
template <std::floating_point T>
plot::page report(const basic_transformer_weights<T>& weights, const report_options& options = {},
                  const execution& run = {});

/// With the default options.
template <std::floating_point T>
plot::page report(const basic_transformer_weights<T>& weights, const execution& run) {
    return report(weights, report_options(), run);
}

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/report.hpp"
#endif

#endif
