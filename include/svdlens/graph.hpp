/// @file
/// The circuit graph. Lists the public headers of graph/.
#ifndef SVDLENS_GRAPH_HPP
#define SVDLENS_GRAPH_HPP

#include "graph/circuit_graph.hpp"
#include "graph/communities.hpp"
#include "graph/components.hpp"
#include "graph/strongest_edges.hpp"

#endif
