/// @file
/// The strongest paths through a model, exactly and in order.
#ifndef SVDLENS_CIRCUIT_TOP_PATHS_HPP
#define SVDLENS_CIRCUIT_TOP_PATHS_HPP

#include <concepts>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "circuit_path.hpp"
#include "path_places.hpp"

namespace svdlens::inline v0_2 {

/// Paths, the strongest first, and what they are of.
template <std::floating_point T>
struct basic_top_paths {
    basic_path_places<T> places;
    std::vector<circuit_path> paths;
};

using float_top_paths = basic_top_paths<float>;

/// The `count` paths of largest |score| from each set of sources to each of targets, all in one order; its first `count`
/// are the strongest of all. **Exact**: no path is missed, scores are computed in double, and compared as they are. Of
/// equal |score| the path through fewer nodes comes first, then by the numbers of source, nodes and target. Paths of
/// score 0 are none. What one node writes is seen by nodes behind it only, as `residual_port` says: in a block with a
/// sequential order attention comes before the MLP.
///
/// Two steps: from the targets backwards what each node can have at most, from the products of every hop, streamed once
/// (2 · d_model operations for each pair of a node that writes and one that reads); then best first from the sources,
/// where the row of a node is computed anew when more than eight ways lead on from it. Bounds allow for what rounding may
/// do to products of T. Memory: 137 bytes a node, a number of hops and a set of targets, 8 a node for its length, 48 a source,
/// and the rows and prefixes that are looked at; no product of numbers of nodes. `run.memory_budget` holds all of it: what is
/// needed to begin is checked before the work, what grows with the paths as it grows. The same paths and bits for any
/// number of threads.
/// @throws argument_error (invalid_argument) when a source does not write, a target does not read, a stage's two sets are
/// not of the same nodes or it writes before it reads, for `fewest` above `most`, or more than 8 nodes; when d_model
/// differs; for more than 2^32 nodes of a kind; over budget, naming the bytes
/// @throws numeric_error (non_finite) for vectors that are not finite, or scores beyond double's range; cancelled_error
template <std::floating_point T>
basic_top_paths<T> top_paths(basic_path_places<T> places, const top_path_options& options = {},
                             const execution& run = {});

/// The path through these nodes: its score is what `top_paths` gives, to the bit. O(nodes · d_model).
/// @throws argument_error (invalid_argument) when a node is none of its set's, or reads before what it should read is
/// written
template <std::floating_point T>
circuit_path path_through(const basic_path_places<T>& places, path_node source,
                          std::vector<path_node> through, path_node target);

/// What the nodes of a path are called, from source to target: `12`, `L0H1.0`, `L1N7`; of gated neurons with the branch
/// that they read with, `L1N7 (gate)`.
/// @throws argument_error (invalid_argument) when a node is none of its set's
template <std::floating_point T>
std::vector<std::string> node_names(const basic_path_places<T>& places, const circuit_path& path);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/top_paths.hpp"
#endif

#endif
