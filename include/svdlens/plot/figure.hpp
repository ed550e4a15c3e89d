/// @file
/// A figure as plain data: plotly's JSON.
#ifndef SVDLENS_PLOT_FIGURE_HPP
#define SVDLENS_PLOT_FIGURE_HPP

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "../core/file_writer.hpp"
#include "../core/version.hpp"
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
inline json to_json(const figure& f) {
    json layout = f.layout;
    layout["title"]["text"] = detail::escaped(f.title);
    layout["meta"] = {
        {"maker", "svdlens " + std::string(version)}, {"provenance", f.provenance}, {"notes", f.notes}};
    return {{"data", f.data}, {"layout", std::move(layout)}};
}

/// Writes the figure's JSON. Bytes of labels that are no UTF-8 become U+FFFD. The file is whole or not there.
/// @throws file_error (cannot_write)
inline void write_json(const std::filesystem::path& path, const figure& f) {
    file_writer file(path);
    file.write(to_json(f).dump(-1, ' ', false, json::error_handler_t::replace));
    file.write("\n");
    file.commit();
}

} // namespace svdlens::inline v0_2::plot

#endif
