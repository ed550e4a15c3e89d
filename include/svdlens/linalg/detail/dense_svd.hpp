/// @file
/// The singular value decomposition of a dense matrix of any shape, in double, checked.
#ifndef SVDLENS_LINALG_DETAIL_DENSE_SVD_HPP
#define SVDLENS_LINALG_DETAIL_DENSE_SVD_HPP

#include "core_svd.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether U and V are orthonormal and U S Vᵀ is m, both to a few units in the last place of the largest
/// singular value: a tenth less than the 20 that are promised, which a QR before may take. Three products:
/// O(n³), a small part of the decomposition.
bool is_accurate(const core_svd<double>& svd, const dense_matrix<double>& m);

/// The thin SVD of a finite matrix that is not empty. O(rows · columns · min) and O(min³).
core_svd<double> decompose(const dense_matrix<double>& m);

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "bodies/dense_svd.hpp"
#endif

#endif
