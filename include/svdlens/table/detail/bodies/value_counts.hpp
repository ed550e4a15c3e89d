/// @file
/// Compiled mode: the instances of value_counts.hpp for the library's types and keys. A key of the user's is compiled
/// where it is used.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_VALUE_COUNTS_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_VALUE_COUNTS_HPP

#include "../../value_counts.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef SVDLENS_COMPILED
template std::vector<value_count> count_labels(const score_source_ref<float>&, const by_columns&,
                                               const execution&);
template std::vector<value_count> count_labels(const score_source_ref<double>&, const by_columns&,
                                               const execution&);
#endif

} // namespace svdlens::inline v0_2::detail

#endif
