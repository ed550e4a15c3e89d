/// @file
/// Compiled mode: the instances of filter_block.hpp.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_FILTER_BLOCK_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_FILTER_BLOCK_HPP

#include "../filter/filter_block.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef SVDLENS_COMPILED
template score_block<float> filter_block(const row_filter&, const score_block<float>&, block_buffer<float>&);
template score_block<double> filter_block(const row_filter&, const score_block<double>&,
                                          block_buffer<double>&);
#endif

} // namespace svdlens::inline v0_2::detail

#endif
