/// @file
/// Compiled mode: the instances of top_k.hpp for the library's types and keys. A key of the user's is compiled
/// where it is used.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_TOP_K_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_TOP_K_HPP

#include "../../top_k.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef SVDLENS_COMPILED
template basic_selection<float> find_best<highest_first<signed_score>>(const char*,
                                                                       const score_source_ref<float>&,
                                                                       std::uint64_t, const by_columns&,
                                                                       const execution&);
template basic_selection<double> find_best<highest_first<signed_score>>(const char*,
                                                                        const score_source_ref<double>&,
                                                                        std::uint64_t, const by_columns&,
                                                                        const execution&);
template basic_selection<float> find_best<highest_first<magnitude>>(const char*,
                                                                    const score_source_ref<float>&,
                                                                    std::uint64_t, const by_columns&,
                                                                    const execution&);
template basic_selection<double> find_best<highest_first<magnitude>>(const char*,
                                                                     const score_source_ref<double>&,
                                                                     std::uint64_t, const by_columns&,
                                                                     const execution&);
template basic_selection<float> find_best<lowest_first<signed_score>>(const char*,
                                                                      const score_source_ref<float>&,
                                                                      std::uint64_t, const by_columns&,
                                                                      const execution&);
template basic_selection<double> find_best<lowest_first<signed_score>>(const char*,
                                                                       const score_source_ref<double>&,
                                                                       std::uint64_t, const by_columns&,
                                                                       const execution&);
template basic_selection<float> find_best<lowest_first<magnitude>>(const char*,
                                                                   const score_source_ref<float>&,
                                                                   std::uint64_t, const by_columns&,
                                                                   const execution&);
template basic_selection<double> find_best<lowest_first<magnitude>>(const char*,
                                                                    const score_source_ref<double>&,
                                                                    std::uint64_t, const by_columns&,
                                                                    const execution&);
#endif

} // namespace svdlens::inline v0_2::detail

#endif
