/// @file
/// What the heads of a model read and write: by value, by query and by key.
#ifndef SVDLENS_CIRCUIT_HEAD_SIDES_HPP
#define SVDLENS_CIRCUIT_HEAD_SIDES_HPP

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

#include "../core/execution.hpp"
#include "../directions/factored_set.hpp"
#include "../directions/singular_directions.hpp"
#include "../directions/vector_set.hpp"
#include "../model/transformer_weights.hpp"

namespace svdlens::inline v0_2 {

/// The sides of a model's heads that tables of edges are made of. Copies share the vectors.
template <std::floating_point T>
struct basic_head_sides {
    basic_vector_set<T> reading; ///< what their values read
    basic_vector_set<T> writing;
    std::optional<basic_vector_set<T>> query = {}; ///< none where queries and keys meet in no matrix
    std::optional<basic_vector_set<T>> key = {};
    std::string left_out = {}; ///< why there are no queries and keys; empty where there are
};

using head_sides = basic_head_sides<float>;

/// The singular directions of W_QK of every head; of models with rotary positions at an offset.
template <std::floating_point T>
struct basic_attending_directions {
    std::optional<basic_factored_set<T>> circuits = {};
    std::optional<basic_singular_directions<T>> qk = {}; ///< of these
    std::string left_out = {};                           ///< why there are none
};

/// What heads' queries and keys read, where one matrix says it: not where there is no W_Q or W_K, where norms stand
/// between, and of models with rotary positions only at an offset. Cost: that of `singular_directions`.
/// @param offset how many positions the query stands behind the key; used of rotary models alone
/// @throws as `singular_directions`
template <std::floating_point T>
basic_attending_directions<T> attending_directions(const basic_transformer_weights<T>& weights,
                                                   std::optional<std::int64_t> offset = {},
                                                   const execution& run = {});

/// All sides of a model's heads: those of its OV circuits, and those of its queries and keys, which are decomposed.
/// @param ov `singular_directions(ov_circuits(weights))`
/// @throws as `attending_directions`
template <std::floating_point T>
basic_head_sides<T> sides_of_heads(const basic_transformer_weights<T>& weights,
                                   const basic_singular_directions<T>& ov,
                                   std::optional<std::int64_t> offset = {}, const execution& run = {});

/// The same of queries and keys that are decomposed already. O(1)
template <std::floating_point T>
basic_head_sides<T> sides_of_heads(const basic_singular_directions<T>& ov,
                                   const basic_attending_directions<T>& attending);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/head_sides.hpp"
#endif

#endif
