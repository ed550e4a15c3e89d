/// @file
/// The circuit graph as a picture that one can search, filter and walk through.
#ifndef SVDLENS_PLOT_NETWORK_HPP
#define SVDLENS_PLOT_NETWORK_HPP

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "../graph/circuit_graph.hpp"
#include "detail/drawn_element.hpp"
#include "detail/json_values.hpp"
#include "json.hpp"
#include "panel.hpp"

namespace svdlens::inline v0_2::plot {

/// How a circuit graph is drawn.
struct network_options {
    std::string title = "Circuit graph";
    std::size_t max_edges = 1000; ///< the strongest by |score|; a note says how many are hidden
};

/// A circuit graph as plain data. A value.
///
/// `data` has `nodes` (label, entity, group, component, place), `edges` (positions of source, target and
/// section; score, where `"Infinity"` and `"-Infinity"` are not finite), and what these refer to: `sections`,
/// `entities`, `groups` (the heads), `components` (nodes of each, descending), `columns`. Nodes and edges
/// stand in the order of `strongest_edges(graph, max_edges)`.
struct network_figure {
    std::string title;
    std::string provenance;         ///< one line a source
    std::vector<std::string> notes; ///< how large it is, how many edges are hidden or left out
    json data = json::object();
};

/// A circuit graph as a picture: `write_html("circuit.html", plot::network(circuit_graph(edges)))`.
/// What vis-network draws in well under a second is a few thousand edges. O(nodes + edges), nearly.
template <std::floating_point T>
network_figure network(const basic_circuit_graph<T>& graph, const network_options& options = {});

/// Drawn by vis-network when it comes into sight; without edges a sentence.
panel to_panel(const network_figure& f);

/// Writes the figure's data as JSON. Bytes of labels that are no UTF-8 become U+FFFD. The file is whole or
/// not there. @throws file_error (cannot_write)
void write_json(const std::filesystem::path& path, const network_figure& f);

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/network.hpp"
#endif

#endif
