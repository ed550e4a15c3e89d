/// @file
/// Wide tables as maps of colours.
#ifndef SVDLENS_PLOT_HEATMAP_HPP
#define SVDLENS_PLOT_HEATMAP_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../table/wide_table.hpp"
#include "detail/color_scale.hpp"
#include "detail/figure_parts.hpp"
#include "detail/labels.hpp"
#include "figure.hpp"

namespace svdlens::inline v0_2::plot {

struct heatmap_options {
    std::string title = {};
    std::string score_title = "score";
    std::size_t max_cells = 500'000; ///< more are an error
};

namespace detail {

/// The labels down or across a wide table, by its functions.
template <class Wide>
json row_labels(const Wide& wide) {
    label_list labels;
    for (std::size_t k = 0; k < wide.row_count(); ++k) labels.add(wide.row_label(k), wide.rows()[k]);
    return labels.texts();
}

template <class Wide>
json column_labels(const Wide& wide) {
    label_list labels;
    for (std::size_t k = 0; k < wide.column_count(); ++k) labels.add(wide.column_label(k), wide.columns()[k]);
    return labels.texts();
}

} // namespace detail

/// A cell of colour for each cell of a wide table, its first row at the top: `heatmap(pivot(scores,
/// by("neuron"), by("head"), aggregates::abs_max{}))`. White is 0; cells that are NaN, infinite or not there
/// are empty. O(cells)
/// @throws argument_error (invalid_argument) for more than `max_cells`
template <std::floating_point T>
figure heatmap(const basic_wide_table<T>& wide, const heatmap_options& options = {}) {
    if (wide.values().size() > options.max_cells)
        throw argument_error(errc::invalid_argument,
                             "heatmap: expected at most " + to_text(options.max_cells) + " cells, found " +
                                 to_text(wide.row_count()) + " x " + to_text(wide.column_count()) +
                                 "; pivot fewer rows, or raise max_cells");
    figure f = detail::start_figure(wide.axes(), options.title);
    if (wide.values().empty()) return detail::nothing_to_draw(std::move(f));
    json cells = json::array();
    for (std::size_t row = 0; row < wide.row_count(); ++row) {
        json line = json::array();
        for (std::size_t column = 0; column < wide.column_count(); ++column)
            line.push_back(detail::number(wide(row, column)));
        cells.push_back(std::move(line));
    }
    const json down = detail::row_labels(wide), across = detail::column_labels(wide);
    f.data.push_back({{"type", "heatmap"},
                      {"x", across},
                      {"y", down},
                      {"z", std::move(cells)},
                      {"coloraxis", "coloraxis"},
                      {"hoverongaps", false},
                      {"hovertemplate", "%{y}, %{x}: %{z}<extra></extra>"}});
    f.layout["coloraxis"] = detail::color_axis(detail::scale_of(wide.values()), options.score_title);
    f.layout["xaxis"] = detail::category_axis(wide.column_name(), across);
    f.layout["yaxis"] = detail::category_axis(wide.row_name(), down);
    f.layout["yaxis"]["autorange"] = "reversed";
    for (const char* axis : {"xaxis", "yaxis"}) f.layout[axis]["showgrid"] = false;
    f.layout["height"] = std::clamp<std::size_t>(160 + 18 * wide.row_count(), 320, 900);
    return f;
}

} // namespace svdlens::inline v0_2::plot

#endif
