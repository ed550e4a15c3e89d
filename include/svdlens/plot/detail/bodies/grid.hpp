/// @file
/// The bodies of plot/grid.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_GRID_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_GRID_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../table/score_source.hpp"
#include "../../../table/store.hpp"
#include "../../figure.hpp"
#include "../../grid.hpp"
#include "../color_scale.hpp"
#include "../figure_parts.hpp"
#include "../labels.hpp"
#include "../subplots.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

/// The scores of a map, `height` lines of `width` places; NaN where none is.
using grid_map = std::vector<double>;

/// The maps that have a score, by number.
template <std::floating_point T>
std::map<std::uint64_t, grid_map> fill_maps(const basic_selection<T>& rows, const grid_options& options) {
    const auto& axes = rows.axes();
    const auto axis = axes.axis_number(options.axis);
    const std::uint64_t places = options.width * options.height;
    std::map<std::uint64_t, grid_map> maps;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const auto feature = axes.coordinate(rows.row_at(k), axis);
        auto& map = maps.try_emplace(feature / places, places, std::numeric_limits<double>::quiet_NaN())
                        .first->second;
        const auto x = feature % places / options.height, y = feature % options.height;
        double& place = map[static_cast<std::size_t>(y * options.width + x)];
        if (!std::isnan(place))
            throw argument_error(errc::invalid_argument,
                                 "grid: expected one row for each index of axis " + quoted(options.axis) +
                                     ", found several for " +
                                     quoted(axes.label(rows.row_at(k), options.axis)) +
                                     "; narrow the table with where()");
        place = static_cast<double>(rows.score_at(k));
    }
    return maps;
}

/// @throws argument_error (invalid_argument) when the axis is not cut into whole maps
inline void check_grid(const axes& table, const grid_options& options) {
    const auto places = options.width * options.height;
    const auto extent = table[table.axis_number(options.axis)].extent;
    if (places == 0 || extent % places != 0)
        throw argument_error(errc::invalid_argument, "grid: expected maps of " + to_text(options.width) +
                                                         " x " + to_text(options.height) +
                                                         " places, found axis " + quoted(options.axis) +
                                                         " of extent " + to_text(extent));
    if (!options.maps.empty() && options.maps.size() != extent / places)
        throw argument_error(errc::wrong_label_count, "grid: expected " + to_text(extent / places) +
                                                          " names of maps, found " +
                                                          to_text(options.maps.size()));
}

inline json map_trace(const grid_map& map, const grid_options& options, const std::string& suffix) {
    json lines = json::array();
    for (std::size_t y = 0; y < options.height; ++y) {
        json line = json::array();
        for (std::size_t x = 0; x < options.width; ++x) line.push_back(number(map[y * options.width + x]));
        lines.push_back(std::move(line));
    }
    return {{"type", "heatmap"},
            {"z", std::move(lines)},
            {"coloraxis", "coloraxis"},
            {"xaxis", "x" + suffix},
            {"yaxis", "y" + suffix},
            {"xgap", 1},
            {"ygap", 1},
            {"hoverongaps", false},
            {"hovertemplate", "%{fullData.name} (%{x},%{y}): %{z}<extra></extra>"}};
}

/// Square places, x across and y down, as the agent sees them.
inline void add_map_axes(figure& f, const subplots& grid, std::size_t k) {
    const json plain = {{"showgrid", false}, {"zeroline", false}, {"dtick", 1}, {"constrain", "domain"}};
    json x = plain, y = plain;
    y["autorange"] = "reversed";
    y["scaleanchor"] = "x" + subplots::suffix(k);
    x["showticklabels"] = grid.is_bottom(k);
    y["showticklabels"] = grid.is_left(k);
    if (!grid.is_bottom(k)) x["ticks"] = "";
    if (!grid.is_left(k)) y["ticks"] = "";
    add_axes(f, grid, k, std::move(x), std::move(y));
}

} // namespace detail

template <std::floating_point T>
figure grid(const score_source_ref<T>& source, const grid_options& options, const execution& run) {
    detail::check_grid(source.axes(), options);
    const auto maps = detail::fill_maps(collect(source, run), options);
    if (maps.size() > options.max_maps)
        throw argument_error(errc::invalid_argument, "grid: expected at most " + to_text(options.max_maps) +
                                                         " maps, found " + to_text(maps.size()) +
                                                         "; narrow the table, or raise max_maps");
    figure f = detail::start_figure(source.axes(), options.title);
    if (maps.empty()) return detail::nothing_to_draw(std::move(f));
    const auto across = (std::min)(maps.size(), std::size_t{7});
    const detail::subplots places{.count = maps.size(), .columns = across, .gap_down = 0.1};
    detail::grid_map all;
    std::size_t k = 0;
    for (const auto& [number, map] : maps) {
        const std::string name =
            options.maps.empty() ? "map " + to_text(number) : options.maps[static_cast<std::size_t>(number)];
        json trace = detail::map_trace(map, options, detail::subplots::suffix(k));
        trace["name"] = detail::shown_label(name);
        f.data.push_back(std::move(trace));
        detail::add_map_axes(f, places, k);
        detail::add_title(f, k++, detail::shown_label(name));
        all.insert(all.end(), map.begin(), map.end());
    }
    f.layout["coloraxis"] = detail::color_axis(detail::scale_of<double>(all), options.score_title);
    f.layout["height"] = 60 + 200 * places.rows();
    return f;
}

#ifdef SVDLENS_COMPILED
template figure grid(const score_source_ref<float>& source, const grid_options& options,
                     const execution& run);
template figure grid(const score_source_ref<double>& source, const grid_options& options,
                     const execution& run);
#endif

} // namespace svdlens::inline v0_2::plot

#endif
