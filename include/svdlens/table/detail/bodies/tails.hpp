/// @file
/// Compiled mode: the instances of tails.hpp for the library's types and keys. A key of the user's is compiled
/// where it is used.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_TAILS_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_TAILS_HPP

#include "../../tails.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef SVDLENS_COMPILED
template basic_tails<float> find_tails_of<signed_score>(const score_source_ref<float>&, const tail_options&,
                                                        const execution&);
template basic_tails<double> find_tails_of<signed_score>(const score_source_ref<double>&, const tail_options&,
                                                         const execution&);
template basic_tails<float> find_tails_of<magnitude>(const score_source_ref<float>&, const tail_options&,
                                                     const execution&);
template basic_tails<double> find_tails_of<magnitude>(const score_source_ref<double>&, const tail_options&,
                                                      const execution&);
#endif

} // namespace svdlens::inline v0_2::detail

#endif
