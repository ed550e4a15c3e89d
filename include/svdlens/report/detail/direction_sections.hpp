/// @file
/// The report's sections on what single directions do: which outputs they tell apart, where they look, which
/// paths lead through them.
#ifndef SVDLENS_REPORT_DETAIL_DIRECTION_SECTIONS_HPP
#define SVDLENS_REPORT_DETAIL_DIRECTION_SECTIONS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../../core/execution.hpp"
#include "../../core/text.hpp"
#include "../../plot/grid.hpp"
#include "../../plot/heatmap.hpp"
#include "../../plot/page.hpp"
#include "../../plot/scatter.hpp"
#include "../../projection/projection.hpp"
#include "../../table/aggregates.hpp"
#include "../../table/pivot.hpp"
#include "../../table/selection.hpp"
#include "../../table/store.hpp"
#include "../../table/top_k.hpp"
#include "../../table/where.hpp"
#include "../../table/wide_table.hpp"
#include "../report_options.hpp"
#include "answer_words.hpp"
#include "head_columns.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Two outputs to draw against each other, as indices of their axis: left and right where these are actions,
/// else the two that the strongest scores are of.
template <std::floating_point T>
std::vector<std::int64_t> two_outputs(const basic_projection<T>& scores, const axis& output,
                                      const execution& run) {
    std::vector<std::int64_t> chosen;
    if (output.name == "action" && output.labels)
        for (std::size_t k = 0; k < output.labels->size(); ++k)
            if ((*output.labels)[k] == "left" || (*output.labels)[k] == "right")
                chosen.push_back(static_cast<std::int64_t>(k));
    if (chosen.size() == 2) return chosen;
    chosen.clear();
    const auto best = top_k<magnitude>(top_k<magnitude>(scores, 1, by(output.name), run), 2);
    const auto place = scores.axes().axis_number(output.name);
    for (const auto row : best.rows())
        chosen.push_back(static_cast<std::int64_t>(scores.axes().coordinate(row, place)));
    return chosen;
}

/// The scores of two outputs against each other, a point a direction; nothing where their labels are equal.
template <std::floating_point T>
std::vector<plot::panel> output_pair(const basic_projection<T>& scores, const axis& output,
                                     const execution& run) {
    const auto pair =
        collect(where(scores, axis_index(output.name).in(two_outputs(scores, output, run))), run);
    const basic_wide_table<T> wide(pair, by("head", "direction"), by(output.name));
    if (wide.column_count() != 2 || wide.column_label(0) == wide.column_label(1)) return {};
    const auto& axes = wide.row_axes();
    const auto k = axes.axis_number("direction");
    const auto opacity = [&axes, k](row_number row) {
        return 1 - static_cast<double>(axes.coordinate(row, k)) / static_cast<double>(axes[k].extent);
    };
    const std::string x = wide.column_label(0), y = wide.column_label(1);
    auto points = plot::scatter(wide, {.title = entity_of(output.name, y) + y + " against " +
                                                entity_of(output.name, x) + x +
                                                ", a point a direction (fainter for later directions)",
                                       .x = x,
                                       .y = y,
                                       .color = color_column(axes),
                                       .opacity = opacity});
    if (color_column(axes) == "head") points = in_head_hues(std::move(points), axes);
    return {to_panel(plot::with_diagonal(std::move(points)))};
}

/// Directions against the outputs: two of them against each other, and all as a map where they are few.
template <std::floating_point T>
plot::page_section output_section(const basic_projection<T>& scores, const execution& run) {
    constexpr std::uint64_t most = 100'000;
    const axis& output = scores.axes()[scores.axes().rank() - 1];
    plot::page_section section{.heading = "Directions and " + output.name + "s",
                               .introduction =
                                   "A row is a singular direction of a head. Its sign is a convention: a "
                                   "point and its mirror image at the origin are the same direction.",
                               .panels = output_pair(scores, output, run)};
    if (scores.max_rows() <= most)
        section.panels.push_back(to_panel(
            plot::heatmap(pivot(scores, by(output.name), by("head", "direction"), aggregates::single{}, run),
                          {.title = "Every direction and " + output.name})));
    return section;
}

/// Maps of what the directions that read an observation best look at, where the observation is a grid.
template <std::floating_point T>
plot::page_section grid_section(const basic_projection<T>& scores, plot::grid_options format,
                                const execution& run) {
    constexpr std::uint64_t shown = 6;
    plot::page_section section{
        .heading = "Where directions look",
        .introduction = "A map a channel of the observation, x across and y down, of one direction's reading "
                        "scores. The sign is a convention of the direction: what has the opposite colour "
                        "moves it the other way."};
    const auto best = top_k<magnitude>(top_k<magnitude>(scores, 1, by("head"), run), shown);
    const auto& axes = scores.axes();
    for (const auto row : best.rows()) {
        auto condition =
            axis_index("layer") ==
                static_cast<std::int64_t>(axes.coordinate(row, axes.axis_number("layer"))) &&
            axis_index("head") == static_cast<std::int64_t>(axes.coordinate(row, axes.axis_number("head"))) &&
            axis_index("direction") ==
                static_cast<std::int64_t>(axes.coordinate(row, axes.axis_number("direction")));
        format.title = "What " + axes.label(row, "target") + " reads";
        section.panels.push_back(to_panel(plot::grid(where(scores, condition), format, run)));
    }
    return section;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
