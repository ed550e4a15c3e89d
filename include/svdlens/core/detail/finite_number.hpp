/// @file
/// Whether a double is a number that is not infinite.
#ifndef SVDLENS_CORE_DETAIL_FINITE_NUMBER_HPP
#define SVDLENS_CORE_DETAIL_FINITE_NUMBER_HPP

#include <cmath>
#include <limits>

#include "requirements.hpp"

namespace svdlens::inline v0_2::detail {

inline bool is_finite_number(double x) { return std::fabs(x) <= (std::numeric_limits<double>::max)(); }

} // namespace svdlens::inline v0_2::detail

#endif
