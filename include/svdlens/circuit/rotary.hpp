/// @file
/// Rotary positions: how far queries and keys turn.
///
/// A query or key x (a row vector) at position p becomes x R(p): the pair (x_a, x_b) turns to (x_a cos α -
/// x_b sin α, x_b cos α + x_a sin α) by α = p · frequency. R(i) R(j)ᵀ = R(i - j), so that a query at
/// position i and a key at j score q R(i - j) kᵀ. Source: Su et al., RoFormer (2021); the scaling `llama3`
/// as in Llama 3.1.
#ifndef SVDLENS_CIRCUIT_ROTARY_HPP
#define SVDLENS_CIRCUIT_ROTARY_HPP

#include <string>
#include <vector>

#include "../model/architecture.hpp"

namespace svdlens::inline v0_2 {

/// By how much each pair turns from one position to the next, in radians: theta^(-2 i / dimensions), scaled.
/// O(dimensions), in double. Scaling `linear` (all frequencies / factor) and `llama3` are known.
/// @param where what messages begin with, such as the file's name
/// @throws model_error (invalid_config) for numbers out of range, (unsupported_model) for another scaling:
///         the frequencies of some depend on the length of the text
std::vector<double> rotary_frequencies(const rotary_embedding& rotary,
                                       const std::string& where = "(in memory)");

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/rotary.hpp"
#endif

#endif
