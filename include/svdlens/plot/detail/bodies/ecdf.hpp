/// @file
/// The bodies of plot/ecdf.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_ECDF_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_ECDF_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../table/ecdf.hpp"
#include "../../../table/score_source.hpp"
#include "../../ecdf.hpp"
#include "../../figure.hpp"
#include "../../palette.hpp"
#include "../categories.hpp"
#include "../figure_parts.hpp"
#include "../labels.hpp"
#include "../thinning.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

/// @throws argument_error (invalid_argument)
inline void check_lines(std::size_t lines, const std::string& column) {
    if (lines <= most_categories) return;
    throw argument_error(errc::invalid_argument,
                         "plot: column " + quoted(column) + " has " + to_text(lines) +
                             " values, expected at most " + to_text(most_categories) +
                             " lines; narrow the table with where() or take another column");
}

/// The stairs of a distribution: what lies at an infinity has a share, but no place.
inline json ecdf_trace(const ecdf_steps& steps, std::size_t k, const json& name) {
    json values = json::array(), shares = json::array();
    for (std::size_t step = 0; step < steps.values.size(); ++step) {
        if (!std::isfinite(steps.values[step])) continue;
        values.push_back(steps.values[step]);
        shares.push_back(steps.shares[step]);
    }
    return {{"type", "scatter"},
            {"mode", values.size() == 1 ? "markers" : "lines"}, // one step makes no line
            {"name", name},
            {"x", std::move(values)},
            {"y", std::move(shares)},
            {"line", {{"shape", "hv"}, {"color", color(k)}, {"dash", dash(k)}, {"width", 1.5}}},
            {"marker", {{"color", color(k)}}},
            {"hovertemplate", "%{y:.4f} of the scores are at most %{x}<extra>%{fullData.name}</extra>"}};
}

inline void lay_out_ecdf(figure& f, const ecdf_options& options) {
    f.layout["xaxis"] = titled(options.score_title);
    f.layout["yaxis"] = titled("share of scores at most this");
    f.layout["yaxis"]["range"] = {-0.02, 1.02};
    f.layout["legend"] = {
        {"title", {{"text", shown_label(options.color.empty() ? "scores" : options.color)}}}};
    f.layout["showlegend"] = !options.color.empty();
}

} // namespace detail

template <std::floating_point T>
figure ecdf(const score_source_ref<T>& source, const ecdf_options& options, const execution& run) {
    figure f = detail::start_figure(source.axes(), options.title);
    std::uint64_t scores = 0, nan = 0;
    const auto add = [&](const ecdf_steps& steps, const json& name) {
        scores += steps.count;
        nan += steps.nan_count;
        if (steps.count != 0) f.data.push_back(detail::ecdf_trace(steps, f.data.size(), name));
    };
    if (options.color.empty()) {
        add(svdlens::ecdf(source, options.points, run), "scores");
    } else {
        const auto groups = svdlens::ecdf(source, by(options.color), options.points, run);
        detail::check_lines(groups.rows.size(), options.color);
        detail::label_list labels;
        for (std::size_t k = 0; k < groups.rows.size(); ++k) {
            labels.add(groups.axes.label(groups.rows[k], options.color), groups.rows[k]);
            add(groups.steps[k], labels.texts().back());
        }
    }
    detail::note_not_finite(f.notes, nan, 0);
    if (scores == 0) return detail::nothing_to_draw(std::move(f));
    detail::lay_out_ecdf(f, options);
    return f;
}

#ifdef SVDLENS_COMPILED
template figure ecdf(const score_source_ref<float>& source, const ecdf_options& options,
                     const execution& run);
template figure ecdf(const score_source_ref<double>& source, const ecdf_options& options,
                     const execution& run);
#endif

} // namespace svdlens::inline v0_2::plot

#endif
