/// @file
/// The standard errors of edges, blocks of directions against targets, and which edges are stable.
#ifndef SVDLENS_SIGNIFICANCE_SCORE_ERRORS_HPP
#define SVDLENS_SIGNIFICANCE_SCORE_ERRORS_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../core/execution.hpp"
#include "../directions/direction_errors.hpp"
#include "../directions/vector_set.hpp"
#include "../table/long_table.hpp"
#include "../tensor/axes.hpp"

namespace svdlens::inline v0_2 {

/// How sure one score is: every kind of score is a multiple of ⟨v, w⟩, so its standard error is its size
/// times that share.
struct score_error {
    double dot = 0;   ///< ⟨v, w⟩
    double error = 0; ///< its standard error

    /// The standard error of a score of this row, of any kind, S and lengths held: |score| · error / |dot|.
    double of(double score) const { return dot == 0 ? error : std::abs(score) * error / std::abs(dot); }

    /// Whether a score stays at or beyond a threshold when three standard errors are taken off its size.
    bool is_stable(double score, double threshold) const {
        return std::abs(score) - 3 * of(score) >= std::abs(threshold);
    }
};

struct score_error_options {
    double target_noise = 0; ///< rms change of a target's entry over the rms of its entries
};

/// The standard errors of rows of `project(side.vectors(), targets)`: `score_errors(errors.right,
/// weights.mlp_in(), edges.rows())`.
///
///     se² ⟨v_k, w⟩ = Σ_j m_kj² ⟨v_j, w⟩² + (σ_B² a_k / S_k²) (‖w‖² - Σ_j ⟨v_j, w⟩²) + (target_noise ‖w‖)² / d
///
/// with the m_kj of `direction_errors`. Only what is kept needs it: O(rows · directions · d), in parallel,
/// same bits for any number of threads.
/// @throws argument_error (invalid_argument) for a row beyond the table, vectors of another d_model, or a
///         noise that is negative or no number; (invalid_axes); cancelled_error
template <std::floating_point T>
std::vector<score_error> score_errors(const basic_side_errors<T>& side, const basic_vector_set<T>& targets,
                                      std::span<const row_number> rows,
                                      const score_error_options& options = {}, const execution& run = {});

/// The energy Σ ⟨v_k, w⟩² / ‖w‖² that the directions of each block have of each target: between 0 and 1,
/// without a sign, and the same however noise turns the directions within a block. A table of (target_layer,
/// block, the targets' other axes), the column `block` being `L0H3.4-5`; NaN where the block writes after the
/// target has read, or the target is zero. Of centred sets lengths are those of w without its mean.
///
/// `log_p_of_block` says what is more than chance. In parallel over targets, same bits for any number of
/// threads. O(directions · targets · d); holds a number for every block and target.
/// @throws argument_error (invalid_argument) when the table is larger than `run.memory_budget`, or a block is
///         not one of the vectors'; as `project`
template <std::floating_point T>
basic_long_table<T> block_energies(const basic_vector_set<T>& vectors,
                                   std::span<const direction_block> blocks,
                                   const basic_vector_set<T>& targets, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/score_errors.hpp"
#endif

#endif
