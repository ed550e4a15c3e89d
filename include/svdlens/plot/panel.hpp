/// @file
/// One piece of a page: what stands under a heading of its own.
#ifndef SVDLENS_PLOT_PANEL_HPP
#define SVDLENS_PLOT_PANEL_HPP

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detail/drawn_element.hpp"
#include "figure.hpp"

namespace svdlens::inline v0_2::plot {

/// The scripts that draw.
enum class drawn_by { html, plotly, vis_network };

/// A piece of a page as HTML.
struct panel {
    std::string title;
    std::string provenance;
    std::vector<std::string> notes;
    std::string html;
    drawn_by script = drawn_by::html;
};

/// What a page can hold: it has an overload of `to_panel`.
template <class T>
concept panel_source = requires(const T& what) {
    { to_panel(what) } -> std::same_as<panel>;
};

inline panel to_panel(panel p) { return p; }

/// A figure, drawn by plotly when it comes into sight.
inline panel to_panel(const figure& f) {
    const auto asked = f.layout.find("height");
    const bool has_height = asked != f.layout.end() && asked->is_number();
    const std::string height = "height:" + (has_height ? asked->dump() : "450") + "px";
    return {f.title, f.provenance, f.notes, detail::drawn_element("plot", f.title, to_json(f), height),
            drawn_by::plotly};
}

} // namespace svdlens::inline v0_2::plot

#endif
