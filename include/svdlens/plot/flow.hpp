/// @file
/// A directed graph from left to right, few edges at a time, whose labels can always be read.
#ifndef SVDLENS_PLOT_FLOW_HPP
#define SVDLENS_PLOT_FLOW_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include "../graph/circuit_graph.hpp"
#include "detail/drawn_element.hpp"
#include "detail/json_values.hpp"
#include "json.hpp"
#include "panel.hpp"

namespace svdlens::inline v0_2::plot {

/// How a graph is drawn from left to right.
struct flow_options {
    std::string title = "Circuit graph";
    std::size_t shown_edges = 40; ///< at first; a slider shows more
    std::vector<double> rates =
        {}; ///< q of each edge of `graph.edges()`, which orders them; none: by |score|
    std::string score_title = "score";
};

/// A graph as plain data: `data` has `nodes` (label, entity, group, column, link), `edges` (positions of source, target
/// and section, score, q), the most significant first, `columns`, `groups` (the heads) with their colours, `sections`.
struct flow_figure {
    std::string title;
    std::vector<std::string> notes;
    json data = json::object();
};

/// The edges of a graph in columns along the residual stream, the directions of a head as one node until it is clicked.
/// Drawn as SVG by the page's own script. O(nodes + edges log)
/// @throws argument_error (invalid_argument) when there are rates, but not one an edge
template <std::floating_point T>
flow_figure flow(const basic_circuit_graph<T>& graph, const flow_options& options = {});

/// Without edges a sentence.
panel to_panel(const flow_figure& f);

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/flow.hpp"
#endif

#endif
