/// @file
/// The bodies of plot/histogram.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_HISTOGRAM_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_HISTOGRAM_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

#include "../../../core/detail/body.hpp"
#include "../../../core/execution.hpp"
#include "../../../table/histogram.hpp"
#include "../../../table/score_source.hpp"
#include "../../figure.hpp"
#include "../../histogram.hpp"
#include "../../palette.hpp"
#include "../figure_parts.hpp"
#include "../thinning.hpp"

namespace svdlens::inline v0_2::plot {

SVDLENS_BODY figure histogram(const score_histogram& counted, const histogram_options& options) {
    json places = json::array(), widths = json::array(), counts = json::array(), ends = json::array();
    for (std::size_t k = 0; k < counted.counts.size(); ++k) {
        places.push_back(detail::number(counted.edges[k]));
        widths.push_back(detail::number(counted.edges[k + 1] - counted.edges[k]));
        ends.push_back(detail::number(counted.edges[k + 1]));
        counts.push_back(counted.counts[k]);
    }
    figure f;
    f.title = options.title;
    detail::note_not_finite(f.notes, counted.nan_count, 0);
    if (counted.below != 0)
        f.notes.push_back(detail::count_text(counted.below, "score lies", "scores lie") + " below the bins.");
    if (counted.above != 0)
        f.notes.push_back(detail::count_text(counted.above, "score lies", "scores lie") + " above the bins.");
    f.data.push_back({{"type", "bar"},
                      {"x", std::move(places)},
                      {"y", std::move(counts)},
                      {"width", std::move(widths)},
                      {"offset", 0},
                      {"customdata", std::move(ends)},
                      {"marker", {{"color", palette[0]}, {"line", {{"width", 0}}}}},
                      {"hovertemplate", "%{x} to %{customdata}: %{y}<extra></extra>"}});
    f.layout["xaxis"] = detail::titled(options.score_title);
    f.layout["yaxis"] = detail::titled("rows");
    f.layout["bargap"] = 0;
    return f;
}

template <std::floating_point T>
figure histogram(const score_source_ref<T>& source, const histogram_options& options, const execution& run) {
    figure f = histogram(svdlens::histogram(source, {.bins = options.bins}, run), options);
    const figure named = detail::start_figure(source.axes(), options.title);
    f.title = named.title;
    f.provenance = named.provenance;
    return f;
}

#ifdef SVDLENS_COMPILED
template figure histogram(const score_source_ref<float>& source, const histogram_options& options,
                          const execution& run);
template figure histogram(const score_source_ref<double>& source, const histogram_options& options,
                          const execution& run);
#endif

} // namespace svdlens::inline v0_2::plot

#endif
