/// @file
/// What a low-rank adapter adds, as factored matrices: without the model that it adds it to.
#ifndef SVDLENS_MODEL_ADAPTER_UPDATES_HPP
#define SVDLENS_MODEL_ADAPTER_UPDATES_HPP

#include <concepts>
#include <vector>

#include "../directions/factored_set.hpp"
#include "../io/low_rank_adapter.hpp"

namespace svdlens::inline v0_2 {

/// The updates of an adapter, x ↦ x (scale B A)ᵀ: a is Aᵀ (in × r), b is scale · Bᵀ (r × out), so that left
/// directions are read and right ones written. One set for all modules that read at one place and write at one,
/// and have the same sizes: `mlp.gate_proj+mlp.up_proj`. Axes (layer, module), label column `head` =
/// `L{layer}.{module}`; modules outside the layers have a set with one layer, labelled by themselves. Where a
/// layer has no update, or one of lower rank than others of its set, there are zeros: null space.
///
/// A side has a port where a known naming scheme says that such a module reads from the residual stream or writes
/// to it, the others have none: a query's update writes queries. Schemes with the same names may differ in the order
/// of attention and MLP (BLOOM's are Falcon's, Llama's are Cohere's): then a side reads as early and writes as late as
/// in any of them, so that no edge is one that the model cannot have, and the set's provenance says so.
/// Whatever stands between in the model (its own weights, norms and their gains) is not in the adapter: cosines
/// and scores between a side that writes and one that reads tell of the updates alone.
///
/// Deferred, O(updates · naming schemes).
/// @throws model_error (unsupported_model) for a layer's number beyond 10,000
template <std::floating_point T = float>
std::vector<basic_factored_set<T>> adapter_updates(const low_rank_adapter& adapter);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/adapter_updates.hpp"
#endif

#endif
