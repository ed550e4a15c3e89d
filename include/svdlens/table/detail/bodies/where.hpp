/// @file
/// Compiled mode: the instances of where.hpp.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_WHERE_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_WHERE_HPP

#include "../../where.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef SVDLENS_COMPILED
template surviving_blocks find_surviving(const score_source_ref<float>&, const row_filter&);
template surviving_blocks find_surviving(const score_source_ref<double>&, const row_filter&);
template std::uint64_t count_rows_of(const score_source_ref<float>&, const execution&);
template std::uint64_t count_rows_of(const score_source_ref<double>&, const execution&);
#endif

} // namespace svdlens::inline v0_2::detail

#endif
