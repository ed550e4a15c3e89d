/// @file
/// Compiled mode: the instances of detail/ask/question_loop.hpp for the library's types.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_QUESTION_LOOP_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_QUESTION_LOOP_HPP

#include "../ask/question_loop.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef SVDLENS_COMPILED
template void make_passes(const score_source_ref<float>&, std::vector<erased_question<float>>&,
                          const execution&);
template void make_passes(const score_source_ref<double>&, std::vector<erased_question<double>>&,
                          const execution&);
#endif

} // namespace svdlens::inline v0_2::detail

#endif
