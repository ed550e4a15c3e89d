/// @file
/// The bodies of plot/bar.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_BAR_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_BAR_HPP

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "../../../core/detail/body.hpp"
#include "../../../core/text.hpp"
#include "../../../table/value_counts.hpp"
#include "../../bar.hpp"
#include "../../figure.hpp"
#include "../../palette.hpp"
#include "../figure_parts.hpp"
#include "../labels.hpp"

namespace svdlens::inline v0_2::plot {

SVDLENS_BODY figure bar(std::span<const value_count> counts, const bar_options& options) {
    const auto shown = counts.first((std::min)(counts.size(), options.max_bars));
    detail::label_list labels;
    json lengths = json::array();
    for (const auto& entry : shown) {
        labels.add(entry.label, entry.group);
        lengths.push_back(entry.count);
    }
    figure f;
    f.title = options.title;
    if (counts.empty()) return detail::nothing_to_draw(std::move(f));
    if (shown.size() < counts.size())
        f.notes.push_back("The first " + to_text(shown.size()) + " of " + to_text(counts.size()) +
                          " bars are drawn.");
    f.data.push_back({{"type", "bar"},
                      {"x", labels.texts()},
                      {"y", std::move(lengths)},
                      {"marker", {{"color", palette[0]}}},
                      {"hovertemplate", "%{x}: %{y}<extra></extra>"}});
    f.layout["xaxis"] = detail::category_axis(options.axis_title, labels.texts());
    f.layout["yaxis"] = detail::titled("rows");
    if (!shown.empty() && shown.front().count <= 10) f.layout["yaxis"]["dtick"] = 1; // no half rows
    return f;
}

} // namespace svdlens::inline v0_2::plot

#endif
