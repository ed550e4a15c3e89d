/// @file
/// Pages of figures, tables and networks as HTML.
#ifndef SVDLENS_PLOT_PAGE_HPP
#define SVDLENS_PLOT_PAGE_HPP

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "panel.hpp"
#include "script_source.hpp"

namespace svdlens::inline v0_2::plot {

/// Panels under one heading. Without a heading there is none in the contents either.
struct page_section {
    std::string heading = {};
    std::string introduction = {}; ///< a paragraph of text
    std::vector<panel> panels = {};
    std::string id = {};     ///< what links lead to: `#heads`; empty: its number, `#s3`
    std::string choose = {}; ///< what the switch between panels of several choices is called
};

/// A page: what it is of, and its sections, which a list of contents leads to where there are several.
struct page {
    std::string title;
    std::string provenance = {}; ///< model, hash, processing, options: one line each
    std::vector<page_section> sections = {};
    std::string style = {}; ///< CSS beside the page's own, for panels of one's own; without `</`
};

/// How a page is written.
struct html_options {
    script_source plotly = plotly_from_cdn();
    script_source vis_network = vis_network_from_cdn();
};

/// The page as HTML. O(size)
/// @throws argument_error (invalid_argument) for a style with `</` in it, which would end the style's element
std::string to_html(const page& of, const html_options& options = {});

/// Writes a page. The file is whole or not there. @throws file_error (cannot_write); as `to_html`
void write_html(const std::filesystem::path& path, const page& of, const html_options& options = {});

/// Writes one figure, table or network as a page of its own: `write_html("ecdf.html", plot::ecdf(scores))`.
/// @throws file_error (cannot_write)
template <panel_source Source>
void write_html(const std::filesystem::path& path, const Source& source, const html_options& options = {}) {
    panel p = to_panel(source);
    page of{.title = std::exchange(p.title, {}), .provenance = std::exchange(p.provenance, {})};
    of.sections.push_back({.panels = {std::move(p)}});
    write_html(path, of, options);
}

} // namespace svdlens::inline v0_2::plot

namespace svdlens::inline v0_2 {

using plot::write_html;

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/page.hpp"
#endif

#endif
