/// @file
/// Circuit graphs as GraphML, for networkx, Gephi, Cytoscape and igraph.
#ifndef SVDLENS_EXPORT_GRAPHML_HPP
#define SVDLENS_EXPORT_GRAPHML_HPP

#include <concepts>
#include <filesystem>
#include <string>

#include "../graph/circuit_graph.hpp"
#include "parallel_edges.hpp"

namespace svdlens::inline v0_2 {

/// How a graph is written.
struct graphml_options {
    /// Gephi and Cytoscape lay out, and some measures of igraph and networkx count, parallel edges as several.
    parallel_edges parallel = parallel_edges::kept;
};

/// A graph as GraphML text. Nodes are `n0`, `n1` ... in the order of `nodes()`, edges `e0`, `e1` ... in that
/// of `edges()`. Nodes have label, entity, layer (where there is one) and component; edges section, score,
/// weight
/// (|score|) and sign (-1, 0, 1); the graph maker, provenance and hidden_edges. Control characters become
/// their pictures, bytes that are no UTF-8 U+FFFD. O(nodes + edges).
///
/// A merged edge has the sum of the weights, the sum of the scores and its sign, the titles of its sections with `; `
/// between, and `edges`, how many it stands for.
template <std::floating_point T>
std::string to_graphml(const basic_circuit_graph<T>& graph, const graphml_options& options = {});

/// Writes `to_graphml(graph, options)` to a file, whole or not at all. Memory O(nodes), whatever the file's size; with
/// merged edges O(edges).
/// @throws file_error (cannot_write)
template <std::floating_point T>
void write_graphml(const std::filesystem::path& path, const basic_circuit_graph<T>& graph,
                   const graphml_options& options = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/graphml.hpp"
#endif

#endif
