/// @file
/// A directed graph from left to right, few edges at a time, whose labels can always be read.
#ifndef SVDLENS_PLOT_FLOW_HPP
#define SVDLENS_PLOT_FLOW_HPP

#include <concepts>
#include <cstddef>
#include <map>
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
    /// Of each of `graph.sections()`: a letter that stands at its edges, by what they read (`Q`); none: no letters.
    std::vector<std::string> roles = {};
    /// Likewise, where its scores are called otherwise: another unit.
    std::vector<std::string> score_titles = {};
    /// What each edge multiplies a path by, NaN where no path leads over it, and what each of `graph.nodes()` between two
    /// edges does: paths between two nodes are traced with them. None: none are.
    std::vector<double> dots = {};
    std::vector<double> gains = {};
    std::map<std::string, std::size_t> communities = {}; ///< of groups, by their names: which belong together
};

/// A graph as plain data: `data` has `nodes` (label, entity, group, column, gain), `edges` (positions of source, target
/// and section, score, q, dot), the most significant first, `columns`, `groups` (the heads) with their colours, `sections`,
/// `roles` and `score_titles` of these.
struct flow_figure {
    std::string title;
    std::vector<std::string> notes;
    json data = json::object();
};

/// The edges of a graph in columns along the residual stream, all of a head (`L0H1`, its directions `L0H1.0` and those of its
/// query and key, `L0H1.q0`) as one node until it is clicked. Drawn as SVG by the page's own script. O(nodes + edges log)
/// @throws argument_error (invalid_argument) when there are rates or dots, but not one an edge, gains, but not one a node,
/// and roles or score titles, but not one a section
template <std::floating_point T>
flow_figure flow(const basic_circuit_graph<T>& graph, const flow_options& options = {});

/// Without edges a sentence.
panel to_panel(const flow_figure& f);

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/flow.hpp"
#endif

#endif
