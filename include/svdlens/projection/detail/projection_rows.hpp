/// @file
/// Which rows of directions × targets are present, and their cut into tiles.
#ifndef SVDLENS_PROJECTION_DETAIL_PROJECTION_ROWS_HPP
#define SVDLENS_PROJECTION_DETAIL_PROJECTION_ROWS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../directions/vector_set.hpp"
#include "../../table/tiling.hpp"
#include "../../tensor/axes.hpp"
#include "../restriction.hpp"

namespace svdlens::inline v0_2::detail {

/// The indices that are kept along one axis of a projection.
class index_filter {
  public:
    /// @throws argument_error (invalid_argument) when an index is outside the extent, naming the axis
    index_filter(std::size_t number, const axis& along, const index_list& wanted) :
        axis_(number), all_(wanted.all()) {
        if (all_) return;
        kept_.assign(static_cast<std::size_t>(along.extent), false);
        for (const auto index : wanted.listed()) {
            if (index >= along.extent)
                throw argument_error(errc::invalid_argument,
                                     "projection: axis " + quoted(along.name) + ": index " + to_text(index) +
                                         " is outside the extent " + to_text(along.extent));
            kept_[static_cast<std::size_t>(index)] = true;
        }
    }

    std::size_t axis_number() const { return axis_; }
    bool keeps(std::uint64_t index) const { return all_ || kept_[static_cast<std::size_t>(index)]; }

  private:
    std::size_t axis_;
    bool all_;
    std::vector<bool> kept_;
};

/// A restriction looked up in a projection's axes, by what it decides on: a layer of targets, a direction, or
/// a target of a layer.
class row_restriction {
  public:
    /// @param table the projection's axes; the first `layer_axes` (0 or 1) are the targets' layer, and then
    /// come `direction_axes`
    /// @throws lookup_error (unknown_column), naming the axes there are; argument_error (invalid_argument)
    row_restriction(const axes& table, std::size_t layer_axes, std::size_t direction_axes,
                    const projection_restriction& only) :
        table_(&table) {
        for (const auto& part : only.parts()) {
            const auto k = number_of(part.axis);
            auto& filters = k < layer_axes ? layer_ : k < layer_axes + direction_axes ? direction_ : target_;
            filters.emplace_back(k, table[k], part.indices);
        }
    }

    /// Whether a layer of targets is kept.
    bool keeps_layer(std::uint64_t layer) const {
        return std::all_of(layer_.begin(), layer_.end(),
                           [&](const index_filter& filter) { return filter.keeps(layer); });
    }

    /// Whether the direction, or the target of a layer, that a row of the table is about is kept. @{
    bool keeps_direction(row_number row) const { return keeps(direction_, row); }
    bool keeps_target(row_number row) const { return keeps(target_, row); }
    /// @}

  private:
    std::size_t number_of(const std::string& name) const {
        if (const auto k = table_->find_axis(name)) return *k;
        std::string message =
            "projection " + quoted(table_->title()) + ": no axis " + quoted(name) + "; there are";
        for (const auto& a : *table_) (message += ' ') += quoted(a.name);
        throw lookup_error(errc::unknown_column, message);
    }

    bool keeps(const std::vector<index_filter>& filters, row_number row) const {
        return std::all_of(filters.begin(), filters.end(), [&](const index_filter& filter) {
            return filter.keeps(table_->coordinate(row, filter.axis_number()));
        });
    }

    const axes* table_;
    std::vector<index_filter> layer_;
    std::vector<index_filter> direction_;
    std::vector<index_filter> target_;
};

/// Whether what one port writes is seen by what the other reads; always, where one of them does neither. Not
/// for two that both read or both write.
inline bool reaches(const residual_port& a, std::uint64_t a_layer, const residual_port& b,
                    std::uint64_t b_layer) {
    if (a.flow == flow::none || b.flow == flow::none) return true;
    if (a.flow == flow::writes) return a.at(a_layer) < b.at(b_layer);
    return b.at(b_layer) < a.at(a_layer);
}

/// A tile of at most 2^18 scores, which is scanned while it is in cache: 256 lines of 1024 columns, where
/// there are as many, and more lines of fewer. Measured on the shape of a GPT-2 small: whole lines of 3072
/// columns lose a fifth of the product's speed, 512 lines of 512 columns gather twice as much.
inline tiling::tile_size projection_tile(std::size_t length) {
    constexpr std::size_t scores = std::size_t{1} << 18, multiple = 64;
    const std::size_t columns = (std::clamp<std::size_t>)(length, 1, 1024);
    return {(std::min<std::size_t>)(scores / columns / multiple * multiple, 512), columns};
}

/// For each of so many layers of targets whether it is kept.
inline std::vector<bool> kept_layers(const row_restriction& only, std::size_t layers) {
    std::vector<bool> kept(layers);
    for (std::size_t m = 0; m < layers; ++m) kept[m] = only.keeps_layer(m);
    return kept;
}

/// The present lines (position layer · size + k among all directions), ascending.
template <std::floating_point T>
std::vector<std::uint64_t> present_lines(const basic_vector_set<T>& directions, const row_restriction& only,
                                         std::uint64_t line_rows, null_space null_directions) {
    std::vector<std::uint64_t> lines;
    for (std::size_t layer = 0; layer < directions.layers.size(); ++layer) {
        for (std::size_t k = 0; k < directions.layers[layer].rows(); ++k) {
            const std::uint64_t line = layer * directions.size() + k;
            if (null_directions == null_space::left_out && directions.is_null(layer, k)) continue;
            if (directions.is_dead(layer, k)) continue;
            if (only.keeps_direction(line * line_rows)) lines.push_back(line);
        }
    }
    return lines;
}

/// The present targets of one layer as ranges of columns.
template <std::floating_point T>
std::vector<tiling::range> present_columns(const basic_vector_set<T>& targets, std::size_t layer,
                                           const row_restriction& only, null_space null_targets) {
    std::vector<tiling::range> ranges;
    for (std::size_t k = 0; k < targets.layers[layer].rows(); ++k) {
        if (null_targets == null_space::left_out && targets.is_null(layer, k)) continue;
        if (targets.is_dead(layer, k)) continue;
        if (!only.keeps_target(k)) continue;
        if (ranges.empty() || ranges.back().end != k) ranges.push_back({k, k});
        ++ranges.back().end;
    }
    return ranges;
}

/// The present rows of directions × targets and their cut into tiles: a section for each layer of targets,
/// whose ordinal is the layer. Causal: a row is there only when what one end writes comes before what the
/// other end reads; acausal: only when it does not. Either is a range of lines for each layer of targets.
/// @param table the projection's axes
template <std::floating_point T>
tiling projection_rows(const basic_vector_set<T>& directions, const basic_vector_set<T>& targets,
                       const axes& table, const row_restriction& only, null_space null_vectors,
                       projected_rows wanted) {
    const auto size = projection_tile(targets.size());
    if (table.shape_rows() == 0) return tiling(targets.size(), {}, {}, size);
    const auto lines = present_lines(directions, only, targets.size(), null_vectors);
    const std::uint64_t section_rows = table.shape_rows() / targets.layers.size();
    std::vector<tiling::section> sections;
    for (std::size_t m = 0; m < targets.layers.size(); ++m) {
        if (targets.lacks(m) || !only.keeps_layer(m)) continue;
        const auto is_row = [&](std::uint64_t line) {
            if (wanted == projected_rows::wrong_side) return true;
            return reaches(directions.port, line / directions.size(), targets.port, m) ==
                   (wanted == projected_rows::causal);
        };
        const auto first = std::find_if(lines.begin(), lines.end(), is_row);
        const auto last = std::find_if_not(first, lines.end(), is_row);
        const tiling::range range{static_cast<std::size_t>(first - lines.begin()),
                                  static_cast<std::size_t>(last - lines.begin())};
        sections.push_back({m * section_rows, range, present_columns(targets, m, only, null_vectors), m});
    }
    return tiling(targets.size(), lines, sections, size);
}

} // namespace svdlens::inline v0_2::detail

#endif
