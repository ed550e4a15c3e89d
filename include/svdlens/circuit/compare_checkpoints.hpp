/// @file
/// What changed between two checkpoints of one model: heads, their directions, and the change itself as a circuit.
#ifndef SVDLENS_CIRCUIT_COMPARE_CHECKPOINTS_HPP
#define SVDLENS_CIRCUIT_COMPARE_CHECKPOINTS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../core/execution.hpp"
#include "../directions/factored_set.hpp"
#include "../directions/matched_directions.hpp"
#include "../directions/singular_directions.hpp"
#include "../model/transformer_weights.hpp"

namespace svdlens::inline v0_2 {

/// The heads of a circuit and their directions.
template <std::floating_point T>
struct basic_decomposed_set {
    basic_factored_set<T> set;
    basic_singular_directions<T> directions;
};

/// How much a head changed: W before, W' after, norms of Frobenius.
struct head_change {
    std::size_t layer = 0;
    std::size_t head = 0;
    double norm_before = 0;     ///< ‖W‖
    double norm_after = 0;      ///< ‖W'‖
    double cosine = 0;          ///< ⟨W, W'⟩ / (‖W‖ ‖W'‖); 0 where one is zero
    double change = 0;          ///< ‖W' - W‖
    double first_share = 0;     ///< what the change's first direction has of its Σ S²; 0 of no change
    std::size_t directions = 0; ///< of the change that are more than null space: its rank
    bool dead = false;          ///< below `dead_share` of the largest head, before and after

    /// ‖W' - W‖ / ‖W‖: 0 of no change, infinite of a head that was zero.
    double relative() const;
};

/// One circuit, OV or QK, of all heads of two checkpoints.
template <std::floating_point T>
struct basic_circuit_change {
    basic_decomposed_set<T> before;
    basic_decomposed_set<T> after;
    /// W' - W: a set as any other, `ov_change` or `qk_change` (`factored_difference`).
    basic_decomposed_set<T> change;
    std::vector<head_change> heads;       ///< by layer · heads + head
    std::vector<direction_match> matches; ///< of directions before and after (`match_directions`)
    std::vector<double> log_p;            ///< of each match: `log_p_of_overlap`, of one pair

    /// The match of a direction; null where it has none.
    const direction_match* match_of(std::size_t layer, std::size_t head, std::size_t direction) const;
};

/// Whether two checkpoints have a basis in common: whether heads' directions meet their namesakes more than chance, and
/// more than they meet other heads'.
struct basis_evidence {
    std::uint64_t pairs = 0;   ///< of directions of namesakes, among which matches were looked for
    std::uint64_t matched = 0; ///< directions that have a match
    std::uint64_t hits = 0;    ///< of them with p · pairs <= 0.01
    std::uint64_t other_matched =
        0; ///< the control: matched with another head of the layer, or of another layer
    std::uint64_t other_hits = 0;
    double largest_overlap = 0; ///< of namesakes, in size

    /// Whether there are hits, and per match at least twice those of the control.
    bool is_shared() const;
};

/// How far a matrix outside the heads changed: an embedding, an MLP's of one layer.
struct weight_change {
    std::string name; ///< `W_E`, `L3 W_in`, or an extra's own
    double norm_before = 0;
    double change = 0; ///< ‖W' - W‖

    /// Of the norm before; infinite where that is 0.
    double relative() const;
};

/// What `compare_checkpoints` finds: heads, matched directions, and the change as a circuit.
template <std::floating_point T>
struct basic_checkpoint_comparison {
    basic_circuit_change<T> ov;
    std::optional<basic_circuit_change<T>> qk; ///< none where no matrix W_Q W_Kᵀ says it all
    basis_evidence basis;
    std::vector<std::string> left_out;      ///< why there is no QK: a line
    std::vector<weight_change> others = {}; ///< all matrices outside the heads that are not biases or norms
};

using circuit_change = basic_circuit_change<float>;
using checkpoint_comparison = basic_checkpoint_comparison<float>;

struct comparison_options {
    std::int64_t rotary_offset =
        0; ///< of models with rotary positions: how far the query stands behind the key
};

/// Refuses two models that cannot be compared matrix by matrix: of other sizes, parts, norms, order, inputs or
/// outputs, or processed otherwise. Names of tensors, dtypes and the length of the context may differ. O(layers).
/// @throws model_error (wrong_shape) for sizes, (unsupported_model) for all else, naming both files, what was expected
///         and found, and what to do
template <std::floating_point T>
void require_comparable(const basic_transformer_weights<T>& before,
                        const basic_transformer_weights<T>& after);

/// The heads of two sets compared: norms, cosines and the change from their factors, directions matched one by one.
/// In parallel, same bits for any number of threads. Four decompositions' time: the change has 2 r columns.
/// @throws as `factored_difference` and `singular_directions`
template <std::floating_point T>
basic_circuit_change<T> compare_circuits(const basic_factored_set<T>& before,
                                         const basic_factored_set<T>& after, const execution& run = {});

/// What overlaps of namesakes, and of other heads, say of two checkpoints.
/// @throws as `match_directions`
template <std::floating_point T>
basis_evidence evidence_of_basis(const std::vector<const basic_circuit_change<T>*>& circuits,
                                 const execution& run = {});

/// Compares two checkpoints of one model: steps of one training, a fine-tuning, a merged adapter, another dtype. Both
/// have to be processed alike, as by `fold_norms`. QK circuits of rotary models stand at an offset.
///
/// Two models that share no basis are refused, as cosines between them mean nothing: such are models of other seeds.
/// The test is `basis_evidence`: no direction of a head meets its namesake's more than chance (largest overlap by
/// `log_p_of_overlap`, over all pairs, at 0.01), or not twice as often as it meets other heads'. A model and the same file with an adapter
/// merged into it share theirs.
/// @throws model_error as `require_comparable`, and (unsupported_model) where nothing is shared; as
///         `singular_directions`; cancelled_error
template <std::floating_point T>
basic_checkpoint_comparison<T>
compare_checkpoints(const basic_transformer_weights<T>& before, const basic_transformer_weights<T>& after,
                    const comparison_options& options = {}, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/compare_checkpoints.hpp"
#endif

#endif
