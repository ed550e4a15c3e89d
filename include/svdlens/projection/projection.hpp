/// @file
/// Directions projected on target vectors: a table of scores that is computed block by block when it is read.
#ifndef SVDLENS_PROJECTION_PROJECTION_HPP
#define SVDLENS_PROJECTION_PROJECTION_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
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
#include "detail/score_factors.hpp"
#include "detail/vector_lengths.hpp"
#include "detail/vector_places.hpp"
#include "restriction.hpp"

namespace svdlens::inline v0_2 {

/// The fewest directions of which one's share of a target tells anything.
inline constexpr std::uint64_t fewest_sharing = 8;

/// What a score says of a unit direction v with singular value S and a target w (with singular value T, where
/// the target is a direction itself; else T = 1).
enum class score_kind {
    dot,    ///< ⟨v, w⟩
    cosine, ///< ⟨v, w⟩ / (‖v‖ ‖w‖); 0 for a zero vector, finite for every other
    scaled, ///< S ⟨v, w⟩ T: the effect on the target per unit of reading activation
    /// ⟨Pv, Pw⟩ / (‖Pv‖ ‖Pw‖) with P = I - 11ᵀ/d, where a set is `centered`: what readers behind a LayerNorm see of
    /// a direction that has a mean. `cosine` where none is
    centered_cosine,
    /// c / √Σ c_j² with c the centered cosine and c_j those of all directions of the set with the target, of all
    /// layers: how much of what directions have of a target this one has
    share,
};

/// `dot`, `cosine`, `scaled`, `centered_cosine` or `share`.
inline std::string_view to_text(score_kind kind) {
    switch (kind) {
    case score_kind::dot:
        return "dot";
    case score_kind::cosine:
        return "cosine";
    case score_kind::scaled:
        return "scaled";
    case score_kind::centered_cosine:
        return "centered_cosine";
    case score_kind::share:
        return "share";
    }
    return "";
}

struct projection_options {
    score_kind score = score_kind::scaled;
    projection_restriction only = {}; ///< indices along its axes: `{{"head", {0, 3}}, {"target_layer", {2}}}`
    svdlens::null_space null_space = svdlens::null_space::left_out;
    projected_rows rows = projected_rows::causal;
    std::string title = {}; ///< instead of the one derived from the sets' names
};

/// All kinds of score of one row, and the direction's singular value: what the table holds, but for rounding.
struct score_parts {
    double singular_value;
    double dot;
    double cosine;
    double scaled;
    double centered_cosine;
    std::optional<double> share; ///< of a projection of `score_kind::share`: others do not hold what it takes
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
/// @code{.cpp}
/// auto scores = sl::project(heads.writing(), weights.mlp_in()); // nothing is computed yet
/// scores.max_rows();                                           // = 73728; causal pairs only
/// auto best = sl::top_k(scores, 5);                            // one pass of matrix products
/// @endcode
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
    /// What each score is.
    score_kind score() const { return score_; }

    /// The same rows with another kind of score. O(1), but for the first `centered_cosine` of sets of which one is
    /// centred, O((lines + targets) · d_model), and the first `share`, about 2 n d² + 2 d² a target with d = d_model
    /// and n directions (4 n d a target where n < d), in double, which holds min(n, d) · d doubles meanwhile and 16
    /// bytes a target from then on, for all copies of the projection. From any thread.
    /// @throws argument_error (invalid_argument) for `share` of fewer than `fewest_sharing` directions;
    /// cancelled_error
    basic_projection with_score(score_kind kind, const execution& run = {}) const;

    /// What its lines and its columns are of: column `row % line_rows()` is that vector of the row's target layer. @{
    const basic_vector_set<T>& directions() const { return state_->directions; }
    const basic_vector_set<T>& targets() const { return state_->targets; }
    /// @}

    /// Which pairs of its sets are its rows.
    projected_rows rows() const { return state_->pairs; }

    /// Other pairs of the same sets, with the same kind of score, restriction and axes. As `project`.
    basic_projection with_rows(projected_rows rows, const execution& run = {}) const;

    /// The n of the law Beta(1/2, (n - 1)/2) that the square of a score follows by chance: for `share` the number of
    /// directions that share a target, of all layers, whether this table has rows of them or not; for
    /// `centered_cosine` the dimensions that it is taken in, d_model or one less; for `cosine` d_model.
    /// @throws argument_error (invalid_argument) for `dot` and `scaled`, which follow no such law, and for `cosine`
    /// where a set is centred
    std::uint64_t null_dimension() const;

    /// S² T² of a present row: how much its p-value may count for. 1 where there are no singular values.
    double weight(row_number row) const { return line_weight(row) * column_weight(row); }

    /// S² of a row's direction, and T² of its target: one number for every row of a line, and of a column. A line has
    /// `line_rows()` rows, and starts at their multiples. @{
    double line_weight(row_number row) const {
        return squared(state_->directions, state_->direction_of_row(row));
    }
    double column_weight(row_number row) const {
        return squared(state_->targets, state_->target_of_row(row));
    }
    std::uint64_t line_rows() const { return state_->targets.size(); }
    /// @}

    /// Whether either side has singular values, so that weights differ. @{
    bool has_line_weights() const { return !state_->directions.singular_values.empty(); }
    bool has_column_weights() const { return !state_->targets.singular_values.empty(); }
    /// @}

    /// Σ S² T² over all present rows. O(lines + targets) for each layer of targets.
    double total_weight() const;

    score_block<T> block(std::size_t i, block_buffer<T>& buffer) const;

    /// All kinds of score of a present row, in double. O(d_model).
    /// @throws argument_error (invalid_argument) when the row is not present
    score_parts parts(row_number row) const;

    /// The same of many rows, in their order. Each target is read once for all of its rows, in parallel over targets:
    /// O(rows (d_model + log rows)).
    /// @throws as above; cancelled_error when `run.stop` becomes true
    std::vector<score_parts> parts(std::span<const row_number> rows, const execution& run = {}) const;

  private:
    using place = detail::vector_place;

    struct shared_state {
        shared_state(basic_vector_set<T> from, basic_vector_set<T> to, const svdlens::axes& table,
                     tiling rows, detail::vector_lengths<T> from_lengths,
                     detail::vector_lengths<T> to_lengths);

        /// Where centered cosines and shares are taken.
        detail::product_space centred_space() const {
            return directions.centered || targets.centered ? detail::product_space::centred
                                                           : detail::product_space::whole;
        }
        /// 1 / ‖v‖, or 1 / ‖P v‖ in the centred space: 0 for extreme and for zero vectors. @{
        const detail::factor_lists<T>& inverse_directions(const execution& run) const;
        const detail::factor_lists<T>& inverse_targets(const execution& run) const;
        /// @}
        const detail::share_lengths<T>& shares(const execution& run) const;

        basic_vector_set<T> directions;
        basic_vector_set<T> targets;
        tiling tiles;
        detail::vector_lengths<T> direction_lengths;
        detail::vector_lengths<T> target_lengths;
        detail::vector_places direction_of_line;
        detail::vector_places direction_of_row;
        detail::vector_places target_of_row;
        std::vector<bool> kept; ///< layers of targets
        bool with_null_space = false;
        projection_restriction only = {};
        projected_rows pairs = projected_rows::causal;
        detail::made_once<detail::factor_lists<T>> centred_directions;
        detail::made_once<detail::factor_lists<T>> centred_targets;
        detail::made_once<detail::share_lengths<T>> share_lengths;
    };

    /// @throws argument_error (invalid_argument) when the row is not present
    void require_present(row_number row) const;

    detail::written_vector written(const basic_vector_set<T>& set, const place& at) const;

    /// Of a direction and a target that were written near 1.
    score_parts parts_of(const place& a, const detail::written_vector& v, const place& b,
                         const detail::written_vector& w) const;

    static double squared(const basic_vector_set<T>& set, const place& at) {
        const auto value = static_cast<double>(set.singular_value(at.layer, at.k));
        return value * value;
    }

    void set_score(score_kind kind, const execution& run);

    detail::score_factors<T> factors_of(score_kind kind, const execution& run) const;

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

    void gather_centred(const place& at, std::size_t count, T* out) const;

    /// 0 for an extreme vector, whose scores are made anew: products with numbers next to 0 are slow.
    T line_factor(const place& at) const {
        if (state_->direction_lengths.is_extreme(at.layer, at.k)) return T{0};
        return factors_.lines == nullptr ? T{1} : (*factors_.lines)[at.layer][at.k];
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

    T as_score(double score) const {
        return static_cast<T>(factors_.within_one ? std::clamp(score, -1.0, 1.0) : score);
    }

    /// Writes a target near 1, and says what `score_factor` takes for its length.
    detail::scaled_number write_target(const basic_matrix<T>& row, std::size_t layer, std::size_t k,
                                       double* out) const;

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
    detail::score_factors<T> factors_; ///< what the state holds
};

using projection = basic_projection<float>;

/// Every direction on every target that it can reach: a lazy table with the axes (target_layer, directions'
/// axes, targets' axes). Causality follows from the sets' ports: a head's writing directions meet the inputs
/// of the MLP of the same and of later layers, of strictly later heads, and the unembedding; reading
/// directions meet what was written before them. `rows` asks for the pairs that cannot be instead. The lengths of the vectors are taken here: O((lines +
/// targets) · d_model).
/// @throws argument_error (invalid_argument) when d_model differs, when both sets read or both write (but for
/// `wrong_side` rows, which want that), when a restriction names an index that there is not, or for shares of fewer
/// than `fewest_sharing` directions; (invalid_axes) when a set is not consistent
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
