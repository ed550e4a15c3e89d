/// @file
/// Discoveries by counting decoys: rows that nothing computes set the threshold, no p-value has to be right.
#ifndef SVDLENS_SIGNIFICANCE_DECOYS_HPP
#define SVDLENS_SIGNIFICANCE_DECOYS_HPP

#include <concepts>

#include "../core/execution.hpp"
#include "../projection/projection.hpp"
#include "discoveries.hpp"
#include "findings.hpp"

namespace svdlens::inline v0_2 {

/// The rows of a projection that are found by the decoy rule: the largest set of rows, those of the smallest p over
/// weight, of which (hits_a + 1) / N_a · N_c / hits_c <= q with hits_c rows of N_c in it, and hits_a of the N_a decoys as
/// improbable. p only orders the rows: where it is wrong on the decoys as on the rows, as on anisotropic weights, the rate
/// still holds. It takes decoys in number: with N_a as N_c, at least 1 / q rows are found, or none. Column `q` is the smallest
/// such ratio of a set that holds the row.
///
/// `decoys`: acausal rows of the same sets, `scores.with_rows(projected_rows::acausal)`, or the wrong side; all of them.
/// Their counts are `control`, their rate below q. Two passes over both. Memory: 64 bytes for each row of either at the
/// level where the threshold may be, and the budget holds them.
/// @throws as `discoveries`; argument_error (invalid_argument) when there are no decoys, or the budget is too small
template <std::floating_point T>
findings decoy_discoveries(const basic_projection<T>& scores, const basic_projection<T>& decoys,
                           const discovery_options& options = {}, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/decoys.hpp"
#endif

#endif
