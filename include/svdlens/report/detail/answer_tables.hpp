/// @file
/// What was found as tables and as JSON: all numbers of the first screen and of the heads.
#ifndef SVDLENS_REPORT_DETAIL_ANSWER_TABLES_HPP
#define SVDLENS_REPORT_DETAIL_ANSWER_TABLES_HPP

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../core/text.hpp"
#include "../../core/version.hpp"
#include "../../plot/html_table.hpp"
#include "../../plot/json.hpp"
#include "answer_words.hpp"
#include "answers.hpp"

namespace svdlens::inline v0_2::detail {

/// All found edges that the page holds.
inline plot::html_table edges_table(const answers& all) {
    plot::html_table table{
        .title = "Found edges",
        .header = {"section", "source", "target", all.score, "cosine", "S", "p", "q", "line"}};
    if (all.score == "cosine") table.header.erase(table.header.begin() + 3);
    for (const auto& edge : all.edges) {
        auto& cells = table.rows.emplace_back();
        cells = {{edge.section}, {edge.source}, {edge.target}};
        if (all.score != "cosine") cells.push_back({shown(edge.score, 4)});
        for (const auto& text : {shown(edge.cosine, 4), shown(edge.singular_value, 4),
                                 power_text(edge.log10_p), shown(edge.q, 3), to_text(edge.line)})
            cells.push_back({text});
    }
    if (std::any_of(all.edges.begin(), all.edges.end(),
                    [&](const found_line& edge) { return unit_of(edge.section, all.score) != all.score; }))
        table.notes.push_back(all.score +
                              " of tables that end in _query or _key: a part of attention scores, "
                              "another unit than that of the others.");
    std::string doubtful;
    for (const auto& each : all.families)
        if (each.is_doubtful) doubtful += (doubtful.empty() ? "" : ", ") + each.name;
    if (!doubtful.empty()) table.notes.push_back("Doubtful, by their control: all of " + doubtful + ".");
    if (all.edges.size() < all.found)
        table.notes.push_back("The " + to_text(all.edges.size()) + " most significant of " +
                              grouped(all.found) + "; findings.csv has all.");
    return table;
}

/// All pairs of heads that the page holds.
inline plot::html_table pairs_table(const answers& all) {
    plot::html_table table{.title = "Pairs of heads that compose more than chance",
                           .notes = {"composition.csv, which svdlens analyse writes, has all pairs, those "
                                     "that avoid each other, too."},
                           .header = {"source", "role", "target", "composition", "share", "z", "p", "q"}};
    for (const auto& pair : all.pairs)
        table.rows.push_back({{pair.source},
                              {pair.role},
                              {pair.target},
                              {shown(pair.composition, 4)},
                              {shown(pair.share, 4)},
                              {shown(pair.z, 3)},
                              {power_text(pair.log10_p)},
                              {shown(pair.q, 3)}});
    for (const auto& each : all.pair_families)
        table.notes.push_back("By " + each.role + ": " + grouped(each.compose) + " of " +
                              grouped(each.tested) +
                              " pairs compose more than chance; control: " + grouped(each.reversed_compose) +
                              " of " + grouped(each.reversed) + " pairs in reverse order are as improbable" +
                              (each.is_doubtful ? ", so that none is listed." : "."));
    return table;
}

/// A number of a test, or nothing where the model has no answer to it.
inline std::string advantage_text(const std::optional<diagonal_mark>& mark) {
    return mark ? shown(mark->advantage, 4) : std::string();
}

inline plot::html_table heads_table(const answers& all) {
    plot::html_table table{
        .title = "Heads",
        .notes =
            {"copying, matching, induction, previous token: advantage in logits (docs/circuits_found.md)."},
        .header = {"head", "S0", "directions", "dead", "found in", "found out", "by query", "by key",
                   "copying", "matching", "induction", "of", "previous token", "stands out", "community"}};
    for (const auto& head : all.heads)
        table.rows.push_back({{head.label},
                              {shown(head.largest(), 4)},
                              {to_text(head.spectrum.size() - head.nulls)},
                              {head.is_dead ? "dead" : ""},
                              {to_text(head.found.in)},
                              {to_text(head.found.out)},
                              {to_text(head.found.query)},
                              {to_text(head.found.key)},
                              {advantage_text(head.marked.copying)},
                              {advantage_text(head.marked.matching)},
                              {advantage_text(head.marked.induction)},
                              {head.marked.partner},
                              {advantage_text(head.marked.previous_token)},
                              {joined(head.stands_out, ", ")},
                              {head.community ? to_text(*head.community) : std::string()}});
    return table;
}

inline plot::html_table paths_table(const answers& all) {
    plot::html_table table{
        .title = "The strongest paths through heads",
        .notes =
            {"The score of a path, <e, u> S <v, u'> S' ... <v', w>, has a sign that is a fact: turning a "
             "direction round turns both of its sides. q: that of the weakest hop, where every hop was "
             "found.",
             "Scores of two sections have two units: compare paths within one."},
        .header = {"section", "path", "hops", "score", "q"}};
    for (const auto& path : all.paths)
        table.rows.push_back({{path.section},
                              {joined(path.names, " -> ")},
                              {to_text(path.names.size() - 1)},
                              {shown(path.score, 4)},
                              {path.test && path.test->q ? shown(*path.test->q, 3) : std::string()}});
    return table;
}

/// A number, or null where JSON has none.
inline plot::json finite_or_null(double value) {
    return std::isfinite(value) ? plot::json(value) : plot::json();
}

inline plot::json json_of(const found_line& edge) {
    return {{"section", edge.section},
            {"source", edge.source},
            {"target", edge.target},
            {"score", edge.score},
            {"cosine", edge.cosine},
            {"singular_value", edge.singular_value},
            {"log10_p", finite_or_null(edge.log10_p)},
            {"q", edge.q},
            {"line", edge.line},
            {"doubtful", edge.is_doubtful}};
}

inline plot::json json_of(const std::optional<diagonal_mark>& mark) {
    if (!mark) return nullptr;
    return {{"advantage", finite_or_null(mark->advantage)}, {"z", finite_or_null(mark->z)}};
}

inline plot::json json_of(const path_line& path) {
    const bool has_q = path.test && path.test->q;
    return {{"section", path.section},
            {"path", path.names},
            {"score", finite_or_null(path.score)},
            {"log10_p", path.test ? finite_or_null(path.test->log10_p) : plot::json()},
            {"q", has_q ? plot::json(*path.test->q) : plot::json()}};
}

inline plot::json json_of(const pair_line& pair) {
    return {{"source", pair.source},
            {"target", pair.target},
            {"role", pair.role},
            {"composition", finite_or_null(pair.composition)},
            {"share", finite_or_null(pair.share)},
            {"z", finite_or_null(pair.z)},
            {"log10_p", finite_or_null(pair.log10_p)},
            {"q", pair.q}};
}

inline plot::json json_of(const pair_family_line& family) {
    return {{"role", family.role},
            {"tested", family.tested},
            {"compose", family.compose},
            {"avoid", family.avoid},
            {"reversed", family.reversed},
            {"reversed_compose", family.reversed_compose},
            {"reversed_avoid", family.reversed_avoid},
            {"doubtful", family.is_doubtful}};
}

inline plot::json json_of(const head_line& head) {
    return {{"head", head.label},
            {"spectrum", head.spectrum},
            {"null_directions", head.nulls},
            {"product_edge", finite_or_null(head.product_edge)},
            {"beyond_edge", head.beyond_edge},
            {"dead", head.is_dead},
            {"found_in", head.found.in},
            {"found_out", head.found.out},
            {"found_query", head.found.query},
            {"found_key", head.found.key},
            {"found_doubtful", head.found.doubtful},
            {"feeds_heads", head.feeds_heads},
            {"fed_by_heads", head.fed_by_heads},
            {"community", head.community ? plot::json(*head.community) : plot::json()},
            {"reads", head.reads},
            {"query_reads", head.query_reads},
            {"key_reads", head.key_reads},
            {"writes", head.writes},
            {"feeds", head.feeds},
            {"fed_by", head.fed_by},
            {"copying", json_of(head.marked.copying)},
            {"matching", json_of(head.marked.matching)},
            {"induction", json_of(head.marked.induction)},
            {"induction_partner", head.marked.partner},
            {"previous_token", json_of(head.marked.previous_token)},
            {"stands_out", head.stands_out}};
}

inline plot::json json_of(const family_line& family) {
    plot::json result = {{"section", family.name},
                         {"found", family.found},
                         {"tested", family.tested},
                         {"doubtful", family.is_doubtful},
                         {"control", nullptr}};
    if (family.control)
        result["control"] = {{"rows", family.control->rows},
                             {"hits", family.control->hits},
                             {"decoy_rate", finite_or_null(family.control->decoy_rate)},
                             {"standard_error", finite_or_null(family.control->standard_error)}};
    return result;
}

/// Positions in the lists of a head are those of `edges`, and of `pairs` where heads are fed.
inline plot::json json_of(const answers& all) {
    plot::json families = plot::json::array(), edges = plot::json::array(), heads = plot::json::array(),
               paths = plot::json::array(), pairs = plot::json::array(), roles = plot::json::array();
    for (const auto& each : all.pairs) pairs.push_back(json_of(each));
    for (const auto& each : all.pair_families) roles.push_back(json_of(each));
    for (const auto& each : all.paths) paths.push_back(json_of(each));
    for (const auto& each : all.families) families.push_back(json_of(each));
    for (const auto& each : all.edges) edges.push_back(json_of(each));
    for (const auto& each : all.heads) heads.push_back(json_of(each));
    return {{"maker", "svdlens " + std::string(version)},
            {"q", all.q},
            {"null", all.null},
            {"score", all.score},
            {"found", all.found},
            {"tested", all.tested},
            {"tables", std::move(families)},
            {"untested", all.untested},
            {"edges", std::move(edges)},
            {"pairs", std::move(pairs)},
            {"pair_roles", std::move(roles)},
            {"heads", std::move(heads)},
            {"paths", std::move(paths)},
            {"alerts", all.alerts}};
}

} // namespace svdlens::inline v0_2::detail

#endif
