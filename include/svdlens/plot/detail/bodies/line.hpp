/// @file
/// The bodies of plot/line.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_LINE_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_LINE_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../table/score_source.hpp"
#include "../../../table/store.hpp"
#include "../../../table/where.hpp"
#include "../../../tensor/sub_index.hpp"
#include "../../figure.hpp"
#include "../../line.hpp"
#include "../../palette.hpp"
#include "../categories.hpp"
#include "../figure_parts.hpp"
#include "../labels.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

inline constexpr std::uint64_t most_line_points = 500'000;

inline json line_trace(std::size_t k, const json& name) {
    return {{"type", "scatter"},
            {"mode", "lines+markers"},
            {"name", name},
            {"x", json::array()},
            {"y", json::array()},
            {"line", {{"color", color(k)}, {"dash", dash(k)}, {"width", 1.5}}},
            {"marker", {{"color", color(k)}, {"symbol", symbol(k)}, {"size", 4}}},
            {"hovertemplate", "%{x}: %{y}<extra>%{fullData.name}</extra>"}};
}

} // namespace detail

template <std::floating_point T>
figure line(const score_source_ref<T>& source, const line_options& options, const execution& run) {
    if (source.max_rows() > detail::most_line_points && count_rows(source, run) > detail::most_line_points)
        throw argument_error(errc::invalid_argument, "line: expected at most " +
                                                         to_text(detail::most_line_points) +
                                                         " rows, found more; narrow the table with where()");
    const auto rows = collect(source, run);
    figure f = detail::start_figure(source.axes(), options.title);
    if (rows.empty()) return detail::nothing_to_draw(std::move(f));
    const sub_index place(source.axes(), {options.x});
    const auto lines = detail::find_categories(rows, options.color, {}, detail::most_categories);
    for (std::size_t k = 0; k < lines.size(); ++k) f.data.push_back(detail::line_trace(k, lines.labels[k]));
    for (std::size_t k = 0; k < rows.size(); ++k) {
        json& trace = f.data[lines.of_row[k]];
        trace["x"].push_back(place.index(rows.row_at(k)));
        trace["y"].push_back(detail::number(rows.score_at(k)));
    }
    f.layout["xaxis"] = detail::titled(options.x);
    f.layout["yaxis"] = detail::titled(options.score_title);
    f.layout["legend"] = {{"title", {{"text", detail::shown_label(options.color)}}}};
    f.layout["showlegend"] = !options.color.empty();
    return f;
}

#ifdef SVDLENS_COMPILED
template figure line(const score_source_ref<float>& source, const line_options& options,
                     const execution& run);
template figure line(const score_source_ref<double>& source, const line_options& options,
                     const execution& run);
#endif

} // namespace svdlens::inline v0_2::plot

#endif
