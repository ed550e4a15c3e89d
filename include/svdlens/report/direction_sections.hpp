/// @file
/// The report's sections on what single directions do: which outputs they tell apart, where they look, which
/// paths lead through them.
#ifndef SVDLENS_REPORT_DIRECTION_SECTIONS_HPP
#define SVDLENS_REPORT_DIRECTION_SECTIONS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../model/minigrid_labels.hpp"
#include "../plot/grid.hpp"
#include "../plot/heatmap.hpp"
#include "../plot/html_table.hpp"
#include "../plot/page.hpp"
#include "../plot/scatter.hpp"
#include "../projection/projection.hpp"
#include "../table/aggregates.hpp"
#include "../table/join.hpp"
#include "../table/pivot.hpp"
#include "../table/sort_by.hpp"
#include "../table/top_k.hpp"
#include "../table/where.hpp"
#include "head_columns.hpp"
#include "report_options.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Two outputs to draw against each other: left and right where there are such actions, else the two that the
/// strongest scores are of. Numbers of the axis.
template <std::floating_point T>
std::vector<std::string> two_outputs(const basic_projection<T>& scores, const std::string& output,
                                     const execution& run) {
    const auto& axis = scores.axes()[scores.axes().axis_number(output)];
    if (axis.labels) {
        const auto has = [&](const char* label) {
            return std::count(axis.labels->begin(), axis.labels->end(), label) == 1;
        };
        if (has("left") && has("right")) return {"left", "right"};
    }
    const auto best = top_k<magnitude>(scores, 1, by(output), run);
    std::vector<std::string> labels;
    for (const auto row : top_k<magnitude>(best, 2).rows())
        labels.push_back(scores.axes().label(row, output));
    return labels;
}

/// Directions against the outputs: as a map, and two of the outputs against each other, fainter for later
/// directions.
template <std::floating_point T>
plot::page_section output_section(const basic_projection<T>& scores, const execution& run) {
    const std::string output = scores.axes()[scores.axes().rank() - 1].name;
    plot::page_section section{.heading = "Directions and " + output + "s",
                               .introduction = "A row is a singular direction of a head."};
    constexpr std::uint64_t most = 100'000;
    const auto pair = two_outputs(scores, output, run);
    const auto wide = pivot(where(scores, column(output).in(pair)), by("head", "direction"), by(output),
                            aggregates::single{}, {}, run);
    const auto& axes = wide.row_axes();
    const auto k = axes.axis_number("direction");
    const auto opacity = [&axes, k](row_number row) {
        return 1 - static_cast<double>(axes.coordinate(row, k)) / static_cast<double>(axes[k].extent);
    };
    if (pair.size() == 2 && wide.columns() == 2)
        section.panels.push_back(to_panel(plot::with_diagonal(
            plot::scatter(wide, {.title = pair[1] + " against " + pair[0] +
                                          ", a point a direction (fainter for smaller singular values)",
                                 .x = wide.column_label(0),
                                 .y = wide.column_label(1),
                                 .color = color_column(axes),
                                 .opacity = opacity}))));
    if (scores.max_rows() <= most)
        section.panels.push_back(to_panel(
            plot::heatmap(pivot(scores, by(output), by("head", "direction"), aggregates::single{}, {}, run),
                          {.title = "Every direction and " + output})));
    return section;
}

/// Maps of what the directions that read an observation best look at, where the observation is a grid.
template <std::floating_point T>
plot::page_section grid_section(const basic_projection<T>& scores, const execution& run) {
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
        section.panels.push_back(
            to_panel(plot::grid(where(scores, condition),
                                {.title = "What " + axes.label(row, "target") + " reads",
                                 .maps = {minigrid_channels.begin(), minigrid_channels.end()}},
                                run)));
    }
    return section;
}

/// The strongest paths through a direction: what it reads most joined with what it writes to most.
template <std::floating_point T>
plot::page_section path_section(const basic_projection<T>& reading, const basic_projection<T>& writing,
                                const execution& run) {
    constexpr std::uint64_t of_each = 3, shown = 60;
    const auto direction = by("layer", "head", "direction");
    const auto paths = join(top_k<magnitude>(reading, of_each, direction, run),
                            top_k<magnitude>(writing, of_each, direction, run), direction);
    const auto products = paths.scores([](double read, double written) { return read * written; });
    const auto best = top_k<magnitude>(products, shown);
    plot::page_section section{
        .heading = "Paths through directions",
        .introduction = "The score of a path, <e, u> S <v, w>, has a sign that means something: turning "
                        "a direction round turns both of its sides."};
    auto table = plot::row_table(best, {.title = "The " + to_text(best.size()) + " strongest paths",
                                        .columns = {"left_source", "left_target", "right_target", "score"}});
    table.header = {"reads", "direction", "writes to", "path score"};
    section.panels.push_back(to_panel(table));
    return section;
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
