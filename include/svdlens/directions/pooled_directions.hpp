/// @file
/// Which directions of the residual stream all heads share, and what else lies along them.
#ifndef SVDLENS_DIRECTIONS_POOLED_DIRECTIONS_HPP
#define SVDLENS_DIRECTIONS_POOLED_DIRECTIONS_HPP

#include <concepts>
#include <vector>

#include "../core/execution.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0_2 {

/// The eigenvectors of the sum of what heads read and write: each side of a head counts by its Gram matrix, Σ S² u uᵀ
/// over its directions divided by Σ S², so that no head counts for its size. The squares of the result's singular values
/// are shares of all sides, the largest first: they sum to 1. Of sides that have nothing in common there are as many
/// equal ones as dimensions.
///
/// Axes (matrix, direction) with one matrix, `stream`; sides are `heads.reading()`, `heads.writing()`, `heads.query()`,
/// `heads.key()`, those one asks about. Dead vectors, and heads whose singular values are all 0, have no part. In parallel,
/// same bits for any number of threads. O(directions · d² + d³); holds 4 d² doubles, and 256 vectors a worker.
/// @throws argument_error (invalid_argument) for no side, for one without singular values or an axis `direction` as the
///         last, and where d_model differs; numeric_error (non_finite); cancelled_error
template <std::floating_point T>
basic_vector_set<T> pooled_directions(const std::vector<basic_vector_set<T>>& sides,
                                      const execution& run = {});

/// Which share of a set's energy lies along each vector e of `along`: Σ ⟨x, e⟩² / Σ ‖x‖², e at unit length; 1/d of each
/// where the set has no direction of its own. Dead vectors have no part; 0 of a set that is 0. Over an orthonormal basis
/// they sum to 1.
///
/// O(vectors · d² + d² · along), same bits for any number of threads; holds 2 d² doubles.
/// @throws argument_error (invalid_argument) for a set with layers, and where d_model differs; numeric_error (non_finite);
///         cancelled_error
template <std::floating_point T>
std::vector<double> energy_shares(const basic_vector_set<T>& of, const basic_vector_set<T>& along,
                                  const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/pooled_directions.hpp"
#endif

#endif
