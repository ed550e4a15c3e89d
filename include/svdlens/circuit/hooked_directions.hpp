/// @file
/// Heads' directions as tensors named by the places at which a running model can be patched.
#ifndef SVDLENS_CIRCUIT_HOOKED_DIRECTIONS_HPP
#define SVDLENS_CIRCUIT_HOOKED_DIRECTIONS_HPP

#include <compare>
#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include "../directions/singular_directions.hpp"
#include "../io/state_dict.hpp"
#include "../model/transformer_weights.hpp"

namespace svdlens::inline v0_2 {

/// A direction by its numbers.
struct direction_index {
    std::size_t layer = 0;
    std::size_t head = 0;
    std::size_t direction = 0;

    friend auto operator<=>(const direction_index&, const direction_index&) = default;
};

/// OV directions under the hook names of TransformerLens, n of a layer L ascending, for
/// `write_safetensors`. What is found in weights is a hypothesis: patching a model that runs decides.
///
///     blocks.L.heads, blocks.L.directions   I64 n      which head and which of its directions
///     blocks.L.singular_values              n          S
///     blocks.L.ln1.hook_normalized          n × d      u: what is read behind the norm
///     blocks.L.hook_resid_pre               n × d      u again, up to the norm's scale of each token
///     blocks.L.hook_attn_out                n × d      v: what is written to the stream
///     blocks.L.attn.hook_z.read             n × r      q = W_O v: ⟨z, q⟩ is how much of v the head's z writes
///     blocks.L.attn.hook_z.write            n × r      p = uᵀ W_V / S, with p W_O = v
///
/// z - ⟨z, q⟩ p writes nothing along v and all else as before: ⟨p, q⟩ = 1, and 0 with another direction of the head.
/// What a hook would not show is left out: what is read where no norm stands before attention alone, or where raw
/// weights stand behind an RMSNorm's gain (`hook_normalized` is before it), the stream itself under raw norms, what is
/// written where a norm stands behind attention. The metadata says how the weights were processed, and how to load the
/// model alike, which the readings need.
/// @param rule what was chosen, for the metadata
/// @throws argument_error (invalid_argument) for a direction that there is not, that is null space, or twice, and for
///         directions of other heads
template <std::floating_point T>
state_dict hooked_directions(const basic_transformer_weights<T>& weights,
                             const basic_singular_directions<T>& ov, std::vector<direction_index> which,
                             const std::string& rule = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/hooked_directions.hpp"
#endif

#endif
