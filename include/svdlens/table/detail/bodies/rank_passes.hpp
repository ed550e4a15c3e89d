/// @file
/// Compiled mode: the instances of detail/order/rank_passes.hpp for the library's types and keys.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_RANK_PASSES_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_RANK_PASSES_HPP

#include "../order/rank_passes.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef SVDLENS_COMPILED
template class rank_passes<float, signed_score>;
template class rank_passes<double, signed_score>;
template class rank_passes<float, magnitude>;
template class rank_passes<double, magnitude>;
#endif

} // namespace svdlens::inline v0_2::detail

#endif
