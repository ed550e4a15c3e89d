/// @file
/// What changed between two checkpoints, in words and as JSON.
#ifndef SVDLENS_EXAMPLES_PROGRAM_DIFF_TEXT_HPP
#define SVDLENS_EXAMPLES_PROGRAM_DIFF_TEXT_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <svdlens/core/text.hpp>

#include "change_tables.hpp"
#include "diff_files.hpp"
#include "json_text.hpp"
#include "text.hpp"

namespace program {

/// What was compared, and what came of it.
struct diff_result {
    svdlens::checkpoint_comparison changes;
    std::vector<svdlens::edge_family_changes> edges; ///< empty where none were tested
    std::vector<change_table> tables;
};

namespace detail {

inline std::string share_text(double share) { return number(100 * share, 3) + " %"; }

inline bool has_changed(const svdlens::checkpoint_comparison& changes) {
    for (const auto* circuit : circuits_of(changes))
        for (const auto& head : circuit->heads)
            if (head.change != 0) return true;
    return false;
}

inline void print_basis(std::ostream& out, const svdlens::basis_evidence& basis) {
    out << "Basis    ";
    print_wrapped(out,
                  svdlens::to_text(basis.hits) + " of " + svdlens::to_text(basis.matched) +
                      " directions meet those of the same head more than chance (largest overlap " +
                      number(basis.largest_overlap, 3) + "), " + svdlens::to_text(basis.other_hits) + " of " +
                      svdlens::to_text(basis.other_matched) + " those of another head: " +
                      (basis.is_shared() ? "one basis" : "too few to tell, but both are of one file"),
                  9);
}

inline void print_heads(std::ostream& out, const svdlens::circuit_change& circuit, std::size_t most) {
    std::vector<table_line> lines{{"head", "change", "cosine", "norm", "after", "rank", "first"}};
    std::size_t changed = 0;
    for (const auto& head : most_changed(circuit)) {
        if (head.change == 0 || ++changed > most) continue;
        lines.push_back({head_label(circuit, head) + (head.dead ? " (dead)" : ""), number(head.relative(), 3),
                         number(head.cosine, 4), number(head.norm_before, 3), number(head.norm_after, 3),
                         svdlens::to_text(head.directions), share_text(head.first_share)});
    }
    out << "\n"
        << svdlens::to_text(changed) << " of " << circuit.heads.size()
        << " heads changed: " << circuit.before.set.name << "\n";
    if (changed == 0) return;
    print_table(out, lines, 1, "  ");
    if (changed > most) out << "  and " << changed - most << " more in diff.csv\n";
}

struct edge_counts {
    std::uint64_t before = 0, after = 0, both = 0, one = 0, churned = 0, unmatched = 0;
};

inline edge_counts count_edges(const std::vector<svdlens::edge_family_changes>& families) {
    edge_counts all;
    for (const auto& each : families) {
        all.before += each.found_before;
        all.after += each.found_after;
        all.both += each.found_in_both();
        all.churned += each.churned();
        all.unmatched += each.unmatched;
        all.one += each.edges.size() - each.found_in_both();
    }
    return all;
}

/// `17 of L1H2, 1 of L0H3`, the most first: of the heads whose directions the edges are.
inline std::string churned_heads(const std::vector<svdlens::edge_family_changes>& families) {
    std::map<std::string, std::size_t> heads;
    for (const auto& each : families)
        for (const auto& edge : each.edges)
            if (edge.is_churned() && each.axes.find_axis("head"))
                ++heads[each.axes.label(edge.before, "head")];
    std::vector<std::pair<std::string, std::size_t>> order(heads.begin(), heads.end());
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    constexpr std::size_t most = 8;
    std::string text;
    for (std::size_t k = 0; k < (std::min)(most, order.size()); ++k)
        text += (k == 0 ? "" : ", ") + svdlens::to_text(order[k].second) + " of " + order[k].first;
    return order.size() > most ? text + ", ..." : text;
}

inline void print_edge_families(std::ostream& out,
                                const std::vector<svdlens::edge_family_changes>& families) {
    std::vector<table_line> lines{{"section", "before", "after", "both", "one only", "churned"}};
    for (const auto& each : families)
        lines.push_back({each.name, svdlens::to_text(each.found_before), svdlens::to_text(each.found_after),
                         svdlens::to_text(each.found_in_both()),
                         svdlens::to_text(each.edges.size() - each.found_in_both()),
                         svdlens::to_text(each.churned())});
    print_table(out, lines, 1, "  ");
}

/// By chance 0.3 % of all edges change by more than 3 standard errors, but 1 % of those that are found in one only: see
/// `compare_edges`.
inline void print_edge_changes(std::ostream& out, const std::vector<svdlens::edge_family_changes>& families) {
    if (families.empty()) return;
    const auto all = count_edges(families);
    std::string text = svdlens::to_text(all.before) + " edges found before, " + svdlens::to_text(all.after) +
                       " after, " + svdlens::to_text(all.both) +
                       " in both. Churned (found in one, not in the "
                       "other, and changed by more than 3 standard errors): " +
                       svdlens::to_text(all.churned) + " of " + svdlens::to_text(all.one) +
                       " found in one only";
    if (all.one != 0)
        text += " (" + share_text(static_cast<double>(all.churned) / static_cast<double>(all.one)) +
                "; chance alone gives about 1 %)";
    if (all.churned != 0) text += ": " + churned_heads(families);
    if (all.unmatched != 0)
        text +=
            "; " + svdlens::to_text(all.unmatched) + " more are of directions that the other does not have";
    out << "\nEdges    ";
    print_wrapped(out, text, 9);
    print_edge_families(out, families);
}

/// `+0.41 jump, +0.2 key, -0.3 door` of a direction: its highest and its lowest.
inline std::string ends_text(const change_table& table, svdlens::row_number head, std::uint64_t direction) {
    std::string text;
    constexpr int most = 3;
    for (const auto* rows : {&table.highest, &table.lowest}) {
        const auto& axes = rows->axes();
        int shown = 0;
        for (std::size_t k = 0; k < rows->size() && shown < most; ++k) {
            const auto row = rows->rows()[k];
            const auto of =
                axes.coordinate(row, axes.axis_number("layer")) * axes[axes.axis_number("head")].extent +
                axes.coordinate(row, axes.axis_number("head"));
            const bool is_it = of == head && axes.coordinate(row, axes.axis_number("direction")) == direction;
            const double score = static_cast<double>(rows->scores()[k]);
            if (!is_it || (rows == &table.lowest) != (score < 0)) continue;
            ++shown;
            text += (text.empty() ? "" : ", ") + fitted(axes.label(row, table.far_end), 20) + " " +
                    (score < 0 ? "" : "+") + number(score, 2);
        }
    }
    return text;
}

inline void print_change_of_head(std::ostream& out, const diff_result& of,
                                 const svdlens::circuit_change& circuit, const svdlens::head_change& head) {
    const auto number_of_head = head.layer * circuit.before.set.heads() + head.head;
    const auto& change = circuit.change.directions;
    const auto first = static_cast<double>(change.singular_value(head.layer, head.head, 0));
    out << "  " << head_label(circuit, head) << " of " << circuit.before.set.name << ", direction 0: S "
        << number(first, 3) << ", " << share_text(head.first_share) << " of the change\n";
    for (const auto& table : of.tables) {
        const bool is_of_circuit = table.name().find(circuit.change.set.name) != std::string::npos;
        const auto text = is_of_circuit ? ends_text(table, number_of_head, 0) : std::string();
        if (text.empty()) continue;
        out << "    " << padded(table.name(), 26);
        print_wrapped(out, svdlens::shown_bytes(text), 30);
    }
}

inline void print_changes(std::ostream& out, const diff_result& of) {
    constexpr std::size_t shown = 3;
    if (of.tables.empty() || !has_changed(of.changes)) return;
    out << "\nWhat the change reads and writes (scores; their signs have a meaning together)\n";
    for (const auto* circuit : circuits_of(of.changes)) {
        std::size_t printed = 0;
        for (const auto& head : most_changed(*circuit))
            if (head.directions != 0 && ++printed <= shown) print_change_of_head(out, of, *circuit, head);
    }
}

inline json json_head_change(const svdlens::circuit_change& circuit, const svdlens::head_change& head) {
    return {{"circuit", circuit.before.set.name},     {"head", head_label(circuit, head)},
            {"change", json_number(head.relative())}, {"cosine", head.cosine},
            {"norm_before", head.norm_before},        {"norm_after", head.norm_after},
            {"norm_of_change", head.change},          {"rank", head.directions},
            {"first_share", head.first_share},        {"dead", head.dead}};
}

inline json json_edge_families(const std::vector<svdlens::edge_family_changes>& families) {
    json list = json::array();
    for (const auto& each : families)
        list.push_back({{"section", each.name},
                        {"found_before", each.found_before},
                        {"found_after", each.found_after},
                        {"found_in_both", each.found_in_both()},
                        {"found_in_one", each.edges.size() - each.found_in_both()},
                        {"churned", each.churned()},
                        {"unmatched", each.unmatched}});
    return list;
}

/// The matrices outside the heads that changed most; a line where none did.
inline void print_others(std::ostream& out, std::vector<svdlens::weight_change> others, bool all) {
    std::erase_if(others, [](const svdlens::weight_change& each) { return each.change == 0; });
    if (others.empty()) {
        out << "\nEmbeddings, MLPs and unembedding: the same.\n";
        return;
    }
    std::stable_sort(others.begin(), others.end(),
                     [](const svdlens::weight_change& a, const svdlens::weight_change& b) {
                         return a.relative() > b.relative();
                     });
    std::vector<table_line> lines{{"outside the heads", "change"}};
    const std::size_t most = all ? others.size() : (std::min)(std::size_t{8}, others.size());
    for (std::size_t k = 0; k < most; ++k)
        lines.push_back({others[k].name, share_text(others[k].relative())});
    out << "\n";
    print_table(out, lines, 1, "  ");
    if (most < others.size()) out << "  and " << others.size() - most << " more (--verbose)\n";
}

inline json json_others(const std::vector<svdlens::weight_change>& others) {
    json list = json::array();
    for (const auto& each : others)
        list.push_back({{"weights", each.name},
                        {"change", json_number(each.relative())},
                        {"norm_before", each.norm_before},
                        {"norm_of_change", each.change}});
    return list;
}

} // namespace detail

inline void print_diff(std::ostream& out, const diff_result& of, bool verbose) {
    detail::print_basis(out, of.changes.basis);
    if (!detail::has_changed(of.changes)) out << "\nNo head changed: all are the same to rounding.\n";
    detail::print_others(out, of.changes.others, verbose);
    const std::size_t most = verbose ? static_cast<std::size_t>(-1) : 8;
    if (detail::has_changed(of.changes)) {
        for (const auto* circuit : circuits_of(of.changes)) detail::print_heads(out, *circuit, most);
        out << "  (change: ||W' - W|| / ||W||; rank: directions of the change; first: what part\n"
               "  of it the first is)\n";
    }
    detail::print_edge_changes(out, of.edges);
    detail::print_changes(out, of);
}

/// The heads that changed most, at most `most` of each circuit; what was found and lost.
inline json json_diff(const diff_result& of, std::size_t most) {
    json heads = json::array();
    for (const auto* circuit : circuits_of(of.changes)) {
        const auto changed = most_changed(*circuit);
        for (std::size_t k = 0; k < (std::min)(most, changed.size()); ++k)
            heads.push_back(detail::json_head_change(*circuit, changed[k]));
    }
    const auto& basis = of.changes.basis;
    return {{"basis",
             {{"pairs", basis.pairs},
              {"matched", basis.matched},
              {"hits", basis.hits},
              {"other_matched", basis.other_matched},
              {"other_hits", basis.other_hits},
              {"largest_overlap", basis.largest_overlap}}},
            {"heads", std::move(heads)},
            {"outside_heads", detail::json_others(of.changes.others)},
            {"edges", of.edges.empty() ? json(nullptr) : detail::json_edge_families(of.edges)}};
}

} // namespace program

#endif
