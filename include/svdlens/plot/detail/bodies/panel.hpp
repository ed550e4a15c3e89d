/// @file
/// The bodies of plot/panel.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_PANEL_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_PANEL_HPP

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../figure.hpp"
#include "../../panel.hpp"
#include "../drawn_element.hpp"

namespace svdlens::inline v0_2::plot {

SVDLENS_BODY panel to_panel(panel p) { return p; }

SVDLENS_BODY panel to_panel(const figure& f) {
    const auto asked = f.layout.find("height");
    const bool has_height = asked != f.layout.end() && asked->is_number();
    const std::string height = "height:" + (has_height ? asked->dump() : "450") + "px";
    return {f.title, f.provenance, f.notes, detail::drawn_element("plot", f.title, to_json(f), height),
            drawn_by::plotly};
}

} // namespace svdlens::inline v0_2::plot

#endif
