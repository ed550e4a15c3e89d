/// @file
/// Directions projected on target vectors: a table of scores that is computed block by block when it is read.
#ifndef SVDLENS_PROJECTION_PROJECTION_HPP
#define SVDLENS_PROJECTION_PROJECTION_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../directions/vector_set.hpp"
#include "../linalg/detail/eigen.hpp"
#include "../table/score_source.hpp"
#include "../table/tiling.hpp"
#include "../tensor/axes.hpp"
#include "detail/projection_axes.hpp"
#include "detail/vector_norms.hpp"
#include "restriction.hpp"

namespace svdlens::inline v0_2 {

/// What a score says of a unit direction v with singular value S and a target w (with singular value T, where
/// the target is a direction itself; else T = 1).
enum class score_kind {
    dot,    ///< ⟨v, w⟩
    cosine, ///< ⟨v, w⟩ / (‖v‖ ‖w‖); 0 for a zero vector
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
    projection_restriction only = {};
    std::string title = {}; ///< instead of the one derived from the sets' names
};

/// All kinds of score of one row, and the direction's singular value.
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
template <std::floating_point T>
class basic_projection {
  public:
    using value_type = T;

    /// See `project`.
    basic_projection(basic_vector_set<T> directions, basic_vector_set<T> targets, projection_options options,
                     const execution& run) {
        check(directions, targets);
        auto tiles = projection_rows(directions, targets, options.only);
        const detail::index_filter target_layers(options.only.target_layers, targets.layers.size(),
                                                 "target layer");
        auto direction_norms = detail::vector_norms(directions, {{}, directions.layers.size(), "layer"}, run);
        auto target_norms = detail::vector_norms(targets, target_layers, run);
        state_.reset(new shared_state{std::move(directions), std::move(targets), std::move(tiles),
                                      inverse(direction_norms), inverse(target_norms)});
        axes_ = projection_axes(state_->directions, state_->targets);
        std::string title = options.title.empty() ? axes_.title() : options.title;
        if (const auto only = options.only.target_layers.listed(); only.size() == 1)
            title += "_L" + to_text(only.front());
        axes_.set_title(std::move(title));
        set_score(options.score);
    }

    const svdlens::axes& axes() const { return axes_; }
    std::uint64_t max_rows() const { return state_->tiles.rows(); }
    std::size_t blocks() const { return state_->tiles.blocks(); }
    const tiling& tiles() const { return state_->tiles; }
    score_kind score() const { return score_; }

    /// The same rows with another kind of score. O(1).
    basic_projection with_score(score_kind kind) const {
        basic_projection result = *this;
        result.set_score(kind);
        return result;
    }

    score_block<T> block(std::size_t i, block_buffer<T>& buffer) const {
        [[maybe_unused]] const detail::one_eigen_thread
            held; // so that the product does not depend on OpenMP's threads
        const auto tile = state_->tiles(i);
        const std::size_t size = product_lines(tile) * tile.columns;
        const std::size_t needed = size + product_lines(tile) * state_->directions.d_model();
        if (buffer.scores.size() < needed) buffer.scores.resize(needed);
        T* const gathered = buffer.scores.data() + size;
        gather(tile, gathered);
        multiply(tile, gathered, buffer.scores.data());
        scale_columns(tile, buffer.scores.data());
        return state_->tiles.block(tile, buffer.scores.data(), tile.columns, buffer);
    }

    /// All kinds of score of a present row, in double. O(d_model).
    /// @throws argument_error (invalid_argument) when the row is not present
    score_parts parts(row_number row) const {
        if (row >= axes_.rows() || !state_->tiles.offset(row))
            throw argument_error(errc::invalid_argument,
                                 quoted(axes_.title()) + ": row " + to_text(row) + " is not present");
        const std::uint64_t columns = state_->targets.size();
        const std::uint64_t lines = state_->directions.layers.size() * state_->directions.size();
        const auto [layer, k] = split(row / columns % lines);
        const auto m = static_cast<std::size_t>(row / columns / lines);
        const auto j = static_cast<std::size_t>(row % columns);
        const auto direction = state_->directions.layers[layer].row_range(k, 1).resident();
        const auto target = state_->targets.layers[m].row_range(j, 1).resident();
        double dot = 0;
        for (std::size_t c = 0; c < direction.columns(); ++c)
            dot += static_cast<double>(direction(0, c)) * static_cast<double>(target(0, c));
        const auto factors = [&](T of_direction, T of_target) {
            return dot * static_cast<double>(of_direction) * static_cast<double>(of_target);
        };
        const T singular_value = state_->directions.singular_value(layer, k);
        return {static_cast<double>(singular_value), dot,
                factors(state_->inverse_direction_norms[layer][k], state_->inverse_target_norms[m][j]),
                factors(singular_value, state_->targets.singular_value(m, j))};
    }

  private:
    struct shared_state {
        basic_vector_set<T> directions;
        basic_vector_set<T> targets;
        tiling tiles;
        std::vector<std::vector<T>> inverse_direction_norms; // 0 for a zero vector
        std::vector<std::vector<T>> inverse_target_norms;
    };
    struct position {
        std::size_t layer;
        std::size_t k;
    };

    static void check(const basic_vector_set<T>& directions, const basic_vector_set<T>& targets) {
        detail::require_consistent(directions);
        detail::require_consistent(targets);
        const auto names = quoted(directions.name) + " on " + quoted(targets.name);
        if (directions.d_model() != targets.d_model() && directions.size() != 0 && targets.size() != 0)
            throw argument_error(errc::invalid_argument, "projection of " + names + ": d_model differs: " +
                                                             to_text(directions.d_model()) + " and " +
                                                             to_text(targets.d_model()));
        if (directions.port.flow == targets.port.flow && targets.port.flow != flow::none)
            throw argument_error(
                errc::invalid_argument,
                "projection of " + names + ": both " +
                    (targets.port.flow == flow::reads ? "read from" : "write to") +
                    " the residual stream, so nothing flows between them; to compare vectors all the "
                    "same, set port.flow of one set to flow::none");
    }

    /// 1 / ‖w‖; 0 for a vector that is zero, or so short that T has no such number.
    static std::vector<std::vector<T>> inverse(const std::vector<std::vector<double>>& norms) {
        constexpr auto most = static_cast<double>((std::numeric_limits<T>::max)());
        std::vector<std::vector<T>> result;
        for (const auto& layer : norms) {
            result.emplace_back();
            for (const double norm : layer)
                result.back().push_back(norm > 0 && 1 / norm <= most ? static_cast<T>(1 / norm) : T{0});
        }
        return result;
    }

    void set_score(score_kind kind) {
        score_ = kind;
        std::string text = state_->directions.provenance;
        if (const auto& of = state_->targets.provenance; !of.empty() && of != text)
            text += (text.empty() ? "targets: " : "; targets: ") + of;
        axes_.set_provenance(text + (text.empty() ? "" : "; ") + "score " + std::string(to_text(kind)));
    }

    position split(std::uint64_t line) const {
        const auto size = state_->directions.size();
        return {static_cast<std::size_t>(line / size), static_cast<std::size_t>(line % size)};
    }

    /// How many lines a tile's product has. A product of one line would go another way, in which Eigen's sums
    /// depend on how the targets lie in memory.
    static std::size_t product_lines(const tiling::tile& tile) {
        return (std::max<std::size_t>)(tile.lines, 2);
    }

    /// The tile's directions, one a row, times what their lines are scaled by; zeros where there are none.
    void gather(const tiling::tile& tile, T* out) const {
        const std::size_t d = state_->directions.d_model();
        for (std::size_t i = 0; i < tile.lines;) {
            const auto at = split(state_->tiles.line_number(tile.line + i));
            const std::size_t count = neighbours(tile, i, at);
            gather(at, count, out + i * d);
            i += count;
        }
        std::fill(out + tile.lines * d, out + product_lines(tile) * d, T{0});
    }

    /// How many lines from the i-th on lie beside each other in one layer.
    std::size_t neighbours(const tiling::tile& tile, std::size_t i, const position& at) const {
        const auto first = state_->tiles.line_number(tile.line + i);
        const std::size_t most = (std::min)(tile.lines - i, state_->directions.size() - at.k);
        std::size_t count = 1;
        while (count < most && state_->tiles.line_number(tile.line + i + count) == first + count) ++count;
        return count;
    }

    void gather(const position& at, std::size_t count, T* out) const {
        Eigen::Map<detail::row_major_matrix<T>> result(
            out, static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(state_->directions.d_model()));
        detail::with_map(state_->directions.layers[at.layer].row_range(at.k, count),
                         [&](const auto& rows) { result = rows; });
        if (score_ == score_kind::dot) return;
        for (std::size_t k = 0; k < count; ++k)
            result.row(static_cast<Eigen::Index>(k)) *= line_factor({at.layer, at.k + k});
    }

    T line_factor(const position& at) const {
        if (score_ == score_kind::scaled) return state_->directions.singular_value(at.layer, at.k);
        return score_ == score_kind::cosine ? state_->inverse_direction_norms[at.layer][at.k] : T{1};
    }

    void multiply(const tiling::tile& tile, const T* gathered, T* scores) const {
        using row_major = detail::row_major_matrix<T>;
        const auto lines = static_cast<Eigen::Index>(product_lines(tile));
        const Eigen::Map<const row_major> left(gathered, lines,
                                               static_cast<Eigen::Index>(state_->directions.d_model()));
        detail::with_map(
            target_matrix(tile).row_range(tile.column, tile.columns).transposed(), [&](const auto& right) {
                Eigen::Map<row_major>(scores, lines, static_cast<Eigen::Index>(tile.columns)).noalias() =
                    left * right;
            });
    }

    void scale_columns(const tiling::tile& tile, T* scores) const {
        const auto& by_layer =
            score_ == score_kind::cosine ? state_->inverse_target_norms : state_->targets.singular_values;
        if (score_ == score_kind::dot || by_layer.empty()) return;
        const T* const factors = by_layer[target_layer(tile)].data() + tile.column;
        for (std::size_t i = 0; i < tile.lines; ++i)
            for (std::size_t j = 0; j < tile.columns; ++j) scores[i * tile.columns + j] *= factors[j];
    }

    std::size_t target_layer(const tiling::tile& tile) const {
        const std::uint64_t section_rows = static_cast<std::uint64_t>(state_->directions.layers.size()) *
                                           state_->directions.size() * state_->targets.size();
        return static_cast<std::size_t>(state_->tiles.first_row(tile) / section_rows);
    }

    const basic_matrix<T>& target_matrix(const tiling::tile& tile) const {
        return state_->targets.layers[target_layer(tile)];
    }

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
///         a restriction names an index that there is not; (invalid_axes) when a set is not consistent
/// @throws numeric_error (non_finite) when a vector is not finite, naming it; cancelled_error
template <std::floating_point T>
basic_projection<T> project(basic_vector_set<T> directions, basic_vector_set<T> targets,
                            projection_options options = {}, const execution& run = {}) {
    return basic_projection<T>(std::move(directions), std::move(targets), std::move(options), run);
}

} // namespace svdlens::inline v0_2

#endif
