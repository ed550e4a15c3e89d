/// @file
/// How much of a target's energy whole heads have, or of another head's: a table computed when it is read.
#ifndef SVDLENS_PROJECTION_ENERGIES_HPP
#define SVDLENS_PROJECTION_ENERGIES_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../core/execution.hpp"
#include "../directions/vector_set.hpp"
#include "../table/score_source.hpp"
#include "../table/tiling.hpp"
#include "../tensor/axes.hpp"
#include "detail/energy_sides.hpp"
#include "restriction.hpp"

namespace svdlens::inline v0_2 {

/// What an energy is of. A head has directions v_i with a_i = S_i² / Σ S², a head as target directions w_j with b_j
/// alike; a vector is one direction with b = 1. None depends on the basis of a head but `share`, which takes its singular
/// directions.
enum class energy_kind {
    cosine, ///< Σ a_i b_j cos²_ij = ‖A B‖² / (‖A‖² ‖B‖²), of a vector ‖A w‖² / (‖A‖² ‖w‖²)
    share,  ///< Σ a_i b_j share²_ij: of all that the set's directions have of each w_j
    subspace, ///< Σ cos²_ij / (m m'): all directions of a head alike, whatever their S
};

/// `cosine`, `share` or `subspace`.
inline std::string_view to_text(energy_kind kind) {
    switch (kind) {
    case energy_kind::cosine:
        return "cosine";
    case energy_kind::share:
        return "share";
    case energy_kind::subspace:
        return "subspace";
    }
    return "";
}

struct energy_options {
    energy_kind kind = energy_kind::share;
    projected_rows rows = projected_rows::causal;
    std::string title = {}; ///< instead of the one derived from the sets' names
};

/// Energies of heads (lines) with targets (columns), between 0 and 1: a score source that stores none. By chance they
/// are about 1 / `null_dimension()`; `log_p_of_energy` and `log_p_of_composition` say how much more is improbable.
///
/// One block is one matrix product of some heads' directions and up to 1024 target vectors; its memory and cost are those
/// of a `basic_projection`'s. Vectors of any finite length have their energies.
template <std::floating_point T>
class basic_energies {
  public:
    using value_type = T;

    /// See `energies`.
    basic_energies(basic_vector_set<T> directions, basic_vector_set<T> targets, energy_options options,
                   const execution& run);

    const svdlens::axes& axes() const { return axes_; }
    std::uint64_t max_rows() const { return tiles_->size(); }
    std::size_t blocks() const { return tiles_->blocks(); }
    const tiling& tiles() const { return *tiles_; }
    /// What is asked of each pair.
    energy_kind kind() const { return kind_; }
    /// Causal rows, or a control.
    projected_rows rows() const { return rows_; }

    /// The energies of other rows of the same sets: `acausal` ones as a control. O(heads + targets).
    /// @throws argument_error (invalid_argument) for `wrong_side` of sets of which one reads and one writes, and for others
    /// of sets of which both do
    basic_energies with_rows(projected_rows rows) const;

    score_block<T> block(std::size_t i, block_buffer<T>& buffer) const;

    /// The dimensions of the law that energies follow by chance: how many directions share, or d_model, one less where
    /// a side is centred.
    std::uint64_t null_dimension() const { return state_->null_dimension; }

    /// √(a_i) of a line's head, and √(b_j) of a target, up to a factor: what `spectrum` takes. Of `subspace` all are 1.
    /// A line is layer · heads + head, a node the target's number in its layer. @{
    std::vector<double> source_spectrum(std::size_t line) const { return state_->lines.sizes_of(line); }
    std::vector<double> target_spectrum(std::size_t layer, std::size_t node) const {
        return state_->columns.sizes_of(layer * state_->columns.nodes + node);
    }
    /// @}

    /// How many lines a target layer has, how many targets a line, and how many layers of targets there are, present or
    /// not.
    std::size_t line_count() const { return state_->lines.nodes * state_->lines.layers(); }
    /// Targets of a layer: how many rows a line has.
    std::size_t line_length() const { return state_->columns.nodes; }
    /// How many layers the targets have; 1 where they have none.
    std::size_t target_layers() const { return state_->columns.layers(); }

    /// How many products of two vectors an energy is made of.
    std::uint64_t products_a_row() const { return state_->lines.width * state_->columns.width; }

    /// Whether targets are heads, of several directions each.
    bool has_target_heads() const { return detail::has_nodes(state_->columns.set); }

  private:
    struct shared_state {
        detail::energy_side<T> lines;
        detail::energy_side<T> columns;
        std::uint64_t null_dimension = 0;
    };

    void set_rows(projected_rows rows);

    /// The tile's directions, one a row, times the roots of their weights.
    void gather(const tiling::tile& tile, T* out) const;

    /// The tile's target vectors, one a row.
    basic_matrix<T> tile_targets(const tiling::tile& tile) const;

    std::shared_ptr<const shared_state> state_;
    std::shared_ptr<const tiling> tiles_;
    svdlens::axes axes_;
    std::string title_; ///< of causal rows
    energy_kind kind_ = energy_kind::share;
    projected_rows rows_ = projected_rows::causal;
};

using float_energies = basic_energies<float>;

/// The energy of every head with every target that it can reach: a lazy table with the axes (target_layer, layer, head,
/// the targets' other axes). `directions` are a set's singular directions on one side; of sets without heads every vector
/// is one by itself. Targets that are singular directions of heads are taken a head at a time: axes (target_layer, layer,
/// head, target_head). Null-space and dead directions have no part; heads without others, and dead targets, no row.
///
/// Where a side is `centered`, energies are inside P = I - 11ᵀ/d. For the exact law of `cosine` and `subspace` then
/// decompose what writes inside P, too (`with_centered_writing`); else a_i = S_i² ‖P v_i‖².
///
/// O((vectors) · d_model) at once, and for `share` as `basic_projection::with_score` says.
/// @throws as `project`; argument_error (invalid_argument) for `share` of fewer than `fewest_sharing` directions
template <std::floating_point T>
basic_energies<T> energies(basic_vector_set<T> directions, basic_vector_set<T> targets,
                           energy_options options = {}, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/energies.hpp"
#endif

#endif
