/// @file
/// What figures begin with, and the titles of their axes.
#ifndef SVDLENS_PLOT_DETAIL_FIGURE_PARTS_HPP
#define SVDLENS_PLOT_DETAIL_FIGURE_PARTS_HPP

#include <string>
#include <string_view>

#include "../../tensor/axes.hpp"
#include "../figure.hpp"
#include "../json.hpp"
#include "json_values.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// An empty figure of a table: its provenance, and its title where no other is given.
inline figure start_figure(const axes& table, std::string_view title) {
    figure f;
    f.title = title.empty() ? table.title() : std::string(title);
    f.provenance = table.provenance();
    return f;
}

/// A figure without a trace says so.
inline figure nothing_to_draw(figure f) {
    f.notes.push_back("There is nothing to draw: the table has no rows with a finite score.");
    f.layout["xaxis"]["visible"] = false;
    f.layout["yaxis"]["visible"] = false;
    f.layout["height"] = 60;
    return f;
}

/// An axis title, as plotly has it.
inline json titled(std::string_view title) { return {{"title", {{"text", escaped(title)}}}}; }

} // namespace svdlens::inline v0_2::plot::detail

#endif
