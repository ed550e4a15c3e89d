/// @file
/// The singular value decomposition of a dense matrix of any shape, in double, checked.
#ifndef SVDLENS_LINALG_DETAIL_DENSE_SVD_HPP
#define SVDLENS_LINALG_DETAIL_DENSE_SVD_HPP

#include <concepts>

#include "core_svd.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether U and V are orthonormal and U S Vᵀ is m, both to a few units in the last place of the largest
/// singular value: a tenth less than the 20 that are promised, which a QR before may take. Three products:
/// O(n³), a small part of the decomposition. Of double: a template so that who does not ask does not compile it.
template <std::floating_point Real>
bool is_accurate(const core_svd<Real>& svd, const dense_matrix<Real>& m);

/// The thin SVD of a finite matrix that is not empty. O(rows · columns · min) and O(min³).
template <std::floating_point Real>
core_svd<Real> decompose(const dense_matrix<Real>& m);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "bodies/dense_svd.hpp"
#endif

#endif
