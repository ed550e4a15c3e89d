/// @file
/// The first screen of a report: what was found, which heads matter, what to be wary of, how to check it.
#ifndef SVDLENS_REPORT_DETAIL_FIRST_SCREEN_HPP
#define SVDLENS_REPORT_DETAIL_FIRST_SCREEN_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/text.hpp"
#include "../../core/version.hpp"
#include "../../plot/markup.hpp"
#include "../../plot/page.hpp"
#include "../../plot/panel.hpp"
#include "../report_options.hpp"
#include "answer_words.hpp"
#include "answers.hpp"

namespace svdlens::inline v0_2::detail {

/// How many heads and edges the first screen has room for.
inline constexpr std::size_t first_heads = 12, first_edges = 6, first_paths = 6, first_feeds = 2,
                             first_pairs = 4;

/// The controls of all tables together: rows, and those that pass.
inline std::string control_text(const answers& all) {
    std::uint64_t rows = 0, hits = 0;
    for (const auto& each : all.families)
        if (each.control) {
            rows += each.control->rows;
            hits += each.control->hits;
        }
    if (rows == 0) return "No control can be made of these tables.";
    return "Control: of " + grouped(rows) + " rows that nothing computes " + grouped(hits) +
           (hits == 1 ? " passes" : " pass") + " the same thresholds.";
}

/// Which tables were not tested: nothing is said of them.
inline std::string untested_text(const answers& all) {
    if (all.untested.empty()) return {};
    std::vector<std::string> names;
    for (const auto& line : all.untested) names.push_back(line.substr(0, line.find(": ")));
    return " <strong>Not tested</strong>, so that nothing is known of " +
           std::string(names.size() == 1 ? "it" : "them") +
           " (why: see the alerts): " + plot::markup_text(joined(names, ", ")) + ".";
}

inline std::string verdict_on_nothing(const answers& all) {
    if (all.tested == 0)
        return "Nothing was tested</strong>: what stands here of edges is a ranking, and nobody knows "
               "whether "
               "any of it is more than chance.";
    const std::string verdict = "Nothing beyond chance</strong> at q = " + shown(all.q) + ": of " +
                                counted(all.tested, "edge", "edges") +
                                " that were tested none is more than what these weights show by chance.";
    if (!all.pairs.empty())
        return verdict + " But " +
               counted(all.pairs.size(), "pair of heads composes", "pairs of heads compose") +
               " more than chance, as wholes.";
    if (!all.untested.empty()) return verdict;
    return verdict + " That is an answer: the scores below are a ranking, their strongest are such as chance "
                     "gives, and no circuit can be read from them.";
}

/// Tables whose findings their control takes back: `216 edges of ov_to_ov_v`.
inline std::string doubtful_text(const answers& all) {
    std::vector<std::string> tables;
    for (const auto& each : all.families)
        if (each.is_doubtful)
            tables.push_back(counted(each.found, "edge", "edges") + " of " + plot::markup_text(each.name));
    return joined(tables, ", ");
}

inline std::string verdict_on_found(const answers& all) {
    const auto pairs = all.pairs.empty() ? std::string()
                                         : " and " + counted(all.pairs.size(), "pair", "pairs") + " of heads";
    const auto doubtful = doubtful_text(all);
    return counted(all.found, "edge", "edges") + pairs + " found</strong> at q = " + shown(all.q) + " of " +
           grouped(all.tested) + " edges tested: at most about " + shown(100 * all.q) +
           "% of each table's are expected to be chance" +
           (doubtful.empty() ? std::string() : ", where the control agrees") + ". " + control_text(all) +
           (doubtful.empty() ? std::string()
                             : " <strong>It takes back " + doubtful + "</strong> (marked !).");
}

inline std::string verdict(const answers& all) {
    const bool doubtful = !doubtful_text(all).empty();
    std::string html = "<p class=\"verdict" + std::string(doubtful ? " doubtful" : "") + "\"><strong>";
    html += (all.found == 0 ? verdict_on_nothing(all) : verdict_on_found(all)) + untested_text(all);
    return html + " <small>Null: " + all.null + ".</small></p>\n";
}

/// The most significant of a head's edges in some lists, with the other end's name; of a query or a key that is said.
inline std::string best_end(const answers& all, const std::vector<const std::vector<std::size_t>*>& lists,
                            bool of_source) {
    std::size_t best = all.edges.size();
    for (const auto* list : lists)
        if (!list->empty()) best = (std::min)(best, list->front());
    if (best == all.edges.size()) return "<small>-</small>";
    const auto& edge = all.edges[best];
    const auto role = edge.role.empty() ? std::string() : " <small>(" + edge.role + ")</small>";
    return (of_source ? source_of(edge) : target_of(edge)) + role;
}

inline bool has_marks(const answers& all) {
    return std::any_of(all.heads.begin(), all.heads.end(),
                       [](const head_line& head) { return !head.stands_out.empty(); });
}

inline std::string marks_cell(const head_line& head) {
    const auto marks =
        head.stands_out.empty() ? "<small>-</small>" : plot::markup_text(joined(head.stands_out, ", "));
    return "<td class=\"words roles optional\">" + marks + "</td>";
}

/// Under a head's name where there is no room for a column of marks.
inline std::string marks_below(const head_line& head) {
    if (head.stands_out.empty()) return {};
    return "<small class=\"narrow\">" + plot::markup_text(joined(head.stands_out, ", ")) + "</small>";
}

inline std::string head_row(const answers& all, const head_line& head) {
    return "<tr><th scope=\"row\">" + color_dot(head) + linked(head.label, head.label) +
           (head.is_dead ? " <small>dead</small>" : "") + marks_below(head) + "</th><td class=\"optional\">" +
           spark_of(head, 72, 16) + "</td><td>" + shown(head.largest()) + "</td><td>" +
           grouped(head.found.in) + "</td><td>" + grouped(head.found.out) +
           (head.found.doubtful != 0 ? " !" : "") + "</td><td class=\"words\">" +
           best_end(all, {&head.reads, &head.query_reads, &head.key_reads, &head.fed_by}, true) +
           "</td><td class=\"words\">" + best_end(all, {&head.writes, &head.feeds}, false) + "</td>" +
           (has_marks(all) ? marks_cell(head) : std::string()) + "</tr>\n";
}

inline std::string heads_header(const answers& all) {
    std::string html =
        "<thead><tr><th scope=\"col\">head</th><th scope=\"col\" class=\"optional\">spectrum</th>"
        "<th scope=\"col\">S\u2080</th><th scope=\"col\">in</th><th scope=\"col\">out</th>"
        "<th scope=\"col\" class=\"words\">reads</th><th scope=\"col\" class=\"words\">writes to</th>";
    if (has_marks(all)) html += "<th scope=\"col\" class=\"words roles optional\">stands out</th>";
    return html + "</tr></thead>\n";
}

inline std::string heads_box(const answers& all) {
    const auto shown_heads = (std::min)(all.heads.size(), first_heads);
    const std::string title = all.tested == 0  ? "Heads by S\u2080: none was tested"
                              : all.found == 0 ? "Heads by S\u2080: none is found to matter"
                                               : "Which heads matter";
    std::string html = "<div><h3>" + title + "</h3>\n<table>" + heads_header(all) + "<tbody>\n";
    for (std::size_t k = 0; k < shown_heads; ++k) html += head_row(all, all.heads[k]);
    html += "</tbody></table>\n<p class=\"note\">S\u2080: the largest singular value of W_V W_O; dashed: "
            "where random factors' end; in, out: found edges that it reads and writes; beside them the most "
            "significant";
    if (std::any_of(all.heads.begin(), all.heads.end(),
                    [](const head_line& head) { return head.found.doubtful != 0; }))
        html += "; !: some of them are doubtful, and do not count in the order";
    if (shown_heads < all.heads.size())
        html += "; " + counted(all.heads.size() - shown_heads, "more head", "more heads") +
                " under <a href=\"#heads\">Heads</a>";
    return html + ".</p></div>\n";
}

inline std::string edge_item(const answers& all, const found_line& edge) {
    return "<li>" + edge_in_words(edge) + " <small>" + plot::markup_text(numbers_of(edge, all.score)) +
           ", line " + to_text(edge.line) + (edge.is_doubtful ? ", doubtful !" : "") + "</small></li>\n";
}

/// The most significant edges that are wanted, of tables that the control does not doubt first.
inline std::vector<const found_line*> first_of(const answers& all, std::size_t most, auto&& is_wanted) {
    std::vector<const found_line*> chosen;
    for (const bool doubtful : {false, true})
        for (const auto& edge : all.edges)
            if (chosen.size() < most && edge.is_doubtful == doubtful && is_wanted(edge))
                chosen.push_back(&edge);
    return chosen;
}

inline std::string path_item(const path_line& path) {
    return "<li>" + path_in_words(path) + " <small>" + shown(path.score) +
           (path.test && path.test->q ? ", q " + plot::markup_text(q_text(*path.test->q))
                                      : std::string(", not found")) +
           "</small></li>\n";
}

/// Paths of one kind, of which every hop was found.
inline std::string paths_of_kind(const std::string& kind, const std::vector<const path_line*>& paths,
                                 std::size_t most) {
    std::string items;
    for (std::size_t k = 0; k < (std::min)(paths.size(), most); ++k) items += path_item(*paths[k]);
    return "<li>" + plot::markup_text(kind) + "<ul>\n" + items + "</ul></li>\n";
}

/// The strongest paths of each kind of input and output by themselves: scores of two kinds have two units. Of a kind
/// without a path whose every hop was found that is said: what is strongest of it is a ranking.
inline std::string paths_text(const answers& all) {
    if (all.paths.empty()) return {};
    std::vector<std::string> kinds, without;
    std::vector<std::vector<const path_line*>> found;
    for (const auto& path : all.paths) {
        const auto at = std::find(kinds.begin(), kinds.end(), path.section);
        const auto kind = static_cast<std::size_t>(at - kinds.begin());
        if (at == kinds.end()) {
            kinds.push_back(path.section);
            found.emplace_back();
        }
        if (path.test && path.test->q) found[kind].push_back(&path);
    }
    for (std::size_t k = 0; k < kinds.size(); ++k)
        if (found[k].empty()) without.push_back(kinds[k]);
    const auto listed = kinds.size() - without.size();
    const std::size_t of_each = listed == 1 ? first_paths : listed == 2 ? first_paths / 2 : 2;
    std::string items;
    for (std::size_t k = 0; k < kinds.size(); ++k)
        if (!found[k].empty()) items += paths_of_kind(kinds[k], found[k], of_each);
    if (!without.empty())
        items += "<li>No path whose every hop is found: <small>" + plot::markup_text(joined(without, ", ")) +
                 "; the strongest all the same, a ranking, under " + link_to_rows("paths", "", "Tables") +
                 "</small></li>\n";
    return "<h3>Strongest paths, of each kind by itself</h3>\n<ul class=\"kinds\">\n" + items + "</ul>\n";
}

/// Which heads feed which by value, query or key.
inline std::string pair_items(const answers& all) {
    std::string items;
    for (std::size_t k = 0; k < (std::min)(all.pairs.size(), first_pairs); ++k)
        items += "<li>" + pair_in_words(all.pairs[k]) + " <small>" +
                 plot::markup_text(numbers_of(all.pairs[k])) + "</small></li>\n";
    if (all.pairs.size() > first_pairs)
        items += "<li><small>and " + grouped(all.pairs.size() - first_pairs) +
                 " more pairs under <a href=\"#tables\">Tables</a></small></li>\n";
    return items;
}

/// What feeds what: pairs of heads, then directions of heads that later heads read. Counts are of all that was found,
/// not of what the page holds.
inline std::string feeds_text(const answers& all) {
    std::string items = pair_items(all);
    std::uint64_t found = 0;
    for (const auto& head : all.heads) found += head.found.feeds;
    const auto feeds =
        first_of(all, first_feeds, [](const found_line& edge) { return !edge.other_head.empty(); });
    for (const auto* edge : feeds) items += edge_item(all, *edge);
    const std::uint64_t listed = feeds.size();
    if (found > listed)
        items += "<li><small>" +
                 (listed == 0 ? beyond_page(all, found) : "and " + grouped(found - listed) + " more") +
                 "</small></li>\n";
    if (items.empty()) items = "<li>No head is found to feed a later head, by value, query or key.</li>\n";
    return "<h3>What feeds what</h3>\n<ul>\n" + items + "</ul>\n";
}

/// The most significant edges in words, those between heads, and paths.
inline std::string edges_box(const answers& all) {
    if (all.edges.empty())
        return "<div><h3>Strongest findings</h3>\n<p>None. What scores highest all the same is under "
               "<a href=\"#tables\">Tables</a>: a ranking, not a finding.</p>\n" +
               feeds_text(all) + "</div>\n";
    std::string html = "<div><h3>Strongest findings</h3>\n<ol>\n";
    for (const auto* edge : first_of(all, first_edges, [](const found_line&) { return true; }))
        html += edge_item(all, *edge);
    return html + "</ol>\n" + feeds_text(all) + paths_text(all) + "</div>\n";
}

inline std::string alerts_box(const answers& all) {
    constexpr std::size_t most = 6;
    std::string html = "<div><h3>Alerts</h3>\n";
    if (all.alerts.empty()) return html + "<p>None.</p></div>\n";
    html += "<ul>\n";
    for (std::size_t k = 0; k < (std::min)(all.alerts.size(), most); ++k)
        html += "<li>" + plot::markup_text(all.alerts[k]) + "</li>\n";
    html += "</ul>\n";
    if (all.alerts.size() > most)
        html += "<p class=\"note\">" + to_text(all.alerts.size() - most) +
                " more under <a href=\"#model\">The model</a>.</p>\n";
    return html + "</div>\n";
}

inline std::string decoy_text(const family_line& family) {
    if (!family.control || !std::isfinite(family.control->decoy_rate)) return "-";
    return shown(family.control->decoy_rate, 2) + " \u00b1 " + shown(family.control->standard_error, 2);
}

/// What part of the pairs found is chance, by those in reverse order.
inline std::string decoy_text(const pair_family_line& family) {
    if (family.compose == 0 || family.reversed == 0) return "-";
    const auto part = [](std::uint64_t n, std::uint64_t of) {
        return static_cast<double>(n) / static_cast<double>(of);
    };
    return shown(part(family.reversed_compose, family.reversed) / part(family.compose, family.tested), 2);
}

inline constexpr std::string_view families_note = "decoy rate: part of the findings that is chance, by the "
                                                  "control; !: too much; heads: pairs that compose; -: none.";
inline constexpr std::string_view names_note =
    "what writes, then what reads it. embed: inputs; ov: directions of a head, written to as its value "
    "reads; "
    "qk_query, qk_key: as its query and its key read; ov_v: a later head's value; mlp_in, mlp_gate, mlp_out: "
    "neurons; unembed: outputs. Channels that are in none of these tables, as from neurons to neurons, are "
    "in "
    "svdlens map.";

inline std::string families_box(const answers& all) {
    std::string html =
        "<div class=\"families\"><h3>By table</h3>\n<table><thead><tr><th scope=\"col\">table</th><th "
        "scope=\"col\">found</th><th scope=\"col\">of</th><th scope=\"col\">decoy "
        "rate</th></tr></thead>\n<tbody>\n";
    for (const auto& each : all.families)
        html += "<tr><th scope=\"row\">" + plot::markup_text(each.name) + "</th><td>" + grouped(each.found) +
                "</td><td>" + grouped(each.tested) + "</td><td>" + decoy_text(each) +
                (each.is_doubtful ? " !" : "") + "</td></tr>\n";
    for (const auto& each : all.pair_families)
        html += "<tr><th scope=\"row\">heads: " + each.role + "</th><td>" + grouped(each.compose) +
                "</td><td>" + grouped(each.tested) + "</td><td>" + decoy_text(each) +
                (each.is_doubtful ? " !" : "") + "</td></tr>\n";
    return html + "</tbody></table>\n<p class=\"note\">" + std::string(families_note) +
           "</p>\n<details class=\"note\"><summary>What the names say</summary>" + std::string(names_note) +
           "</details></div>\n";
}

inline std::string checks_box(const answers& all, const report_options& options, const std::string& file) {
    std::string html = "<div><h3>How to check it</h3>\n<ul>\n";
    const auto item = [&](const std::string& text) { html += "<li>" + text + "</li>\n"; };
    for (const auto& check : options.checks) item("<code>" + plot::markup_text(check) + "</code>");
    if (options.checks.empty())
        item("<code>find_edges(weights, singular_directions(ov_circuits(weights)), {.q = " + shown(all.q) +
             "})</code>");
    item("<em>line</em> beside an edge: its line in findings.csv, which <code>analyse</code> writes.");
    item("<code>" + plot::markup_text(file) + "</code>, svdlens " + std::string(version));
    for (const auto& fact : options.facts)
        if (fact.starts_with("sha256 ")) item("<code>" + plot::markup_text(fact) + "</code>");
    return html + "</ul></div>\n";
}

/// The five answers on one screen.
inline plot::page_section first_screen(const answers& all, const report_options& options,
                                       const std::string& file) {
    plot::panel panel{.title = {}, .provenance = {}, .notes = {}, .html = verdict(all)};
    panel.html += "<div class=\"answers\">\n" + heads_box(all) + edges_box(all) + "<div class=\"wide\">\n" +
                  alerts_box(all) + families_box(all) + checks_box(all, options, file) + "</div>\n</div>\n";
    return {.heading = "What was found", .panels = {std::move(panel)}, .id = "found"};
}

} // namespace svdlens::inline v0_2::detail

#endif
