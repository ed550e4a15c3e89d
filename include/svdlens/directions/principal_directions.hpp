/// @file
/// The singular directions of the matrix whose rows a set's vectors are: an embedding as one node.
#ifndef SVDLENS_DIRECTIONS_PRINCIPAL_DIRECTIONS_HPP
#define SVDLENS_DIRECTIONS_PRINCIPAL_DIRECTIONS_HPP

#include <concepts>

#include "../core/execution.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0_2 {

/// The singular directions and values of the matrix that a set's vectors are the rows of: how all of an
/// embedding, of positions or of an unembedding write or read together. Axes (matrix, direction) with one matrix, called
/// as the set is; port, centring and provenance are the set's. From the d × d Gram matrix, so that values below 1e-4 of the
/// largest (1e-8 for double) are rounding: they are null space. Dead vectors have no part.
///
/// In parallel, same bits for any number of threads. O(vectors · d² + d³); holds 3 d² doubles, and 256 vectors a worker.
/// @throws numeric_error (non_finite), naming the vector; argument_error (invalid_argument) for a set with layers,
///         (invalid_axes); cancelled_error
template <std::floating_point T>
basic_vector_set<T> principal_directions(const basic_vector_set<T>& set, seen_space space = seen_space::whole,
                                         const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/principal_directions.hpp"
#endif

#endif
