/// @file
/// What graph files make of parallel edges.
#ifndef SVDLENS_EXPORT_PARALLEL_EDGES_HPP
#define SVDLENS_EXPORT_PARALLEL_EDGES_HPP

#include "../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

/// What becomes of edges that have both ends in common.
enum class parallel_edges {
    kept,   ///< each is an edge
    merged, ///< one edge stands for all from a node to another, where the first one did
};

} // namespace svdlens::inline v0_2

#endif
