/// @file
/// Compiled mode: the instances of describe.hpp for the library's types and keys. A key of the user's is compiled
/// where it is used.
#ifndef SVDLENS_TABLE_DETAIL_BODIES_DESCRIBE_HPP
#define SVDLENS_TABLE_DETAIL_BODIES_DESCRIBE_HPP

#include "../../describe.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef SVDLENS_COMPILED
template description describe_source(const score_source_ref<float>&, std::vector<double>, const execution&);
template description describe_source(const score_source_ref<double>&, std::vector<double>, const execution&);
template class bound_describe<float>;
template class bound_describe<double>;
#endif

} // namespace svdlens::inline v0_2::detail

#endif
