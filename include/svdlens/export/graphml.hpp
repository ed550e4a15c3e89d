/// @file
/// Circuit graphs as GraphML, for networkx, Gephi, Cytoscape and igraph.
#ifndef SVDLENS_EXPORT_GRAPHML_HPP
#define SVDLENS_EXPORT_GRAPHML_HPP

#include <concepts>
#include <filesystem>
#include <string>

#include "../graph/circuit_graph.hpp"

namespace svdlens::inline v0_2 {

/// A graph as GraphML text. Nodes are `n0`, `n1` ... in the order of `nodes()`, edges `e0`, `e1` ... in that
/// of `edges()`. Nodes have label, entity, layer (where there is one) and component; edges section, score,
/// weight
/// (|score|) and sign (-1, 0, 1); the graph maker, provenance and hidden_edges. Control characters become
/// their pictures, bytes that are no UTF-8 U+FFFD. O(nodes + edges).
template <std::floating_point T>
std::string to_graphml(const basic_circuit_graph<T>& graph);

/// Writes `to_graphml(graph)` to a file, whole or not at all. Memory O(nodes), whatever the file's size.
/// @throws file_error (cannot_write)
template <std::floating_point T>
void write_graphml(const std::filesystem::path& path, const basic_circuit_graph<T>& graph);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/graphml.hpp"
#endif

#endif
