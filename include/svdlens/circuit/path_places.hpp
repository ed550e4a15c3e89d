/// @file
/// Where paths along the residual stream begin, what they lead through, and where they end.
#ifndef SVDLENS_CIRCUIT_PATH_PLACES_HPP
#define SVDLENS_CIRCUIT_PATH_PLACES_HPP

#include <concepts>
#include <string>
#include <vector>

#include "../directions/singular_directions.hpp"
#include "../directions/vector_set.hpp"
#include "../model/transformer_weights.hpp"
#include "../projection/restriction.hpp"

namespace svdlens::inline v0_2 {

/// Nodes that paths lead through: node k reads with vector k of one set and writes with vector k of the other. Its gain
/// is the singular value that both have, 1 where there is none.
template <std::floating_point T>
struct basic_path_stage {
    basic_vector_set<T> reads;
    basic_vector_set<T> writes;
};

using path_stage = basic_path_stage<float>;

/// All nodes of paths. Parts that are marked as dead or as null space have no part; sets may be taken off and added:
/// a dictionary's encoder and decoder are a stage.
template <std::floating_point T>
struct basic_path_places {
    std::vector<basic_vector_set<T>> sources; ///< that write
    std::vector<basic_path_stage<T>> through; ///< in any order: ports tell what comes before what
    std::vector<basic_vector_set<T>> targets; ///< that read
};

using path_places = basic_path_places<float>;

/// Which inputs paths begin at, and what tokens are called.
struct path_place_options {
    index_list features = {};             ///< of the embedding; none: all. Others have no part
    std::vector<std::string> tokens = {}; ///< more than the model has: numbers
};

/// The paths of a model through its heads, each singular direction a node: from input tokens or features at unit length
/// (what a norm makes of their lengths is in no weight), to output tokens and what MLPs and routers read; and from and
/// to vectors of the user's own. Those that the model has; no source or no target: no paths. The vectors are shared. O(embedding), for its lengths.
/// @param heads of the OV circuits: `singular_directions(ov_circuits(weights))`
/// @throws argument_error (invalid_argument) for directions of QK circuits, and for a feature that the embedding does not
/// have
template <std::floating_point T>
basic_path_places<T> places_of_paths(const basic_transformer_weights<T>& weights,
                                     const basic_singular_directions<T>& heads,
                                     const path_place_options& options = {});

/// Neurons as nodes of paths, a stage for each matrix that they read with: `mlp_in` and, of gated ones, `mlp_gate`, of
/// experts the same. **A linear reading**: the product of what a neuron reads and what it writes, as if its activation
/// were the identity and, of a gated one, the other branch were 1. A path says which branch it takes. Empty where no MLP
/// both reads and writes. O(layers).
template <std::floating_point T>
std::vector<basic_path_stage<T>> neuron_stages(const basic_transformer_weights<T>& weights);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/path_places.hpp"
#endif

#endif
