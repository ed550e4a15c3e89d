/// @file
/// Circuit graphs in Graphviz' DOT language.
#ifndef SVDLENS_EXPORT_DOT_HPP
#define SVDLENS_EXPORT_DOT_HPP

#include <concepts>
#include <filesystem>
#include <string>

#include "../graph/circuit_graph.hpp"

namespace svdlens::inline v0_2 {

/// A graph as DOT text: nodes `n0`, `n1` ... with their labels, edges blue (positive), red (negative) or grey
/// (zero), wider for larger |score|; provenance in comments, and how many edges are hidden under the picture.
/// O(nodes + edges). Graphviz lays out hundreds of edges well, not many thousands: see `strongest_edges`.
template <std::floating_point T>
std::string to_dot(const basic_circuit_graph<T>& graph);

/// Writes `to_dot(graph)` to a file, whole or not at all, in bounded memory. @throws
/// file_error (cannot_write)
template <std::floating_point T>
void write_dot(const std::filesystem::path& path, const basic_circuit_graph<T>& graph);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/dot.hpp"
#endif

#endif
