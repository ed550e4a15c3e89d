/// @file
/// Directions projected on target vectors: a table of scores that is computed block by block when it is read.
#ifndef SVDLENS_PROJECTION_PROJECTION_HPP
#define SVDLENS_PROJECTION_PROJECTION_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../directions/vector_set.hpp"
#include "../table/score_source.hpp"
#include "../table/tiling.hpp"
#include "../tensor/axes.hpp"
#include "detail/vector_lengths.hpp"
#include "detail/vector_places.hpp"
#include "restriction.hpp"

namespace svdlens::inline v0_2 {

/// What a score says of a unit direction v with singular value S and a target w (with singular value T, where
/// the target is a direction itself; else T = 1).
enum class score_kind {
    dot,    ///< ⟨v, w⟩
    cosine, ///< ⟨v, w⟩ / (‖v‖ ‖w‖); 0 for a zero vector, finite for every other
    scaled, ///< S ⟨v, w⟩ T: the effect on the target per unit of reading activation
};

/// `dot`, `cosine` or `scaled`.
inline std::string_view to_text(score_kind kind) {
    switch (kind) {
    case score_kind::dot:
        return "dot";
    case score_kind::cosine:
        return "cosine";
    case score_kind::scaled:
        return "scaled";
    }
    return "";
}

struct projection_options {
    score_kind score = score_kind::scaled;
    projection_restriction only = {}; ///< indices along its axes: `{{"head", {0, 3}}, {"target_layer", {2}}}`
    svdlens::null_space null_space = svdlens::null_space::left_out;
    std::string title = {}; ///< instead of the one derived from the sets' names
};

/// All kinds of score of one row, and the direction's singular value: what the table holds, but for rounding.
struct score_parts {
    double singular_value;
    double dot;
    double cosine;
    double scaled;
};

/// The scores of directions (lines) × targets (columns): a score source that stores nothing. Copies share the
/// weights and directions and keep them alive.
///
/// One block is one matrix product of up to 512 directions and 1024 targets, 2^18 scores at most; its cost is
/// 2 · d_model operations a score. Memory of a worker: one tile of scores and its directions, 1 MiB + 256 to
/// 512 · d_model values; of deferred targets those of the tile, up to 1024 · d_model values (twice where they
/// are both converted and folded).
///
/// Vectors of any finite length have the scores of their formulas, infinite only where T has no such number.
/// Those of a length, or of a length times their singular value, beyond the fourth root of T's range
/// (2^±32 for float) are multiplied in double: where all vectors are such, a block takes about five times as
/// long, and a worker up to 2 MiB + 12 KiB · d_model more.
template <std::floating_point T>
class basic_projection {
  public:
    using value_type = T;

    /// See `project`.
    basic_projection(basic_vector_set<T> directions, basic_vector_set<T> targets, projection_options options,
                     const execution& run);

    const svdlens::axes& axes() const { return axes_; }
    std::uint64_t max_rows() const { return state_->tiles.size(); }
    std::size_t blocks() const { return state_->tiles.blocks(); }
    const tiling& tiles() const { return state_->tiles; }
    score_kind score() const { return score_; }

    /// The same rows with another kind of score. O(1).
    basic_projection with_score(score_kind kind) const;

    score_block<T> block(std::size_t i, block_buffer<T>& buffer) const;

    /// All kinds of score of a present row, in double. O(d_model).
    /// @throws argument_error (invalid_argument) when the row is not present
    score_parts parts(row_number row) const;

  private:
    using place = detail::vector_place;

    struct shared_state {
        shared_state(basic_vector_set<T> from, basic_vector_set<T> to, const svdlens::axes& table,
                     tiling rows, detail::vector_lengths<T> from_lengths,
                     detail::vector_lengths<T> to_lengths);

        basic_vector_set<T> directions;
        basic_vector_set<T> targets;
        tiling tiles;
        detail::vector_lengths<T> direction_lengths;
        detail::vector_lengths<T> target_lengths;
        detail::vector_places direction_of_line;
        detail::vector_places direction_of_row;
        detail::vector_places target_of_row;
    };

    void set_score(score_kind kind);

    /// How many lines a tile's product has. A product of one line would go another way, in which Eigen's sums
    /// depend on how the targets lie in memory.
    static std::size_t product_lines(const tiling::tile& tile) {
        return (std::max<std::size_t>)(tile.lines, 2);
    }

    /// The tile's directions, one a row, times what their lines are scaled by; zeros where there are none.
    void gather(const tiling::tile& tile, T* out) const;

    /// How many lines from the i-th on lie beside each other in one layer.
    std::size_t neighbours(const tiling::tile& tile, std::size_t i, const place& at) const {
        const auto first = state_->tiles.line_number(tile.line + i);
        const std::size_t most = (std::min)(tile.lines - i, state_->directions.size() - at.k);
        std::size_t count = 1;
        while (count < most && state_->tiles.line_number(tile.line + i + count) == first + count) ++count;
        return count;
    }

    void gather(const place& at, std::size_t count, T* out) const;

    /// 0 for an extreme vector, whose scores are made anew: products with numbers next to 0 are slow.
    T line_factor(const place& at) const {
        const auto& lengths = state_->direction_lengths;
        if (lengths.is_extreme(at.layer, at.k)) return T{0};
        if (score_ == score_kind::scaled) return state_->directions.singular_value(at.layer, at.k);
        return score_ == score_kind::cosine ? lengths.inverse[at.layer][at.k] : T{1};
    }

    /// The tile's targets, zeros in place of extreme ones.
    basic_matrix<T> ordinary_targets(const tiling::tile& tile) const;

    void multiply(const tiling::tile& tile, const T* gathered, T* scores) const;

    void scale_columns(const tiling::tile& tile, T* scores) const;

    /// Scores with an extreme vector anew: T has no range for their products.
    void replace_extremes(const tiling::tile& tile, T* scores) const;

    /// The scores of some lines and columns of the tile, in double.
    void multiply_widely(const tiling::tile& tile, const std::vector<std::size_t>& lines,
                         const std::vector<std::size_t>& columns, T* scores) const;

    place direction_at(const tiling::tile& tile, std::size_t i) const {
        return state_->direction_of_line(state_->tiles.line_number(tile.line + i));
    }

    std::size_t target_layer(const tiling::tile& tile) const { return state_->tiles.ordinal(tile); }

    /// The tile's targets, one a row.
    basic_matrix<T> target_matrix(const tiling::tile& tile) const {
        return state_->targets.layers[target_layer(tile)].row_range(tile.column, tile.columns);
    }

    /// Which columns of the tile are of extreme targets, ascending.
    std::vector<std::size_t> extreme_columns(const tiling::tile& tile) const;

    std::shared_ptr<const shared_state> state_;
    svdlens::axes axes_;
    score_kind score_ = score_kind::scaled;
};

using projection = basic_projection<float>;

/// Every direction on every target that it can reach: a lazy table with the axes (target_layer, directions'
/// axes, targets' axes). Causality follows from the sets' ports: a head's writing directions meet the inputs
/// of the MLP of the same and of later layers, of strictly later heads, and the unembedding; reading
/// directions meet what was written before them. The lengths of the vectors are taken here: O((lines +
/// targets) · d_model).
/// @throws argument_error (invalid_argument) when d_model differs, when both sets read or both write, or when
/// a restriction names an index that there is not; (invalid_axes) when a set is not consistent
/// @throws lookup_error (unknown_column) when a restriction names no axis of the table, naming those there
/// are, or a set's identity no column of its axes
/// @throws numeric_error (non_finite) when a vector or its singular value is not finite, naming the vector;
/// cancelled_error
template <std::floating_point T>
basic_projection<T> project(basic_vector_set<T> directions, basic_vector_set<T> targets,
                            projection_options options = {}, const execution& run = {});

/// With the default options: `project(heads.writing(), weights.mlp_in(), {.threads = 4})`.
template <std::floating_point T>
basic_projection<T> project(basic_vector_set<T> directions, basic_vector_set<T> targets,
                            const execution& run) {
    return project(std::move(directions), std::move(targets), projection_options(), run);
}

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/projection.hpp"
#endif

#endif
