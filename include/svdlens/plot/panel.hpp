/// @file
/// One piece of a page: what stands under a heading of its own.
#ifndef SVDLENS_PLOT_PANEL_HPP
#define SVDLENS_PLOT_PANEL_HPP

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "detail/drawn_element.hpp"
#include "figure.hpp"

namespace svdlens::inline v0_2::plot {

/// The scripts that draw.
enum class drawn_by { html, plotly, vis_network, svg };

/// A piece of a page as HTML.
struct panel {
    std::string title;
    std::string provenance;
    std::vector<std::string> notes;
    std::string html;
    drawn_by script = drawn_by::html;
    std::string choice = {}; ///< of several in a section one is seen at a time; empty: always
};

/// What a page can hold: it has an overload of `to_panel`.
template <class T>
concept panel_source = requires(const T& what) {
    { to_panel(what) } -> std::same_as<panel>;
};

/// A panel is its own.
panel to_panel(panel p);

/// A figure, drawn by plotly when it comes into sight.
panel to_panel(const figure& f);

} // namespace svdlens::inline v0_2::plot

#ifndef SVDLENS_COMPILED
#include "detail/bodies/panel.hpp"
#endif

#endif
