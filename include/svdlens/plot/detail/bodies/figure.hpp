/// @file
/// The bodies of plot/figure.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_FIGURE_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_FIGURE_HPP

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/file_writer.hpp"
#include "../../../core/version.hpp"
#include "../../../tensor/axes.hpp"
#include "../../figure.hpp"
#include "../json_values.hpp"

namespace svdlens::inline v0_2::plot {

SVDLENS_BODY json to_json(const figure& f) {
    json layout = f.layout;
    layout["title"]["text"] = detail::escaped(f.title);
    layout["meta"] = {
        {"maker", "svdlens " + std::string(version)}, {"provenance", f.provenance}, {"notes", f.notes}};
    return {{"data", f.data}, {"layout", std::move(layout)}};
}

SVDLENS_BODY void write_json(const std::filesystem::path& path, const figure& f) {
    file_writer file(path);
    file.write(to_json(f).dump(-1, ' ', false, json::error_handler_t::replace));
    file.write("\n");
    file.commit();
}

namespace detail {

SVDLENS_BODY figure start_figure(const axes& table, std::string_view title) {
    figure f;
    f.title = title.empty() ? table.title() : std::string(title);
    f.provenance = table.provenance();
    return f;
}

SVDLENS_BODY figure nothing_to_draw(figure f) {
    f.notes.push_back("There is nothing to draw: the table has no rows with a finite score.");
    f.layout["xaxis"]["visible"] = false;
    f.layout["yaxis"]["visible"] = false;
    f.layout["height"] = 60;
    return f;
}

SVDLENS_BODY json titled(std::string_view title) { return {{"title", {{"text", escaped(title)}}}}; }

} // namespace detail

} // namespace svdlens::inline v0_2::plot

#endif
