/// @file
/// The bodies of projection/energies.hpp.
#ifndef SVDLENS_PROJECTION_DETAIL_BODIES_ENERGIES_HPP
#define SVDLENS_PROJECTION_DETAIL_BODIES_ENERGIES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../linalg/detail/core_svd.hpp"
#include "../../../linalg/detail/eigen.hpp"
#include "../../../linalg/detail/tiny_product.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../../table/tiling.hpp"
#include "../../energies.hpp"
#include "../../projection.hpp"
#include "../direction_pool.hpp"
#include "../energy_sides.hpp"
#include "../projection_axes.hpp"
#include "../projection_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The present nodes of one layer as ranges.
template <std::floating_point T>
std::vector<tiling::range> present_nodes(const energy_side<T>& side, std::size_t layer) {
    std::vector<tiling::range> ranges;
    for (std::size_t k = 0; k < side.nodes; ++k) {
        if (!side.is_present(layer, k)) continue;
        if (ranges.empty() || ranges.back().end != k) ranges.push_back({k, k});
        ++ranges.back().end;
    }
    return ranges;
}

/// Tiles of whole heads on either side, as large as those of projections.
template <std::floating_point T>
tiling::tile_size energy_tile(const energy_side<T>& lines, const energy_side<T>& columns) {
    const auto most = projection_tile(columns.set.size());
    const auto nodes = [](std::size_t vectors, std::size_t width) {
        return (std::max<std::size_t>)(vectors / (std::max<std::size_t>)(width, 1), 1);
    };
    return {nodes(most.lines, lines.width), nodes(most.columns, columns.width)};
}

template <std::floating_point T>
tiling energy_rows(const energy_side<T>& lines, const energy_side<T>& columns, const axes& table,
                   projected_rows wanted) {
    const auto size = energy_tile(lines, columns);
    if (table.shape_rows() == 0) return tiling(columns.nodes, {}, {}, size);
    std::vector<std::uint64_t> present;
    for (std::size_t l = 0; l < lines.layers(); ++l)
        for (std::size_t k = 0; k < lines.nodes; ++k)
            if (lines.is_present(l, k)) present.push_back(l * lines.nodes + k);
    const std::uint64_t section_rows = table.shape_rows() / columns.layers();
    std::vector<tiling::section> sections;
    for (std::size_t m = 0; m < columns.layers(); ++m) {
        const auto is_row = [&](std::uint64_t line) {
            if (wanted == projected_rows::wrong_side) return true;
            return reaches(lines.set.port, line / lines.nodes, columns.set.port, m) ==
                   (wanted == projected_rows::causal);
        };
        const auto first = std::find_if(present.begin(), present.end(), is_row);
        const auto last = std::find_if_not(first, present.end(), is_row);
        sections.push_back({m * section_rows,
                            {static_cast<std::size_t>(first - present.begin()),
                             static_cast<std::size_t>(last - present.begin())},
                            present_nodes(columns, m),
                            m});
    }
    return tiling(columns.nodes, present, sections, size);
}

/// Puts 1 / ‖V̂ᵀw‖ in the place of 1 / ‖w‖, and says how many directions share.
template <std::floating_point T>
std::uint64_t share_columns(const energy_side<T>& lines, energy_side<T>& columns, const execution& run) {
    direction_pool<T> pool(lines.set, lines.lengths, lines.unit, lines.space, false);
    if (pool.size() < fewest_sharing)
        throw argument_error(errc::invalid_argument,
                             "energies of " + quoted(lines.set.name) + " on " + quoted(columns.set.name) +
                                 ": a share needs at least " + to_text(fewest_sharing) +
                                 " directions, found " + to_text(pool.size()) +
                                 "; ask for energy_kind::cosine");
    pool.gather(run);
    const std::vector<bool> all(columns.layers(), true);
    const auto shares = measure_shares(pool, columns.set, columns.lengths, all, run);
    std::vector<double> row(columns.set.d_model());
    for (std::size_t l = 0; l < columns.layers(); ++l)
        for (std::size_t k = 0; k < columns.unit[l].size(); ++k) {
            auto& unit = columns.unit[l][k];
            if (unit == 0) continue;
            if (!columns.lengths.is_extreme(l, k)) {
                unit = shares.inverse[l][k];
                continue;
            }
            const auto length = write_near_one(columns.set.layers[l].row_range(k, 1), row.data());
            const double reached = length.value * shares.spread[l][k];
            unit = reached == 0 ? T{0} : static_cast<T>(1 / reached);
        }
    return pool.size();
}

/// Multiplies each vector's factor by the root of its weight in the node: the squares sum to 1.
template <std::floating_point T>
void weigh(energy_side<T>& side) {
    for (std::size_t l = 0; l < side.layers(); ++l)
        for (std::size_t first = 0; first < side.sizes[l].size(); first += side.width) {
            double sum = 0;
            for (std::size_t k = first; k < first + side.width; ++k)
                sum += side.sizes[l][k] * side.sizes[l][k];
            if (sum == 0) continue;
            for (std::size_t k = first; k < first + side.width; ++k)
                side.unit[l][k] =
                    static_cast<T>(static_cast<double>(side.unit[l][k]) * side.sizes[l][k] / std::sqrt(sum));
        }
}

/// Writes a vector times its factor.
template <std::floating_point T>
void write_scaled(const energy_side<T>& side, const basic_matrix<T>& row, std::size_t layer, std::size_t k,
                  std::vector<double>& wide, T* out) {
    const T factor = side.unit[layer][k];
    const std::size_t d = row.columns();
    if (factor == 0) {
        std::fill_n(out, d, T{0});
    } else if (side.lengths.is_extreme(layer, k)) {
        wide.resize(d);
        write_near_one(row, wide.data());
        for (std::size_t c = 0; c < d; ++c) out[c] = static_cast<T>(wide[c]) * factor;
    } else if (row.column_stride() == 1) { // compilers vectorise it
        const T* const from = row.data();
        for (std::size_t c = 0; c < d; ++c) out[c] = from[c] * factor;
    } else {
        for (std::size_t c = 0; c < d; ++c) out[c] = row(0, c) * factor;
    }
}

/// Sums of squares of `rows` products a head, over `width` columns a target, into energies of at most 1.
template <std::floating_point T>
void sum_squares(const T* products, std::size_t rows, std::size_t columns, std::size_t width,
                 const T* factors, std::vector<T>& sums, T* out) {
    sums.assign(columns, T{0});
    for (std::size_t i = 0; i < rows; ++i, products += columns)
        for (std::size_t j = 0; j < columns; ++j) sums[j] += products[j] * products[j];
    for (std::size_t j = 0; j < columns; ++j) sums[j] *= factors[j] * factors[j];
    for (std::size_t j = 0; j < columns; j += width) {
        T sum = 0;
        for (std::size_t k = j; k < j + width; ++k) sum += sums[k];
        *out++ = (std::min)(sum, T{1});
    }
}

} // namespace detail

template <std::floating_point T>
basic_energies<T>::basic_energies(basic_vector_set<T> directions, basic_vector_set<T> targets,
                                  energy_options options, const execution& run) :
    kind_(options.kind) {
    detail::require_projectable(directions, targets, options.rows);
    axes_ = detail::projection_axes(detail::named_nodes(directions), detail::named_nodes(targets));
    title_ = options.title.empty() ? axes_.title() + "_energy" : options.title;
    axes_.set_provenance(targets.provenance);
    const bool centred = directions.centered || targets.centered;
    const auto space = centred ? detail::product_space::centred : detail::product_space::whole;
    const bool equal = options.kind == energy_kind::subspace;
    const std::uint64_t d = targets.size() == 0 ? directions.d_model() : targets.d_model();
    shared_state state{detail::make_energy_side(std::move(directions), space, equal, run),
                       detail::make_energy_side(std::move(targets), space, equal, run),
                       centred && d > 0 ? d - 1 : d};
    if (options.kind == energy_kind::share)
        state.null_dimension = detail::share_columns(state.lines, state.columns, run);
    detail::weigh(state.lines);
    detail::weigh(state.columns);
    state_ = std::make_shared<const shared_state>(std::move(state));
    set_rows(options.rows);
}

template <std::floating_point T>
void basic_energies<T>::set_rows(projected_rows rows) {
    rows_ = rows;
    tiles_ = std::make_shared<const tiling>(detail::energy_rows(state_->lines, state_->columns, axes_, rows));
    axes_.set_title(rows == projected_rows::causal ? title_ : title_ + "_" + std::string(to_text(rows)));
}

template <std::floating_point T>
basic_energies<T> basic_energies<T>::with_rows(projected_rows rows) const {
    detail::require_flow(state_->lines.set, state_->columns.set, rows,
                         quoted(state_->lines.set.name) + " on " + quoted(state_->columns.set.name));
    auto result = *this;
    result.set_rows(rows);
    return result;
}

template <std::floating_point T>
void basic_energies<T>::gather(const tiling::tile& tile, T* out) const {
    const auto& side = state_->lines;
    const std::size_t d = side.set.d_model();
    std::vector<double> wide;
    for (std::size_t i = 0; i < tile.lines; ++i) {
        const auto line = static_cast<std::size_t>(tiles_->line_number(tile.line + i));
        const std::size_t layer = line / side.nodes, first = line % side.nodes * side.width;
        const auto rows = side.set.layers[layer].row_range(first, side.width).resident();
        for (std::size_t k = 0; k < side.width; ++k, out += d)
            detail::write_scaled(side, rows.row_range(k, 1), layer, first + k, wide, out);
    }
}

template <std::floating_point T>
basic_matrix<T> basic_energies<T>::tile_targets(const tiling::tile& tile) const {
    const auto& side = state_->columns;
    const std::size_t layer = tiles_->ordinal(tile);
    const std::size_t first = tile.column * side.width, count = tile.columns * side.width;
    const auto rows = side.set.layers[layer].row_range(first, count).resident();
    const auto& extreme = side.lengths.extreme[layer];
    const auto next = std::lower_bound(extreme.begin(), extreme.end(), first);
    if (next == extreme.end() || *next >= first + count) return rows;
    std::vector<T> values(count * rows.columns()); // those are written near 1
    std::vector<double> wide(rows.columns());
    for (std::size_t k = 0; k < count; ++k) {
        T* const out = values.data() + k * rows.columns();
        const bool near_one = side.lengths.is_extreme(layer, first + k);
        if (near_one) detail::write_near_one(rows.row_range(k, 1), wide.data());
        for (std::size_t c = 0; c < rows.columns(); ++c)
            out[c] = near_one ? static_cast<T>(wide[c]) : rows(k, c);
    }
    return basic_matrix<T>(std::move(values), count, rows.columns());
}

template <std::floating_point T>
score_block<T> basic_energies<T>::block(std::size_t i, block_buffer<T>& buffer) const {
    using row_major = detail::row_major_matrix<T>;
    [[maybe_unused]] const detail::one_eigen_thread held;
    const auto tile = (*tiles_)(i);
    const auto &lines = state_->lines, &columns = state_->columns;
    const std::size_t d = lines.set.d_model(), height = tile.lines * lines.width;
    const std::size_t padded = (std::max<std::size_t>)(height, 2); // a product of one line goes another way
    const std::size_t width = tile.columns * columns.width, scores = tile.lines * tile.columns;
    buffer.scores.resize(scores + padded * (d + width));
    T* const gathered = buffer.scores.data() + scores;
    T* const products = gathered + padded * d;
    std::fill(gathered + height * d, gathered + padded * d, T{0});
    gather(tile, gathered);
    const Eigen::Map<const row_major> left(gathered, static_cast<Eigen::Index>(padded),
                                           static_cast<Eigen::Index>(d));
    detail::with_map(tile_targets(tile).transposed(), [&](const auto& right) {
        Eigen::Map<row_major> result(products, static_cast<Eigen::Index>(padded),
                                     static_cast<Eigen::Index>(width));
        detail::set_to_product(left, right, result);
    });
    const T* const factors = columns.unit[tiles_->ordinal(tile)].data() + tile.column * columns.width;
    std::vector<T> sums;
    for (std::size_t k = 0; k < tile.lines; ++k)
        detail::sum_squares(products + k * lines.width * width, lines.width, width, columns.width, factors,
                            sums, buffer.scores.data() + k * tile.columns);
    return tiles_->block(tile, buffer.scores.data(), tile.columns, buffer);
}

template <std::floating_point T>
basic_energies<T> energies(basic_vector_set<T> directions, basic_vector_set<T> targets,
                           energy_options options, const execution& run) {
    return basic_energies<T>(std::move(directions), std::move(targets), std::move(options), run);
}

#ifdef SVDLENS_COMPILED
template class basic_energies<float>;
template class basic_energies<double>;
template basic_energies<float> energies(basic_vector_set<float> directions, basic_vector_set<float> targets,
                                        energy_options options, const execution& run);
template basic_energies<double> energies(basic_vector_set<double> directions,
                                         basic_vector_set<double> targets, energy_options options,
                                         const execution& run);
#endif

} // namespace svdlens::inline v0_2

#endif
