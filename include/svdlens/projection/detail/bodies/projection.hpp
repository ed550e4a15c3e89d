/// @file
/// The bodies of projection/projection.hpp.
#ifndef SVDLENS_PROJECTION_DETAIL_BODIES_PROJECTION_HPP
#define SVDLENS_PROJECTION_DETAIL_BODIES_PROJECTION_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/detail/consistent_vectors.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../linalg/detail/row_lengths.hpp"
#include "../../../linalg/detail/tiny_product.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../../linalg/scaled_matrix.hpp"
#include "../../../table/print.hpp"
#include "../../../table/score_source.hpp"
#include "../../../table/tiling.hpp"
#include "../../../tensor/axes.hpp"
#include "../../projection.hpp"
#include "../../restriction.hpp"
#include "../centred_vectors.hpp"
#include "../direction_pool.hpp"
#include "../projection_axes.hpp"
#include "../projection_rows.hpp"
#include "../score_factors.hpp"
#include "../vector_lengths.hpp"
#include "../vector_places.hpp"
#include "../wide_product.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What a product with a vector that is written near 1 is multiplied by in a score.
/// @param length of what was written
inline scaled_number score_factor(score_kind kind, const scaled_number& length, double singular_value) {
    int exponent = 0;
    switch (kind) {
    case score_kind::dot:
        return {1, length.exponent};
    case score_kind::cosine:
    case score_kind::centered_cosine:
    case score_kind::share:
        return {length.value != 0 ? 1 / length.value : 0, 0};
    case score_kind::scaled:
        break;
    }
    const double fraction = std::frexp(singular_value, &exponent);
    return {fraction, length.exponent + exponent};
}

} // namespace detail

template <std::floating_point T>
basic_projection<T>::shared_state::shared_state(basic_vector_set<T> from, basic_vector_set<T> to,
                                                const svdlens::axes& table, tiling rows,
                                                detail::vector_lengths<T> from_lengths,
                                                detail::vector_lengths<T> to_lengths) :
    directions(std::move(from)),
    targets(std::move(to)), tiles(std::move(rows)), direction_lengths(std::move(from_lengths)),
    target_lengths(std::move(to_lengths)),
    direction_of_line(directions.axes, detail::axis_range(0, directions.axes.rank()), directions.layered()),
    direction_of_row(table, detail::direction_axes_of(directions, targets), directions.layered()),
    target_of_row(table, detail::target_axes_of(directions, targets), targets.layered()) {}

template <std::floating_point T>
basic_projection<T>::basic_projection(basic_vector_set<T> directions, basic_vector_set<T> targets,
                                      projection_options options, const execution& run) {
    detail::require_projectable(directions, targets, options.rows);
    axes_ = detail::projection_axes(directions, targets);
    const std::size_t layer_axes = targets.layered() ? 1 : 0, direction_axes = directions.axes.rank();
    const detail::row_restriction only(axes_, layer_axes, direction_axes, options.only);
    auto tiles = detail::projection_rows(directions, targets, axes_, only, options.null_space, options.rows);
    const std::vector<bool> all(directions.layers.size(), true);
    auto direction_lengths = detail::measure_vectors(directions, all, run);
    auto kept = detail::kept_layers(only, targets.layers.size());
    auto target_lengths = detail::measure_vectors(targets, kept, run);
    const auto state =
        std::make_shared<shared_state>(std::move(directions), std::move(targets), axes_, std::move(tiles),
                                       std::move(direction_lengths), std::move(target_lengths));
    state->kept = std::move(kept);
    state->with_null_space = options.null_space == svdlens::null_space::included;
    state->pairs = options.rows;
    state->only = options.only;
    state_ = state;
    std::string title = options.title.empty() ? axes_.title() : options.title;
    if (options.title.empty() && options.rows != projected_rows::causal)
        title += "_" + std::string(to_text(options.rows));
    for (const auto& part : options.only.parts())
        if (part.axis == "target_layer" && part.indices.listed().size() == 1)
            title += "_L" + to_text(part.indices.listed().front());
    axes_.set_title(std::move(title));
    set_score(options.score, run);
}

template <std::floating_point T>
basic_projection<T> basic_projection<T>::with_score(score_kind kind, const execution& run) const {
    basic_projection result = *this;
    result.set_score(kind, run);
    return result;
}

template <std::floating_point T>
basic_projection<T> basic_projection<T>::with_rows(projected_rows rows, const execution& run) const {
    const auto null_space =
        state_->with_null_space ? svdlens::null_space::included : svdlens::null_space::left_out;
    return {state_->directions,
            state_->targets,
            {.score = score_, .only = state_->only, .null_space = null_space, .rows = rows},
            run};
}

template <std::floating_point T>
std::uint64_t basic_projection<T>::null_dimension() const {
    const bool centred = state_->centred_space() == detail::product_space::centred;
    const std::uint64_t d_model = state_->targets.d_model();
    switch (score_) {
    case score_kind::share:
        return state_->shares({}).pool;
    case score_kind::centered_cosine:
        return centred && d_model != 0 ? d_model - 1 : d_model;
    case score_kind::cosine:
        if (!centred) return d_model;
        break;
    default:
        break;
    }
    throw argument_error(errc::invalid_argument,
                         quoted(axes_.title()) + ": the scores are of kind " + std::string(to_text(score_)) +
                             ", which no law of chance is known of" +
                             (score_ == score_kind::cosine ? " where means were taken out of one side" : "") +
                             "; ask for with_score(score_kind::share) or centered_cosine");
}

template <std::floating_point T>
double basic_projection<T>::total_weight() const {
    const auto& s = *state_;
    double total = 0;
    double lines = 0;
    for (std::size_t i = 0; i < s.tiles.blocks(); ++i) {
        const auto tile = s.tiles(i);
        if (tile.columns_before == 0) { // the first tile of these lines
            lines = 0;
            for (std::size_t k = 0; k < tile.lines; ++k)
                lines += squared(s.directions, direction_at(tile, k));
        }
        double columns = 0;
        for (std::size_t j = 0; j < tile.columns; ++j)
            columns += squared(s.targets, {target_layer(tile), tile.column + j});
        total += lines * columns;
    }
    return total;
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
    replace_extremes(tile, buffer.scores.data());
    return state_->tiles.block(tile, buffer.scores.data(), tile.columns, buffer);
}

template <std::floating_point T>
void basic_projection<T>::require_present(row_number row) const {
    if (row >= axes_.shape_rows() || !state_->tiles.offset(row))
        throw argument_error(errc::invalid_argument,
                             quoted(axes_.title()) + ": row " + to_text(row) + " is not present");
}

template <std::floating_point T>
detail::written_vector basic_projection<T>::written(const basic_vector_set<T>& set, const place& at) const {
    detail::written_vector result{std::vector<double>(set.d_model()), {}, {}, {}};
    result.length = detail::write_near_one(set.layers[at.layer].row_range(at.k, 1), result.whole.data());
    if (state_->centred_space() == detail::product_space::whole) return result;
    result.centred = result.whole;
    result.centred_length = result.length;
    result.centred_length.value =
        detail::take_mean_out<T>(result.centred.data(), set.d_model(), result.length.value);
    return result;
}

template <std::floating_point T>
score_parts basic_projection<T>::parts_of(const place& a, const detail::written_vector& v, const place& b,
                                          const detail::written_vector& w) const {
    const shared_state& s = *state_;
    const T S = s.directions.singular_value(a.layer, a.k), of_target = s.targets.singular_value(b.layer, b.k);
    const auto multiplied = [](const std::vector<double>& x, const std::vector<double>& y) {
        return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
    };
    auto of_v = v.length, of_w = w.length;
    double product = multiplied(v.whole, w.whole);
    const auto score = [&](score_kind kind) {
        return detail::wide_score(product, detail::score_factor(kind, of_v, S),
                                  detail::score_factor(kind, of_w, of_target));
    };
    score_parts parts{static_cast<double>(S),
                      score(score_kind::dot),
                      score(score_kind::cosine),
                      score(score_kind::scaled),
                      0,
                      std::nullopt};
    if (s.centred_space() == detail::product_space::centred) {
        of_v = v.centred_length;
        of_w = w.centred_length;
        product = multiplied(v.centred, w.centred);
    }
    parts.centered_cosine = std::clamp(score(score_kind::centered_cosine), -1.0, 1.0);
    if (score_ != score_kind::share) return parts;
    of_w.value = w.length.value * s.shares({}).spread[b.layer][b.k];
    parts.share = std::clamp(score(score_kind::share), -1.0, 1.0);
    return parts;
}

template <std::floating_point T>
score_parts basic_projection<T>::parts(row_number row) const {
    require_present(row);
    const place a = state_->direction_of_row(row), b = state_->target_of_row(row);
    return parts_of(a, written(state_->directions, a), b, written(state_->targets, b));
}

template <std::floating_point T>
std::vector<score_parts> basic_projection<T>::parts(std::span<const row_number> rows,
                                                    const execution& run) const {
    constexpr std::size_t at_once = 256;
    struct wanted {
        place target;
        std::size_t at; ///< among the rows
    };
    std::vector<wanted> order;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        require_present(rows[k]);
        order.push_back({state_->target_of_row(rows[k]), k});
    }
    std::sort(order.begin(), order.end(), [](const wanted& a, const wanted& b) {
        return std::tie(a.target.layer, a.target.k, a.at) < std::tie(b.target.layer, b.target.k, b.at);
    });
    std::vector<score_parts> result(rows.size());
    const auto take = [&](std::size_t i, detail::written_vector& w) {
        for (std::size_t k = i * at_once; k < (std::min)(order.size(), (i + 1) * at_once); ++k) {
            const auto& [b, at] = order[k];
            const bool is_another =
                k == i * at_once || b.layer != order[k - 1].target.layer || b.k != order[k - 1].target.k;
            if (is_another) w = written(state_->targets, b);
            const place a = state_->direction_of_row(rows[at]);
            result[at] = parts_of(a, written(state_->directions, a), b, w);
        }
    };
    for_blocks<detail::written_vector>((order.size() + at_once - 1) / at_once, rows.size(), run, take);
    return result;
}

template <std::floating_point T>
const detail::factor_lists<T>&
basic_projection<T>::shared_state::inverse_directions(const execution& run) const {
    if (centred_space() == detail::product_space::whole) return direction_lengths.inverse;
    return centred_directions.get([&] {
        const std::vector<bool> all(directions.layers.size(), true);
        return detail::centred_inverses(directions, direction_lengths, all, run);
    });
}

template <std::floating_point T>
const detail::factor_lists<T>&
basic_projection<T>::shared_state::inverse_targets(const execution& run) const {
    if (centred_space() == detail::product_space::whole) return target_lengths.inverse;
    return centred_targets.get([&] { return detail::centred_inverses(targets, target_lengths, kept, run); });
}

template <std::floating_point T>
const detail::share_lengths<T>& basic_projection<T>::shared_state::shares(const execution& run) const {
    return share_lengths.get([&] {
        detail::direction_pool<T> pool(directions, direction_lengths, inverse_directions(run),
                                       centred_space(), with_null_space);
        if (pool.size() < fewest_sharing)
            throw argument_error(
                errc::invalid_argument,
                quoted(directions.name) + " on " + quoted(targets.name) +
                    ": a share is what a direction has of what all have of a target: expected at "
                    "least " +
                    to_text(fewest_sharing) + " directions that are not null space or dead, found " +
                    to_text(pool.size()) + "; ask for centered_cosine");
        pool.gather(run);
        return detail::measure_shares(pool, targets, target_lengths, kept, run);
    });
}

template <std::floating_point T>
detail::score_factors<T> basic_projection<T>::factors_of(score_kind kind, const execution& run) const {
    const auto& s = *state_;
    const auto if_any = [](const auto& lists) { return lists.empty() ? nullptr : &lists; };
    switch (kind) {
    case score_kind::dot:
        break;
    case score_kind::cosine:
        return {&s.direction_lengths.inverse, &s.target_lengths.inverse};
    case score_kind::scaled:
        return {if_any(s.directions.singular_values), if_any(s.targets.singular_values)};
    case score_kind::centered_cosine:
        return {&s.inverse_directions(run), &s.inverse_targets(run), s.centred_space(), true};
    case score_kind::share:
        return {&s.inverse_directions(run), &s.shares(run).inverse, s.centred_space(), true};
    }
    return {};
}

template <std::floating_point T>
void basic_projection<T>::set_score(score_kind kind, const execution& run) {
    factors_ = factors_of(kind, run);
    score_ = kind;
    std::string text = state_->directions.provenance;
    if (const auto& of = state_->targets.provenance; !of.empty() && of != text)
        text += (text.empty() ? "targets: " : "; targets: ") + of;
    if (!text.empty()) text += "; ";
    if (state_->pairs != projected_rows::causal)
        text += "control: " + std::string(to_text(state_->pairs)) + " rows; ";
    axes_.set_provenance(text + "score " + std::string(to_text(kind)));
}

template <std::floating_point T>
void basic_projection<T>::gather(const tiling::tile& tile, T* out) const {
    const std::size_t d = state_->directions.d_model();
    for (std::size_t i = 0; i < tile.lines;) {
        const place at = direction_at(tile, i);
        const std::size_t count = neighbours(tile, i, at);
        gather(at, count, out + i * d);
        i += count;
    }
    std::fill(out + tile.lines * d, out + product_lines(tile) * d, T{0});
}

template <std::floating_point T>
void basic_projection<T>::gather(const place& at, std::size_t count, T* out) const {
    if (factors_.space == detail::product_space::centred) return gather_centred(at, count, out);
    Eigen::Map<detail::row_major_matrix<T>> result(out, static_cast<Eigen::Index>(count),
                                                   static_cast<Eigen::Index>(state_->directions.d_model()));
    detail::with_map(state_->directions.layers[at.layer].row_range(at.k, count),
                     [&](const auto& rows) { result = rows; });
    if (factors_.lines == nullptr && state_->direction_lengths.extreme[at.layer].empty()) return;
    for (std::size_t k = 0; k < count; ++k)
        result.row(static_cast<Eigen::Index>(k)) *= line_factor({at.layer, at.k + k});
}

/// Only one side need be centred: ⟨P v, w⟩ = ⟨P v, P w⟩.
template <std::floating_point T>
void basic_projection<T>::gather_centred(const place& at, std::size_t count, T* out) const {
    const std::size_t d = state_->directions.d_model();
    const auto rows = state_->directions.layers[at.layer].row_range(at.k, count).resident();
    for (std::size_t k = 0; k < count; ++k, out += d) {
        for (std::size_t c = 0; c < d; ++c) out[c] = rows(k, c);
        const double factor = static_cast<double>(line_factor({at.layer, at.k + k}));
        const double mean = factor == 0 ? 0 : detail::mean_of(out, d);
        for (std::size_t c = 0; c < d; ++c)
            out[c] = factor == 0 ? T{0} : static_cast<T>((static_cast<double>(out[c]) - mean) * factor);
    }
}

template <std::floating_point T>
void basic_projection<T>::multiply(const tiling::tile& tile, const T* gathered, T* scores) const {
    using row_major = detail::row_major_matrix<T>;
    const auto lines = static_cast<Eigen::Index>(product_lines(tile));
    const Eigen::Map<const row_major> left(gathered, lines,
                                           static_cast<Eigen::Index>(state_->directions.d_model()));
    detail::with_map(ordinary_targets(tile).transposed(), [&](const auto& right) {
        Eigen::Map<row_major> result(scores, lines, static_cast<Eigen::Index>(tile.columns));
        detail::set_to_product(left, right, result);
    });
}

template <std::floating_point T>
void basic_projection<T>::scale_columns(const tiling::tile& tile, T* scores) const {
    if (factors_.columns == nullptr) return;
    const T* const factors = (*factors_.columns)[target_layer(tile)].data() + tile.column;
    for (std::size_t i = 0; i < tile.lines; ++i, scores += tile.columns) {
        for (std::size_t j = 0; j < tile.columns; ++j) scores[j] *= factors[j];
        if (!factors_.within_one) continue;
        for (std::size_t j = 0; j < tile.columns; ++j)
            scores[j] = (std::min)((std::max)(scores[j], T{-1}), T{1});
    }
}

template <std::floating_point T>
std::vector<std::size_t> basic_projection<T>::extreme_columns(const tiling::tile& tile) const {
    const auto& extreme = state_->target_lengths.extreme[target_layer(tile)];
    const auto first = std::lower_bound(extreme.begin(), extreme.end(), tile.column);
    const auto last = std::lower_bound(first, extreme.end(), tile.column + tile.columns);
    std::vector<std::size_t> columns;
    for (auto k = first; k != last; ++k) columns.push_back(*k - tile.column);
    return columns;
}

template <std::floating_point T>
basic_matrix<T> basic_projection<T>::ordinary_targets(const tiling::tile& tile) const {
    const auto columns = extreme_columns(tile);
    if (columns.empty()) return target_matrix(tile);
    std::vector<double> factors(tile.columns, 1);
    for (const auto j : columns) factors[j] = 0;
    return scaled_matrix(target_matrix(tile), factors, std::vector<double>(state_->targets.d_model()));
}

template <std::floating_point T>
void basic_projection<T>::replace_extremes(const tiling::tile& tile, T* scores) const {
    const auto columns = extreme_columns(tile);
    std::vector<std::size_t> lines;
    for (std::size_t i = 0; i < tile.lines; ++i) {
        const place at = direction_at(tile, i);
        if (state_->direction_lengths.is_extreme(at.layer, at.k)) lines.push_back(i);
    }
    if (!columns.empty()) multiply_widely(tile, detail::axis_range(0, tile.lines), columns, scores);
    if (!lines.empty()) multiply_widely(tile, lines, detail::axis_range(0, tile.columns), scores);
}

template <std::floating_point T>
detail::scaled_number basic_projection<T>::write_target(const basic_matrix<T>& row, std::size_t layer,
                                                        std::size_t k, double* out) const {
    if (score_ != score_kind::share) return detail::write_near_one(row, factors_.space, out);
    auto length = detail::write_near_one(row, out);
    length.value *= state_->shares({}).spread[layer][k];
    return length;
}

template <std::floating_point T>
void basic_projection<T>::multiply_widely(const tiling::tile& tile, const std::vector<std::size_t>& lines,
                                          const std::vector<std::size_t>& columns, T* scores) const {
    const auto &directions = state_->directions, &targets = state_->targets;
    const std::size_t layer = target_layer(tile);
    const auto tile_targets = target_matrix(tile).resident();
    detail::wide_vectors left(lines.size(), directions.d_model()), right(columns.size(), targets.d_model());
    std::vector<detail::scaled_number> left_factors, right_factors;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const place at = direction_at(tile, lines[i]);
        const auto length = detail::write_near_one(directions.layers[at.layer].row_range(at.k, 1),
                                                   factors_.space, left.row(i));
        left_factors.push_back(
            detail::score_factor(score_, length, directions.singular_value(at.layer, at.k)));
    }
    for (std::size_t j = 0; j < columns.size(); ++j) {
        const auto length = write_target(tile_targets.row_range(columns[j], 1), layer,
                                         tile.column + columns[j], right.row(j));
        right_factors.push_back(
            detail::score_factor(score_, length, targets.singular_value(layer, tile.column + columns[j])));
    }
    const auto products = left.times(right);
    for (std::size_t i = 0; i < lines.size(); ++i)
        for (std::size_t j = 0; j < columns.size(); ++j)
            scores[lines[i] * tile.columns + columns[j]] = as_score(
                detail::wide_score(products(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)),
                                   left_factors[i], right_factors[j]));
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
