/// @file
/// The report's section on heads: each with what it reads, writes, feeds and is fed by.
#ifndef SVDLENS_REPORT_DETAIL_HEADS_SECTION_HPP
#define SVDLENS_REPORT_DETAIL_HEADS_SECTION_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../../core/text.hpp"
#include "../../plot/markup.hpp"
#include "../../plot/page.hpp"
#include "../../plot/palette.hpp"
#include "../../plot/panel.hpp"
#include "answer_words.hpp"
#include "answers.hpp"

namespace svdlens::inline v0_2::detail {

/// How many heads have a section, and how many of these are open at first.
inline constexpr std::size_t most_head_sections = 400, open_head_sections = 12;

inline std::string edges_of_head(const answers& all, const std::vector<std::size_t>& edges,
                                 const std::string& title, bool of_source) {
    constexpr std::size_t most = 6;
    if (edges.empty()) return {};
    std::string html = "<h3>" + title + " " + grouped(edges.size()) + "</h3>\n<ul>\n";
    for (std::size_t k = 0; k < (std::min)(edges.size(), most); ++k) {
        const auto& edge = all.edges[edges[k]];
        const auto direction = of_source ? edge.target : edge.source;
        html += "<li>" + (of_source ? source_of(edge) : target_of(edge)) + " <small>by " +
                plot::markup_text(direction) + ", " + plot::markup_text(numbers_of(edge, all.score)) +
                "</small></li>\n";
    }
    html += "</ul>\n";
    if (edges.size() > most)
        html += "<p class=\"note\">and " + grouped(edges.size() - most) +
                " more under <a href=\"#tables\">Tables</a></p>\n";
    return html;
}

inline std::string head_card(const answers& all, const head_line& head, bool open) {
    std::string html = "<details class=\"card\" id=\"" + plot::markup_text(head.label) +
                       "\" style=\"--hue:" + plot::hue(head.layer, head.head) + "\"" + (open ? " open" : "") +
                       "><summary><strong>" + plot::markup_text(head.label) + "</strong> <small>S\u2080 " +
                       shown(head.largest()) + ", " + counted(head.found.in, "edge", "edges") + " in, " +
                       grouped(head.found.out) + " out" + (head.is_dead ? ", dead" : "") +
                       "</small></summary>\n";
    html += spark_of(head, 300, 44);
    html += "<small>" + to_text(head.spectrum.size() - head.nulls) + " directions" +
            (head.nulls != 0 ? ", " + to_text(head.nulls) + " more are null space" : "") + "</small>\n";
    const auto lists =
        edges_of_head(all, head.reads, "reads", true) + edges_of_head(all, head.fed_by, "is fed by", true) +
        edges_of_head(all, head.writes, "writes to", false) + edges_of_head(all, head.feeds, "feeds", false);
    html += lists.empty() ? "<p class=\"note\">Nothing of it is beyond chance.</p>\n" : lists;
    return html + "</details>\n";
}

/// A section a head, the most telling first; of very many the first ones.
inline plot::page_section heads_section(const answers& all) {
    plot::page_section section{
        .heading = "Heads",
        .introduction =
            "Each head's spectrum, and the edges of its directions that are more than chance: the "
            "most significant first.",
        .id = "heads"};
    const auto shown_heads = (std::min)(all.heads.size(), most_head_sections);
    if (shown_heads < all.heads.size())
        section.introduction +=
            " The first " + to_text(shown_heads) + " of " + to_text(all.heads.size()) + " heads.";
    plot::panel panel{.title = {}, .provenance = {}, .notes = all.notes, .html = "<div class=\"cards\">\n"};
    for (std::size_t k = 0; k < shown_heads; ++k)
        panel.html += head_card(all, all.heads[k], k < open_head_sections);
    panel.html += "</div>\n";
    section.panels.push_back(std::move(panel));
    return section;
}

} // namespace svdlens::inline v0_2::detail

#endif
