/// @file
/// The bodies of plot/figure.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_FIGURE_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_FIGURE_HPP

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/file_writer.hpp"
#include "../../../core/version.hpp"
#include "../../figure.hpp"
#include "../../json.hpp"
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

} // namespace svdlens::inline v0_2::plot

#endif
