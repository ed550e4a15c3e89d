/// @file
/// A figure as plain data: plotly's JSON.
#ifndef SVDLENS_PLOT_FIGURE_HPP
#define SVDLENS_PLOT_FIGURE_HPP

#include <filesystem>
#include <string>
#include <vector>

#include "detail/json_values.hpp"
#include "json.hpp"

namespace svdlens::inline v0_2::plot {

/// What is drawn and how, in the schema of plotly.js (https://plotly.com/javascript/reference). A value:
/// change what you like, `fig.layout["yaxis"]["type"] = "log"`.
struct figure {
    std::string title;
    std::string provenance;         ///< one line: model, processing, score
    std::vector<std::string> notes; ///< what a reader has to know, such as how many points are not drawn
    json data = json::array();      ///< the traces
    json layout = json::object();
};

/// The figure as one JSON object, `data` and `layout`: what `plotly.io.from_json` of Python reads. Title,
/// notes and provenance are in `layout.title` and `layout.meta`.
json to_json(const figure& f);

/// Writes the figure's JSON. Bytes of labels that are no UTF-8 become U+FFFD. The file is whole or not there.
/// @throws file_error (cannot_write)
void write_json(const std::filesystem::path& path, const figure& f);

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/figure.hpp"
#endif

#endif
