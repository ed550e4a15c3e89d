/// @file
/// How improbable the energy is that a block of directions has of a target.
#ifndef SVDLENS_SIGNIFICANCE_LOG_P_OF_BLOCK_HPP
#define SVDLENS_SIGNIFICANCE_LOG_P_OF_BLOCK_HPP

#include <cstddef>
#include <cstdint>

namespace svdlens::inline v0_2 {

/// ln P(E >= energy) of a block of so many directions (`block_energies`): E ~ Beta(members / 2, (dimension -
/// members) / 2), the law of a direction that is uniform on the sphere in `dimension` dimensions. One member:
/// `log_p(√energy, dimension)`. 0 where the block has all dimensions. Within 1e-9 for dimensions to 131072.
/// About 1 µs.
/// @throws argument_error (invalid_argument) for no members, more than dimensions, or an energy that is not
///         between 0 and 1 (but for rounding)
double log_p_of_block(double energy, std::size_t members, std::uint64_t dimension);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/log_p_of_block.hpp"
#endif

#endif
