/// @file
/// Compiled mode: the instances of outside.hpp for the library's types and keys. A key of the user's is compiled
/// where it is used.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_OUTSIDE_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_OUTSIDE_HPP

#include "../../outside.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef SVDLENS_COMPILED
template basic_selection<float> find_outside<signed_score>(const score_source_ref<float>&,
                                                           const score_bounds&, const execution&);
template basic_selection<double> find_outside<signed_score>(const score_source_ref<double>&,
                                                            const score_bounds&, const execution&);
template basic_selection<float> find_outside<magnitude>(const score_source_ref<float>&, const score_bounds&,
                                                        const execution&);
template basic_selection<double> find_outside<magnitude>(const score_source_ref<double>&, const score_bounds&,
                                                         const execution&);
#endif

} // namespace svdlens::inline v0_2::detail

#endif
