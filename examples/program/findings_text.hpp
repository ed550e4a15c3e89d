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
    const double exponent = std::floor(log10);
    const std::string digits = number(std::pow(10, log10 - exponent), 2);
    return exponent == 0 ? digits : digits + "e" + svdlens::to_rounded_text(exponent, 9);
}

/// `L0H3.0 writes to L0N25`
inline std::string words_of(const svdlens::found_row& row) {
    const bool reads = row.of->table.far_end == "source";
    const auto& name = row.of->near_end();
    const std::string by = name.ends_with("_query") ? "the query " : name.ends_with("_key") ? "the key " : "";
    return fitted(row.label("source"), 24) + (reads ? " is read by " + by : " writes to ") +
           fitted(row.label("target"), 24);
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

} // namespace detail

/// How much was found, what the control says, and the strongest of it in words.
inline void print_found(std::ostream& out, const svdlens::found_edges& found,
                        const std::vector<svdlens::found_pairs>& pairs) {
    if (found.families.empty()) return;
    out << "\nFound at q = " << number(found.q) << ": edges by the null " << svdlens::to_text(found.null)
        << ", p over S^2; pairs of heads by shares\n";
    detail::print_families(out, found);
    detail::print_pairs(out, pairs);
    if (found.count() == 0) return detail::print_nothing(out, found, pairs);
    out << "  (control: edges that nothing computes, and pairs in reverse order, at the same\n"
           "  threshold; -: none can be made; decoy rate: what part of the findings they say\n  is chance)\n";
    detail::print_warnings(out, found, pairs);
    detail::print_feeding(out, svdlens::feeding_pairs(pairs, found.q));
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
