/// @file
/// Composition: the norm of two heads' matrices one after the other, against that of each.
#ifndef SVDLENS_DIRECTIONS_COMPOSITION_HPP
#define SVDLENS_DIRECTIONS_COMPOSITION_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
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

/// What of a later head meets what an earlier one writes.
enum class composition_role {
    value, ///< what it moves: the left side of its OV circuit
    query, ///< what its queries read: the left side of its QK circuit
    key,   ///< what its keys read: the right side of its QK circuit
};

/// `value`, `query` or `key`.
inline std::string_view to_text(composition_role role) {
    switch (role) {
    case composition_role::value:
        return "value";
    case composition_role::query:
        return "query";
    case composition_role::key:
        return "key";
    }
    return "";
}

/// Which heads are paired.
enum class head_pairs {
    causal,   ///< an earlier layer's head as source, a later one's as target
    reversed, ///< the other way round: products that no computation uses, so what they show is no circuit
};

/// The composition of one pair of heads.
template <std::floating_point T>
struct basic_head_composition {
    std::string source; ///< the head that writes, `L0H3`
    std::string target; ///< the head that reads, `L1H2`
    T score = 0;        ///< ‖W₁ W₂‖_F / (‖W₁‖_F ‖W₂‖_F)
    head_index source_head;
    head_index target_head;
    /// ‖W₁ P W₂‖_F / (‖W₁ P‖_F ‖W₂‖_F) with P = I - 11ᵀ/d where the target's side is centred: what it can see of
    /// the source. Else `score`.
    T seen_score = 0;
};

using head_composition = basic_head_composition<float>;

struct composition_options {
    composition_role role = composition_role::value;
    head_pairs pairs = head_pairs::causal;
};

/// How much of what one head writes another one reads, for every pair of heads of different layers: W₁ = W_V W_O
/// of the source, W₂ = W_OV, W_QK or W_QKᵀ of the target, by the role. From the factors, no d × d matrix is formed;
/// 0 where a head is zero. Ordered by source layer, target layer, source head, target head. In parallel over
/// pairs of layers, same bits for any number of threads.
/// @param ov the circuits that write
/// @param later the circuits of the targets: `ov` again for `value`, else the QK circuits. Rotary models have these at
/// one distance only (`rotary_qk_circuits`)
///
/// O(pairs of layers · (heads · r)² d); holds 2 · layers · heads · r · d values and (heads · r)² a worker. Source:
/// Elhage et al., A Mathematical Framework for Transformer Circuits (2021).
/// @throws numeric_error (non_finite) naming head and tensor; model_error (wrong_shape); cancelled_error
/// @throws argument_error (invalid_argument) when the circuits are not square, do not write, do not read on the role's
/// side, or the two sets have not the same layers
template <std::floating_point T>
std::vector<basic_head_composition<T>>
head_compositions(const basic_factored_set<T>& ov, const basic_factored_set<T>& later,
                  composition_options options = {}, const execution& run = {});

/// V composition of every head with every head of a strictly later layer: `head_compositions(ov, ov)`.
template <std::floating_point T>
std::vector<basic_head_composition<T>> v_composition(const basic_factored_set<T>& ov,
                                                     const execution& run = {}) {
    return head_compositions(ov, ov, {}, run);
}

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/composition.hpp"
#endif

#endif
