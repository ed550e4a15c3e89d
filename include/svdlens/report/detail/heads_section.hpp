/// @file
/// The report's section on heads: each with what it reads, writes, feeds and is fed by.
#ifndef SVDLENS_REPORT_DETAIL_HEADS_SECTION_HPP
#define SVDLENS_REPORT_DETAIL_HEADS_SECTION_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
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

/// What a head's list does not show, of `found` edges. The page's tables hold no more than its edges.
inline std::string rest_of_list(const answers& all, const head_line& head, std::uint64_t found,
                                std::size_t held, std::size_t listed) {
    if (found == listed) return {};
    std::string text = held == 0 ? beyond_page(all, found) : "and " + grouped(found - listed) + " more";
    if (held > listed)
        text += (found == held ? std::string() : ", " + grouped(held - listed) + " of them") + " under " +
                link_to_rows("found edges", head.label + ".", "Tables");
    if (held != 0 && found > held) text += "; findings.csv has all";
    return "<p class=\"note\">" + text + "</p>\n";
}

/// The most significant edges of a head, of `found` of their kind.
inline std::string edges_of_head(const answers& all, const head_line& head,
                                 const std::vector<std::size_t>& edges, std::uint64_t found,
                                 const std::string& title, bool of_source) {
    constexpr std::size_t most = 6;
    if (found == 0) return {};
    const auto listed = (std::min)(edges.size(), most);
    std::string html = "<h3>" + title + " " + grouped(found) + "</h3>\n";
    if (listed != 0) html += "<ul>\n";
    for (std::size_t k = 0; k < listed; ++k) {
        const auto& edge = all.edges[edges[k]];
        const auto direction = of_source ? edge.target : edge.source;
        html += "<li>" + (of_source ? source_of(edge) : target_of(edge)) + " <small>by " +
                plot::markup_text(direction) + ", " + plot::markup_text(numbers_of(edge, all.score)) +
                (edge.is_doubtful ? ", doubtful !" : "") + "</small></li>\n";
    }
    if (listed != 0) html += "</ul>\n";
    return html + rest_of_list(all, head, found, edges.size(), listed);
}

/// The heads at the other end of a head's pairs.
inline std::string pairs_of_head(const answers& all, const head_line& head,
                                 const std::vector<std::size_t>& pairs, const std::string& title,
                                 bool of_source) {
    constexpr std::size_t most = 8;
    if (pairs.empty()) return {};
    std::string html = "<h3>" + title + " " + grouped(pairs.size()) + "</h3>\n<ul>\n";
    for (std::size_t k = 0; k < (std::min)(pairs.size(), most); ++k) {
        const auto& pair = all.pairs[pairs[k]];
        const auto& other = of_source ? pair.source : pair.target;
        html += "<li>" + (of_source ? "its " + pair.role + ": " : "the " + pair.role + " of ") +
                linked(other, other) + " <small>" + plot::markup_text(numbers_of(pair)) + "</small></li>\n";
    }
    html += "</ul>\n";
    if (pairs.size() > most)
        html += "<p class=\"note\">and " + grouped(pairs.size() - most) + " more under " +
                link_to_rows("pairs of heads", head.label, "Tables") + "</p>\n";
    return html;
}

/// What a head reads, is fed by, writes to and feeds.
inline std::string lists_of_head(const answers& all, const head_line& head) {
    const auto& found = head.found;
    const auto lists = pairs_of_head(all, head, head.fed_by_heads, "is fed by heads:", true) +
                       pairs_of_head(all, head, head.feeds_heads, "feeds heads:", false) +
                       edges_of_head(all, head, head.reads, found.in - found.fed_by - found.query - found.key,
                                     "reads", true) +
                       edges_of_head(all, head, head.query_reads, found.query, "its query reads", true) +
                       edges_of_head(all, head, head.key_reads, found.key, "its key reads", true) +
                       edges_of_head(all, head, head.fed_by, found.fed_by, "is fed by", true) +
                       edges_of_head(all, head, head.writes, found.out - found.feeds, "writes to", false) +
                       edges_of_head(all, head, head.feeds, found.feeds, "feeds", false);
    if (!lists.empty()) return lists;
    const std::string_view nothing = all.tested == 0 ? "Nothing of it was tested."
                                     : all.untested.empty()
                                         ? "Nothing of it is beyond chance."
                                         : "Nothing of it is beyond chance in what was tested.";
    return "<p class=\"note\">" + std::string(nothing) + "</p>\n";
}

inline std::string head_card(const answers& all, const head_line& head, bool open) {
    std::string html = "<details class=\"card\" id=\"" + plot::markup_text(head.label) +
                       "\" style=\"--hue:" + plot::hue(head.layer, head.head) + "\"" + (open ? " open" : "") +
                       "><summary><strong>" + plot::markup_text(head.label) + "</strong> <small>S\u2080 " +
                       shown(head.largest()) + ", " + to_text(head.beyond_edge) + " beyond random factors, " +
                       counted(head.found.in, "edge", "edges") + " in, " + grouped(head.found.out) + " out" +
                       (head.is_dead ? ", dead" : "") + "</small></summary>\n";
    if (!head.stands_out.empty())
        html += "<p>stands out: " + plot::markup_text(joined(head.stands_out, ", ")) + " <small>(" +
                link_to_rows("heads", head.label, "numbers") + ")</small></p>\n";
    html += spark_of(head, 300, 44);
    html += "<small>" + to_text(head.spectrum.size() - head.nulls) + " directions" +
            (head.nulls != 0 ? ", " + to_text(head.nulls) + " more are null space" : "") + "</small>\n";
    return html + lists_of_head(all, head) + "</details>\n";
}

/// Whether nothing was found of a head, and it stands out by no test.
inline bool is_silent(const head_line& head) {
    return head.found.in + head.found.out == 0 && head.feeds_heads.empty() && head.fed_by_heads.empty() &&
           head.stands_out.empty();
}

/// A section a head, the most telling first; of very many the first ones.
inline plot::page_section heads_section(const answers& all) {
    plot::page_section section{.heading = "Heads",
                               .introduction =
                                   "Each head's spectrum (dashed: where that of random factors of its sizes "
                                   "ends), and the edges of its "
                                   "directions that are more than chance: the most significant first.",
                               .id = "heads"};
    const auto shown_heads = (std::min)(all.heads.size(), most_head_sections);
    if (shown_heads < all.heads.size())
        section.introduction +=
            " The first " + to_text(shown_heads) + " of " + to_text(all.heads.size()) + " heads.";
    plot::panel panel{.title = {}, .provenance = {}, .notes = all.notes, .html = "<div class=\"cards\">\n"};
    std::string silent; // of many heads, those of which there is nothing to say
    std::size_t folded = 0;
    for (std::size_t k = 0; k < shown_heads; ++k) {
        const bool folds = k >= open_head_sections && is_silent(all.heads[k]);
        (folds ? silent : panel.html) += head_card(all, all.heads[k], k < open_head_sections);
        folded += folds ? 1U : 0U;
    }
    panel.html += "</div>\n";
    if (folded != 0)
        panel.html += "<details class=\"silent\"><summary>" + counted(folded, "more head", "more heads") +
                      " of which nothing was found</summary><div class=\"cards\">\n" + silent +
                      "</div></details>\n";
    section.panels.push_back(std::move(panel));
    return section;
}

} // namespace svdlens::inline v0_2::detail

#endif
