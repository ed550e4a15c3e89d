/// @file
/// Circuit graphs as GEXF, for Gephi and networkx.
#ifndef SVDLENS_EXPORT_GEXF_HPP
#define SVDLENS_EXPORT_GEXF_HPP

#include <concepts>
#include <filesystem>
#include <string>

#include "../graph/circuit_graph.hpp"
#include "parallel_edges.hpp"

namespace svdlens::inline v0_2 {

/// How a graph is written as GEXF.
struct gexf_options {
    /// Gephi makes one edge of parallel ones as it is set to; merged ones are what they stand for.
    parallel_edges parallel = parallel_edges::kept;
};

/// A graph as GEXF 1.2 text (https://gexf.net). Nodes, edges, their attributes and what a merged edge stands for are those of
/// `to_graphml`, with the label and the weight where GEXF has its own; provenance and hidden_edges are the description.
/// Infinite scores are `INF`, as XML Schema writes them, which Gephi may not read. O(nodes + edges).
template <std::floating_point T>
std::string to_gexf(const basic_circuit_graph<T>& graph, const gexf_options& options = {});

/// Writes `to_gexf(graph, options)` to a file, whole or not at all. Memory O(nodes), whatever the file's size; with merged
/// edges O(edges).
/// @throws file_error (cannot_write)
template <std::floating_point T>
void write_gexf(const std::filesystem::path& path, const basic_circuit_graph<T>& graph,
                const gexf_options& options = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/gexf.hpp"
#endif

#endif
