/// @file
/// What was found, in words: the first thing that `analyse` prints.
#ifndef SVDLENS_EXAMPLES_PROGRAM_FINDINGS_TEXT_HPP
#define SVDLENS_EXAMPLES_PROGRAM_FINDINGS_TEXT_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <svdlens/core/text.hpp>

#include "findings.hpp"
#include "head_pairs.hpp"
#include "json_text.hpp"
#include "text.hpp"

namespace program {

namespace detail {

/// 10^log10, also where double has no such number: `3.4e-320`.
inline std::string power_of_ten(double log10) {
    if (!std::isfinite(log10)) return "0";
    double exponent = std::floor(log10);
    std::string digits = number(std::pow(10, log10 - exponent), 2);
    if (digits == "10") { // 9.96
        digits = "1";
        ++exponent;
    }
    return exponent == 0 ? digits : digits + "e" + svdlens::to_rounded_text(exponent, 9);
}

/// An end of an edge; before a label that is a number alone what it numbers: `token 5`.
inline std::string named_end(const svdlens::found_row& row, const char* end) {
    const std::string label = row.label(end);
    if (label.find_first_not_of("0123456789") != std::string::npos) return fitted(label, 24);
    const auto& axes = row.of->found.rows.axes();
    std::string entity = axes[axes.rank() - 1].name;
    std::replace(entity.begin(), entity.end(), '_', ' ');
    return entity + " " + label;
}

/// `L0H3.0 writes to L0N25`
inline std::string words_of(const svdlens::found_row& row) {
    const bool reads = row.of->table.far_end == "source";
    const auto& name = row.of->near_end();
    const std::string by = name.ends_with("_query") ? "the query " : name.ends_with("_key") ? "the key " : "";
    return named_end(row, "source") + (reads ? " is read by " + by : " writes to ") +
           named_end(row, "target");
}

inline std::string with_error(const svdlens::control_counts& control) {
    if (!std::isfinite(control.decoy_rate)) return "-";
    return number(control.decoy_rate, 2) + " +- " + number(control.standard_error, 2);
}

inline void print_families(std::ostream& out, const svdlens::found_edges& found) {
    std::vector<table_line> lines{{"section", "found", "of", "control", "of", "decoy rate"}};
    for (const auto& each : found.families) {
        const auto& control = each.found.control;
        lines.push_back({each.name(), svdlens::to_text(each.found.size()),
                         svdlens::to_text(each.found.tested), control ? svdlens::to_text(control->hits) : "-",
                         control ? svdlens::to_text(control->rows) : "-",
                         control ? with_error(*control) : "-"});
    }
    print_table(out, lines, 1, "  ");
}

inline void print_warnings(std::ostream& out, const svdlens::found_edges& found,
                           const std::vector<svdlens::found_pairs>& pairs) {
    std::string names;
    for (const auto& each : found.families)
        if (each.found.doubtful()) names += (names.empty() ? "" : ", ") + each.name();
    constexpr const char* tails[] = {" that compose", " that avoid each other"};
    for (const auto& each : pairs)
        for (std::size_t tail = 0; tail < 2; ++tail)
            if (each.doubtful(found.q, tail))
                names += std::string(names.empty() ? "" : ", ") + "pairs by " + role_of(each) + tails[tail];
    if (names.empty()) return;
    out << "  ";
    print_wrapped(out,
                  "WARNING " + names +
                      ": so many rows that nothing computes are as improbable that the decoy rate is above "
                      "twice the rate asked for: do not take these findings for facts",
                  2);
}

inline void print_pairs(std::ostream& out, const std::vector<svdlens::found_pairs>& pairs) {
    if (pairs.empty()) return;
    std::vector<table_line> lines{
        {"pairs of heads", "compose", "avoid", "of", "control: compose", "avoid", "of"}};
    for (const auto& each : pairs)
        lines.push_back({role_of(each), svdlens::to_text(each.found[0]), svdlens::to_text(each.found[1]),
                         svdlens::to_text(each.tested), svdlens::to_text(each.reversed_hits[0]),
                         svdlens::to_text(each.reversed_hits[1]), svdlens::to_text(each.reversed)});
    print_table(out, lines, 1, "  ");
}

/// Which heads feed which, by value, query or key.
inline void print_feeding(std::ostream& out, const std::vector<svdlens::basic_feeding_pair<float>>& feeding) {
    constexpr std::size_t shown = 8;
    if (feeding.empty()) return;
    out << "\nHeads that feed later heads, more than chance\n";
    for (std::size_t k = 0; k < (std::min)(shown, feeding.size()); ++k) {
        const auto& [role, pair] = feeding[k];
        out << "  " << pair->composition.source << " feeds the " << svdlens::to_text(role) << " of "
            << pair->composition.target << ": composition " << number(pair->composition.seen_score, 3)
            << ", p " << power_of_ten(pair->log_p[0] / std::numbers::ln10) << ", q " << number(pair->q[0], 2)
            << "\n";
    }
    if (feeding.size() > shown) out << "  and " << feeding.size() - shown << " more in composition.csv\n";
}

inline void print_nothing(std::ostream& out, const svdlens::found_edges& found,
                          const std::vector<svdlens::found_pairs>& pairs) {
    const auto feeding = svdlens::feeding_pairs(pairs, found.q);
    out << "  ";
    print_wrapped(
        out,
        "Nothing was found among single directions: of " + svdlens::to_text(found.tested()) +
            " edges none is more, at this q, than what these weights show by chance. That is an answer: what "
            "follows is a ranking, and its strongest edges are such as chance gives" +
            (feeding.empty() ? "; no circuit can be read from it." : "."),
        2);
    print_warnings(out, found, pairs);
    print_feeding(out, feeding);
}

/// The answer in a sentence: how much, of how much, how far to trust it, and the heads that have most of it.
inline void print_verdict(std::ostream& out, const svdlens::found_edges& found, std::size_t pairs) {
    constexpr std::size_t shown = 5;
    std::uint64_t doubtful = 0;
    for (const auto& each : found.families)
        doubtful += each.found.doubtful() ? each.found.size() : std::size_t{0};
    std::string text =
        svdlens::to_text(found.count()) + (found.count() == 1 ? " edge" : " edges") +
        (pairs == 0 ? std::string()
                    : " and " + svdlens::to_text(pairs) + (pairs == 1 ? " pair" : " pairs") + " of heads") +
        " more than chance at q = " + number(found.q) + ", of " + svdlens::to_text(found.tested()) +
        " edges tested";
    if (doubtful != 0) text += "; the control takes back " + svdlens::to_text(doubtful) + " of them";
    const auto of_heads = svdlens::findings_of_heads(found);
    std::vector<std::pair<std::string, svdlens::head_findings>> heads(of_heads.begin(), of_heads.end());
    std::sort(heads.begin(), heads.end(), [](const auto& a, const auto& b) {
        const auto sure = [](const svdlens::head_findings& of) { return of.in + of.out - of.doubtful; };
        return sure(a.second) != sure(b.second) ? sure(a.second) > sure(b.second) : a.first < b.first;
    });
    for (std::size_t k = 0; k < (std::min)(shown, heads.size()); ++k)
        text += (k == 0 ? "; the heads with most of them: " : "; ") + heads[k].first + ", " +
                svdlens::to_text(heads[k].second.in) + " in and " + svdlens::to_text(heads[k].second.out) +
                " out";
    out << "\nAnswer  ";
    print_wrapped(out, text, 8);
}

} // namespace detail

/// How much was found, what the control says, and the strongest of it in words.
inline void print_found(std::ostream& out, const svdlens::found_edges& found,
                        const std::vector<svdlens::found_pairs>& pairs) {
    if (found.families.empty()) return;
    const auto feeding = svdlens::feeding_pairs(pairs, found.q);
    if (found.count() != 0) detail::print_verdict(out, found, feeding.size());
    out << "\nFound at q = " << number(found.q) << ": edges by the null " << svdlens::to_text(found.null)
        << ", p over S^2; pairs of heads by shares\n";
    detail::print_families(out, found);
    detail::print_pairs(out, pairs);
    if (found.count() == 0) return detail::print_nothing(out, found, pairs);
    out << "  (control: edges that nothing computes, and pairs in reverse order, at the same\n"
           "  threshold; -: none can be made; decoy rate: what part of the findings they say\n  is chance)\n";
    detail::print_warnings(out, found, pairs);
    detail::print_feeding(out, feeding);
    out << "\nStrongest findings\n";
    for (const auto& row : svdlens::most_significant(found, 10))
        out << "  " << detail::words_of(row) << ": cosine " << number(row.value("cosine"), 2) << ", p "
            << detail::power_of_ten(row.value("log10_p")) << ", q " << number(row.value("q"), 2) << "\n";
}

/// The same as JSON.
inline json json_found_edges(const svdlens::found_edges& found,
                             const std::vector<svdlens::found_pairs>& pairs, std::size_t most) {
    json tables = json::array(), rows = json::array(), heads = json::array();
    for (const auto& each : found.families) {
        json table = {{"section", each.name()},
                      {"found", each.found.size()},
                      {"tested", each.found.tested},
                      {"dimension", each.found.dimension},
                      {"log10_threshold", json_number(each.found.log10_threshold)},
                      {"doubtful", each.found.doubtful()},
                      {"control", nullptr}};
        if (const auto& control = each.found.control)
            table["control"] = {{"rows", control->rows},
                                {"hits", control->hits},
                                {"decoy_rate", json_number(control->decoy_rate)},
                                {"standard_error", json_number(control->standard_error)}};
        tables.push_back(std::move(table));
    }
    for (const auto& row : svdlens::most_significant(found, most))
        rows.push_back({{"section", row.of->name()},
                        {"source", row.label("source")},
                        {"target", row.label("target")},
                        {"log10_p", json_number(row.value("log10_p"))},
                        {"q", row.value("q")},
                        {"cosine", row.value("cosine")},
                        {"scaled", row.value("scaled")}});
    for (const auto& each : pairs)
        heads.push_back({{"kind", kind_of(each)},
                         {"doubtful", each.doubtful(found.q)},
                         {"tested", each.tested},
                         {"compose", each.found[0]},
                         {"avoid", each.found[1]},
                         {"reversed", each.reversed},
                         {"reversed_compose", each.reversed_hits[0]},
                         {"reversed_avoid", each.reversed_hits[1]}});
    return {{"q", found.q},
            {"null", svdlens::to_text(found.null)},
            {"found", found.count()},
            {"tested", found.tested()},
            {"tables", std::move(tables)},
            {"strongest", std::move(rows)},
            {"head_pairs", std::move(heads)}};
}

} // namespace program

#endif
