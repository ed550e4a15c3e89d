/// @file
/// What changed between two sets of heads, as factored matrices like any others.
#ifndef SVDLENS_DIRECTIONS_FACTORED_DIFFERENCE_HPP
#define SVDLENS_DIRECTIONS_FACTORED_DIFFERENCE_HPP

#include <concepts>

#include "../core/execution.hpp"
#include "factored_set.hpp"

namespace svdlens::inline v0_2 {

/// W' - W of every head of two sets of the same heads, of rank at most 2 r: `ov` becomes `ov_change`, whose
/// directions are nodes of their own. Its singular directions say what a head reads and writes now that it did
/// not before (or no longer); `project` takes them as those of any heads.
///
///     A'B' - AB = [s (A' - A), t A] · [B' / s; (B' - B) / t]
///
/// That is [A', -A] [B'; B] with columns combined, so that a small change is not a difference of large products:
/// s and t are the powers of two with which either pair's factors are of one size, and its directions are
/// accurate to the size of the change. Heads that did not change at all are zero: null space.
///
/// Deferred; O(layers · heads · d r) for the sizes, in parallel.
/// @throws argument_error (invalid_argument) for sets of other names, heads, places in the stream or sizes;
///         numeric_error (non_finite) naming head and tensor; model_error (wrong_shape); cancelled_error
template <std::floating_point T>
basic_factored_set<T> factored_difference(const basic_factored_set<T>& before,
                                          const basic_factored_set<T>& after, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/factored_difference.hpp"
#endif

#endif
