/// @file
/// A sample page of the browser tests, and what is to be found on it.
#ifndef SVDLENS_TESTS_BROWSER_SAMPLE_HPP
#define SVDLENS_TESTS_BROWSER_SAMPLE_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "svdlens/plot/page.hpp"

namespace svdlens_tests {

using svdlens::plot::json;

/// `figures` has an object for each figure that is drawn, `tables` the cells of each table. What an object
/// may hold is what figures.mjs reads.
struct sample {
    std::string name;
    svdlens::plot::page page = {};
    json figures = json::array();
    json tables = json::array();
    svdlens::plot::html_options options = {.plotly = svdlens::plot::script_source::linked("plotly.min.js"),
                                           .vis_network =
                                               svdlens::plot::script_source::linked("vis-network.min.js")};
};

/// A page of one panel.
template <svdlens::plot::panel_source Source>
sample one_panel(std::string name, const Source& source) {
    using svdlens::plot::to_panel;
    sample result{.name = name};
    result.page.title = "Sample: " + name;
    result.page.provenance = "browser tests\nraw";
    result.page.sections.push_back({.panels = {to_panel(source)}});
    return result;
}

/// A page of one figure, with what is expected of it.
template <svdlens::plot::panel_source Source>
sample one_figure(std::string name, const Source& source, json expected) {
    sample result = one_panel(std::move(name), source);
    result.figures.push_back(std::move(expected));
    return result;
}

/// Marks that are seen: `kind` names a selector of figures.mjs.
inline json marks(std::string_view kind, std::size_t traces, std::size_t count) {
    return {{"kind", kind}, {"traces", traces}, {"count", count}};
}

/// What the mouse says over a place in an axis' units; a label's place is its number. Spaces and lines do
/// not matter.
inline json hover(json x, json y, const std::string& text) {
    return {{"x", std::move(x)}, {"y", std::move(y)}, {"text", text}};
}

/// As above, over the mark that is nearest to the place.
inline json hover_mark(std::string_view kind, json x, json y, const std::string& text) {
    json result = hover(std::move(x), std::move(y), text);
    result["mark"] = kind;
    return result;
}

} // namespace svdlens_tests

#endif
