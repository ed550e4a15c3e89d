/// @file
/// V composition: the norm of two heads' OV matrices one after the other, against that of each.
#ifndef SVDLENS_DIRECTIONS_COMPOSITION_HPP
#define SVDLENS_DIRECTIONS_COMPOSITION_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "factored_set.hpp"

namespace svdlens::inline v0_2 {

/// A head by its numbers.
struct head_index {
    std::size_t layer = 0;
    std::size_t head = 0;

    friend bool operator==(const head_index&, const head_index&) = default;
};

/// The composition of one pair of heads.
template <std::floating_point T>
struct basic_head_composition {
    std::string source; ///< the earlier head, `L0H3`
    std::string target; ///< the later head, `L1H2`
    T score = 0;
    head_index source_head;
    head_index target_head;
};

using head_composition = basic_head_composition<float>;

/// V composition of every head with every head of a strictly later layer: ‖W₁ W₂‖_F / (‖W₁‖_F ‖W₂‖_F) with
/// W = W_V W_O, from the factors; 0 where a head is zero. Ordered by source layer, target layer, source head,
/// target head. In parallel over pairs of layers, same bits for any number of threads.
/// O(pairs of layers · (heads · r)² d); holds 2 · layers · heads · r · d values and (heads · r)² a worker.
/// @throws numeric_error (non_finite) naming head and tensor; model_error (wrong_shape); cancelled_error
/// @throws argument_error (invalid_argument) when the circuits are not square
template <std::floating_point T>
std::vector<basic_head_composition<T>> v_composition(const basic_factored_set<T>& ov,
                                                     const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/composition.hpp"
#endif

#endif
