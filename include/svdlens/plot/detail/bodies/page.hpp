/// @file
/// The bodies of plot/page.hpp.
#ifndef SVDLENS_PLOT_DETAIL_BODIES_PAGE_HPP
#define SVDLENS_PLOT_DETAIL_BODIES_PAGE_HPP

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/file_writer.hpp"
#include "../../../core/text.hpp"
#include "../../../core/version.hpp"
#include "../../page.hpp"
#include "../../panel.hpp"
#include "../../script_source.hpp"
#include "../flow_parts.hpp"
#include "../flow_script.hpp"
#include "../network_script.hpp"
#include "../page_style.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

inline void append_element(std::string& out, std::string_view tag, std::string_view text,
                           std::string_view attributes = {}) {
    ((((out += '<') += tag) += attributes) += '>');
    append_escaped(out, text);
    (((out += "</") += tag) += ">\n");
}

inline void append_panel(std::string& out, const panel& p) {
    out += "<figure";
    if (!p.choice.empty()) out += " data-choice=\"" + escaped(p.choice) + "\"";
    out += ">\n<figcaption>\n";
    if (!p.title.empty()) append_element(out, "h3", p.title, " dir=\"auto\"");
    for (const auto& note : p.notes) append_element(out, "p", note, " class=\"note\" dir=\"auto\"");
    out += "</figcaption>\n";
    out += p.html;
    if (!p.provenance.empty()) append_element(out, "p", p.provenance, " class=\"provenance\"");
    out += "</figure>\n";
}

inline std::string id_of(const page_section& section, std::size_t number) {
    return section.id.empty() ? "s" + to_text(number) : section.id;
}

inline void append_section(std::string& out, const page_section& section, std::size_t number) {
    out += "<section id=\"" + escaped(id_of(section, number)) + "\"";
    if (!section.choose.empty()) out += " data-choose=\"" + escaped(section.choose) + "\"";
    out += ">\n";
    if (!section.heading.empty()) append_element(out, "h2", section.heading, " dir=\"auto\"");
    if (!section.introduction.empty()) append_element(out, "p", section.introduction);
    for (const auto& p : section.panels) append_panel(out, p);
    out += "</section>\n";
}

inline void append_contents(std::string& out, const std::vector<page_section>& sections) {
    if (sections.size() < 2) return;
    out += "<nav aria-label=\"Contents\">\n<ol>\n";
    for (std::size_t k = 0; k < sections.size(); ++k) {
        if (sections[k].heading.empty()) continue;
        out += "<li><a href=\"#" + escaped(id_of(sections[k], k)) + "\">" + escaped(sections[k].heading) +
               "</a></li>\n";
    }
    out += "</ol>\n</nav>\n";
}

inline bool uses(const page& of, drawn_by script) {
    return std::any_of(of.sections.begin(), of.sections.end(), [&](const page_section& section) {
        return std::any_of(section.panels.begin(), section.panels.end(),
                           [&](const panel& p) { return p.script == script; });
    });
}

inline void require_whole_style(const page& of) {
    const auto at = of.style.find("</");
    if (at == std::string::npos) return;
    throw argument_error(errc::invalid_argument,
                         "page " + quoted(of.title) +
                             ": expected a style without \"</\", which would end it, " + "found " +
                             quoted(of.style.substr(at, 16)) + "; write \"<\\/\" inside a string of CSS");
}

inline void append_head(std::string& out, const page& of) {
    out += "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<meta name=\"generator\" content=\"svdlens\">\n"
           "<link rel=\"icon\" href=\"data:,\">\n"; // no request for an icon
    append_element(out, "title", of.title);
    ((out += "<style>") += page_style) += "</style>\n";
    if (uses(of, drawn_by::vis_network)) ((out += "<style>") += network_style) += "</style>\n";
    if (uses(of, drawn_by::svg)) ((out += "<style>") += flow_style) += "</style>\n";
    if (!of.style.empty()) ((out += "<style>") += of.style) += "</style>\n";
    out += "</head>\n";
}

/// After the body's text, which is there to be read while they load.
inline void append_scripts(std::string& out, const page& of, const html_options& options) {
    if (uses(of, drawn_by::plotly)) out += options.plotly.html("plotly.js");
    if (uses(of, drawn_by::vis_network)) out += options.vis_network.html("vis-network");
    ((out += "<script>") += page_script) += "</script>\n";
    ((out += "<script>") += table_script) += "</script>\n";
    if (uses(of, drawn_by::vis_network)) ((out += "<script>") += network_script) += "</script>\n";
    if (uses(of, drawn_by::svg))
        for (const auto script : {flow_parts_script, flow_script})
            ((out += "<script>") += script) += "</script>\n";
}

/// One line, or the first of several, which the others are folded under.
inline void append_provenance(std::string& out, const std::string& provenance) {
    const auto end = provenance.find('\n');
    if (end == std::string::npos) return append_element(out, "p", provenance, " class=\"provenance\"");
    out += "<details class=\"provenance\">";
    append_element(out, "summary", provenance.substr(0, end));
    append_element(out, "div", provenance.substr(end + 1));
    out += "</details>\n";
}

} // namespace detail

SVDLENS_BODY std::string to_html(const page& of, const html_options& options) {
    detail::require_whole_style(of);
    std::string out;
    detail::append_head(out, of);
    out += "<body>\n<header>\n<button id=\"theme\" type=\"button\">dark or light</button>"
           "<button id=\"print\" type=\"button\">Print</button>\n";
    detail::append_element(out, "h1", of.title, " dir=\"auto\"");
    detail::append_provenance(out, of.provenance);
    out += "</header>\n<noscript><p class=\"failure\">Figures are drawn by JavaScript, which is off: numbers "
           "and "
           "tables are here without it.</p></noscript>\n";
    detail::append_contents(out, of.sections);
    out += "<main>\n";
    for (std::size_t k = 0; k < of.sections.size(); ++k) detail::append_section(out, of.sections[k], k);
    out += "</main>\n";
    detail::append_element(out, "footer", "svdlens " + std::string(version));
    detail::append_scripts(out, of, options);
    return out += "</body>\n</html>\n";
}

SVDLENS_BODY void write_html(const std::filesystem::path& path, const page& of, const html_options& options) {
    file_writer file(path);
    file.write(to_html(of, options));
    file.commit();
}

} // namespace svdlens::inline v0_2::plot

#endif
