/// @file
/// How improbable it is that two pairs of directions agree on both sides.
#ifndef SVDLENS_SIGNIFICANCE_LOG_P_OF_OVERLAP_HPP
#define SVDLENS_SIGNIFICANCE_LOG_P_OF_OVERLAP_HPP

#include <cstddef>

namespace svdlens::inline v0_2 {

/// ln P(|x y| >= |overlap|) of two cosines that have nothing to do with each other (`direction_match::overlap`):
/// x² ~ Beta(1/2, (left_dimension - 1) / 2), y² likewise. Of one pair; where the largest of r² was looked for,
/// add ln r². 0 where overlap is 0, -infinity where it is 1. NaN of NaN. About 50 µs.
///
/// By quadrature (Takahasi and Mori 1974) of the density of ln |y| times `log_p` of what x has to be, where that
/// is not negligible. The error is below 1e-9 for dimensions to 16384.
/// @throws argument_error (invalid_argument) when a dimension is 0, or |overlap| is above 1 by more than rounding
double log_p_of_overlap(double overlap, std::size_t left_dimension, std::size_t right_dimension);

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/log_p_of_overlap.hpp"
#endif

#endif
