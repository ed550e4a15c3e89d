/// @file
/// The bodies of projection/projection.hpp.
#ifndef SVDLENS_PROJECTION_DETAIL_BODIES_PROJECTION_HPP
#define SVDLENS_PROJECTION_DETAIL_BODIES_PROJECTION_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/detail/consistent_vectors.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../linalg/detail/tiny_product.hpp"
#include "../../../table/print.hpp"
#include "../../../table/score_source.hpp"
#include "../../../table/tiling.hpp"
#include "../../../tensor/axes.hpp"
#include "../../projection.hpp"
#include "../../restriction.hpp"
#include "../projection_axes.hpp"
#include "../projection_rows.hpp"
#include "../vector_norms.hpp"
#include "../vector_places.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
basic_projection<T>::shared_state::shared_state(basic_vector_set<T> from, basic_vector_set<T> to,
                                                const svdlens::axes& table, tiling rows,
                                                const norm_lists& from_norms, const norm_lists& to_norms) :
    directions(std::move(from)),
    targets(std::move(to)), tiles(std::move(rows)),
    inverse_direction_norms(detail::inverse_norms<T>(from_norms)),
    inverse_target_norms(detail::inverse_norms<T>(to_norms)),
    direction_of_line(directions.axes, detail::axis_range(0, directions.axes.rank()), directions.layered()),
    direction_of_row(table, detail::direction_axes_of(directions, targets), directions.layered()),
    target_of_row(table, detail::target_axes_of(directions, targets), targets.layered()) {}

template <std::floating_point T>
basic_projection<T>::basic_projection(basic_vector_set<T> directions, basic_vector_set<T> targets,
                                      projection_options options, const execution& run) {
    detail::require_projectable(directions, targets);
    axes_ = detail::projection_axes(directions, targets);
    const std::size_t layer_axes = targets.layered() ? 1 : 0, direction_axes = directions.axes.rank();
    const detail::row_restriction only(axes_, layer_axes, direction_axes, options.only);
    auto tiles = detail::projection_rows(directions, targets, axes_, only, options.null_space);
    const std::vector<bool> all(directions.layers.size(), true);
    const auto direction_norms = detail::vector_norms(directions, all, run);
    const auto kept = detail::kept_layers(only, targets.layers.size());
    const auto target_norms = detail::vector_norms(targets, kept, run);
    state_ = std::make_shared<const shared_state>(std::move(directions), std::move(targets), axes_,
                                                  std::move(tiles), direction_norms, target_norms);
    std::string title = options.title.empty() ? axes_.title() : options.title;
    for (const auto& part : options.only.parts())
        if (part.axis == "target_layer" && part.indices.listed().size() == 1)
            title += "_L" + to_text(part.indices.listed().front());
    axes_.set_title(std::move(title));
    set_score(options.score);
}

template <std::floating_point T>
basic_projection<T> basic_projection<T>::with_score(score_kind kind) const {
    basic_projection result = *this;
    result.set_score(kind);
    return result;
}

template <std::floating_point T>
score_block<T> basic_projection<T>::block(std::size_t i, block_buffer<T>& buffer) const {
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

template <std::floating_point T>
score_parts basic_projection<T>::parts(row_number row) const {
    const shared_state& s = *state_;
    if (row >= axes_.shape_rows() || !s.tiles.offset(row))
        throw argument_error(errc::invalid_argument,
                             quoted(axes_.title()) + ": row " + to_text(row) + " is not present");
    const place a = s.direction_of_row(row), b = s.target_of_row(row);
    const double dot =
        detail::product_of_rows(s.directions.layers[a.layer], a.k, s.targets.layers[b.layer], b.k);
    const auto factors = [&](T of_direction, T of_target) {
        return dot * static_cast<double>(of_direction) * static_cast<double>(of_target);
    };
    const T singular_value = s.directions.singular_value(a.layer, a.k);
    return {static_cast<double>(singular_value), dot,
            factors(s.inverse_direction_norms[a.layer][a.k], s.inverse_target_norms[b.layer][b.k]),
            factors(singular_value, s.targets.singular_value(b.layer, b.k))};
}

template <std::floating_point T>
void basic_projection<T>::set_score(score_kind kind) {
    score_ = kind;
    std::string text = state_->directions.provenance;
    if (const auto& of = state_->targets.provenance; !of.empty() && of != text)
        text += (text.empty() ? "targets: " : "; targets: ") + of;
    axes_.set_provenance(text + (text.empty() ? "" : "; ") + "score " + std::string(to_text(kind)));
}

template <std::floating_point T>
void basic_projection<T>::gather(const tiling::tile& tile, T* out) const {
    const std::size_t d = state_->directions.d_model();
    for (std::size_t i = 0; i < tile.lines;) {
        const place at = state_->direction_of_line(state_->tiles.line_number(tile.line + i));
        const std::size_t count = neighbours(tile, i, at);
        gather(at, count, out + i * d);
        i += count;
    }
    std::fill(out + tile.lines * d, out + product_lines(tile) * d, T{0});
}

template <std::floating_point T>
void basic_projection<T>::gather(const place& at, std::size_t count, T* out) const {
    Eigen::Map<detail::row_major_matrix<T>> result(out, static_cast<Eigen::Index>(count),
                                                   static_cast<Eigen::Index>(state_->directions.d_model()));
    detail::with_map(state_->directions.layers[at.layer].row_range(at.k, count),
                     [&](const auto& rows) { result = rows; });
    if (score_ == score_kind::dot) return;
    for (std::size_t k = 0; k < count; ++k)
        result.row(static_cast<Eigen::Index>(k)) *= line_factor({at.layer, at.k + k});
}

template <std::floating_point T>
void basic_projection<T>::multiply(const tiling::tile& tile, const T* gathered, T* scores) const {
    using row_major = detail::row_major_matrix<T>;
    const auto lines = static_cast<Eigen::Index>(product_lines(tile));
    const Eigen::Map<const row_major> left(gathered, lines,
                                           static_cast<Eigen::Index>(state_->directions.d_model()));
    detail::with_map(target_matrix(tile).row_range(tile.column, tile.columns).transposed(),
                     [&](const auto& right) {
                         Eigen::Map<row_major> result(scores, lines, static_cast<Eigen::Index>(tile.columns));
                         detail::set_to_product(left, right, result);
                     });
}

template <std::floating_point T>
void basic_projection<T>::scale_columns(const tiling::tile& tile, T* scores) const {
    const auto& by_layer =
        score_ == score_kind::cosine ? state_->inverse_target_norms : state_->targets.singular_values;
    if (score_ == score_kind::dot || by_layer.empty()) return;
    const T* const factors = by_layer[target_layer(tile)].data() + tile.column;
    for (std::size_t i = 0; i < tile.lines; ++i)
        for (std::size_t j = 0; j < tile.columns; ++j) scores[i * tile.columns + j] *= factors[j];
}

template <std::floating_point T>
basic_projection<T> project(basic_vector_set<T> directions, basic_vector_set<T> targets,
                            projection_options options, const execution& run) {
    return basic_projection<T>(std::move(directions), std::move(targets), std::move(options), run);
}

#ifdef SVDLENS_COMPILED
template class basic_projection<float>;
template class basic_projection<double>;
template basic_projection<float> project(basic_vector_set<float> directions, basic_vector_set<float> targets,
                                         projection_options options, const execution& run);
template basic_projection<double> project(basic_vector_set<double> directions,
                                          basic_vector_set<double> targets, projection_options options,
                                          const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
