/// @file
/// What heads attend to by place, when every place has a vector.
#ifndef SVDLENS_DIRECTIONS_ATTENTION_PROFILE_HPP
#define SVDLENS_DIRECTIONS_ATTENTION_PROFILE_HPP

#include <concepts>
#include <cstddef>

#include "../core/execution.hpp"
#include "../table/long_table.hpp"
#include "factored_set.hpp"
#include "vector_set.hpp"

namespace svdlens::inline v0_2 {

/// What every head gives to the place 0, 1, 2, ... back: two tables over (layer, head, offset).
template <std::floating_point T>
struct basic_attention_profile {
    basic_long_table<T> attention; ///< mean over the places that have one so far back
    basic_long_table<T> score;     ///< mean attention logit there
};

using float_attention_profile = basic_attention_profile<float>;

struct attention_profile_options {
    double scale = 1;        ///< of scores, before the softmax
    std::size_t offsets = 8; ///< 0 to this - 1, or as many as there are places
    bool causal = true;      ///< a place sees itself and what is before; false: all (encoders)
};

/// The softmax of scale · X·W·Xᵀ over j <= i, X being the vectors of n places in their order, averaged along
/// its diagonals.
///
/// In parallel over heads, same bits for any number of threads. O(layers · heads · (n² r + n d r)), in
/// double; holds n d doubles, and n (2 r + 32) + d r a worker.
/// @throws numeric_error (non_finite) naming head and tensor, or the place, or a head whose scores are beyond
///         double's range; model_error (wrong_shape) when the heads differ in shape or the vectors have
///         another d_model; cancelled_error
/// @throws argument_error (invalid_argument) for no offset or no place, when the set has layers, or the scale
///         is no number; (invalid_axes)
template <std::floating_point T>
basic_attention_profile<T>
attention_profile(const basic_factored_set<T>& set, const basic_vector_set<T>& places,
                  const attention_profile_options& options = {}, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/attention_profile.hpp"
#endif

#endif
