/// @file
/// The tables that `diff` writes.
#ifndef SVDLENS_EXAMPLES_PROGRAM_DIFF_FILES_HPP
#define SVDLENS_EXAMPLES_PROGRAM_DIFF_FILES_HPP

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <numbers>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/circuit/compare_checkpoints.hpp>
#include <svdlens/circuit/edge_changes.hpp>
#include <svdlens/export/csv_writer.hpp>

#include "change_tables.hpp"
#include "interruption.hpp"

namespace program {

/// OV, and QK where there is one.
inline std::vector<const svdlens::circuit_change*>
circuits_of(const svdlens::checkpoint_comparison& changes) {
    std::vector<const svdlens::circuit_change*> all{&changes.ov};
    if (changes.qk) all.push_back(&*changes.qk);
    return all;
}

/// The heads, those that changed most first; dead ones last.
inline std::vector<svdlens::head_change> most_changed(const svdlens::circuit_change& circuit) {
    auto heads = circuit.heads;
    std::stable_sort(heads.begin(), heads.end(), [](const auto& a, const auto& b) {
        return a.dead != b.dead ? b.dead : a.relative() > b.relative();
    });
    return heads;
}

inline std::string head_label(const svdlens::circuit_change& circuit, const svdlens::head_change& head) {
    return circuit.before.set.head_label(head.layer * circuit.before.set.heads() + head.head);
}

/// circuit,head,change,cosine,norm_before,norm_after,norm_of_change,rank,first_share,dead
inline void write_head_changes(const std::filesystem::path& path, std::string_view provenance,
                               const svdlens::checkpoint_comparison& changes) {
    svdlens::csv_writer csv(path,
                            {"circuit", "head", "change", "cosine", "norm_before", "norm_after",
                             "norm_of_change", "rank", "first_share", "dead"},
                            provenance);
    for (const auto* circuit : circuits_of(changes))
        for (const auto& head : most_changed(*circuit))
            csv.row(circuit->before.set.name, head_label(*circuit, head), head.relative(), head.cosine,
                    head.norm_before, head.norm_after, head.change, head.directions, head.first_share,
                    head.dead ? "dead" : "");
    csv.commit();
}

/// circuit,head,direction,matched,overlap,left,right,log10_p,singular_value_before,singular_value_after
inline void write_matches(const std::filesystem::path& path, std::string_view provenance,
                          const svdlens::checkpoint_comparison& changes) {
    svdlens::csv_writer csv(path,
                            {"circuit", "head", "direction", "matched", "overlap", "left", "right", "log10_p",
                             "singular_value_before", "singular_value_after"},
                            provenance);
    for (const auto* circuit : circuits_of(changes))
        for (std::size_t k = 0; k < circuit->matches.size(); ++k) {
            stop_if_interrupted();
            const auto& m = circuit->matches[k];
            const auto& set = circuit->before.set;
            csv.row(set.name, set.head_label(m.layer * set.heads() + m.head), m.direction, m.other,
                    m.overlap(), m.left, m.right, circuit->log_p[k] / std::numbers::ln10,
                    circuit->before.directions.singular_value(m.layer, m.head, m.direction),
                    circuit->after.directions.singular_value(m.layer, m.head, m.other));
        }
    csv.commit();
}

/// Where an edge was found: `before`, `after` or `both`.
inline const char* place_text(const svdlens::edge_change& edge) {
    if (edge.found_before && edge.found_after) return "both";
    return edge.found_before ? "before" : "after";
}

/// section,source,target,source_after,target_after,found,dot_before,dot_after,se_before,se_after,z,churned: edges that
/// were found before, after, or both. Which direction is meant after stands in `_after`.
inline void write_edge_changes(const std::filesystem::path& path, std::string_view provenance,
                               const std::vector<svdlens::edge_family_changes>& families) {
    svdlens::csv_writer csv(path,
                            {"section", "source", "target", "source_after", "target_after", "found",
                             "dot_before", "dot_after", "se_before", "se_after", "z", "churned"},
                            provenance);
    for (const auto& family : families)
        for (const auto& edge : family.edges) {
            stop_if_interrupted();
            csv.row(family.name, family.axes.label(edge.before, "source"),
                    family.axes.label(edge.before, "target"), family.axes.label(edge.after, "source"),
                    family.axes.label(edge.after, "target"), place_text(edge), edge.dot_before,
                    edge.dot_after, edge.error_before, edge.error_after, edge.z(),
                    edge.is_churned() ? "yes" : "no");
        }
    csv.commit();
}

namespace detail {

inline void append_change_rows(svdlens::csv_writer& csv, const change_table& table,
                               const svdlens::selection& rows, int step) {
    const auto& axes = rows.axes();
    std::string last;
    int rank = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        stop_if_interrupted();
        const auto row = rows.rows()[k];
        const auto direction = axes.label(row, "head") + "." + axes.label(row, "direction");
        rank = direction == last ? rank + step : step;
        last = direction;
        const auto parts = table.scores.parts(row);
        csv.row(table.name(), axes.label(row, "head"), axes.label(row, "direction"), rank,
                axes.label(row, table.far_end), rows.scores()[k], static_cast<float>(parts.singular_value),
                parts.cosine, parts.scaled);
    }
}

} // namespace detail

/// section,head,direction,rank,other,score,singular_value,cosine,scaled: of the first directions of each head's change
/// the five highest (1 to 5) and the five lowest (-1, the lowest, to -5).
inline void write_change_tables(const std::filesystem::path& path, std::string_view provenance,
                                const std::vector<change_table>& tables) {
    svdlens::csv_writer csv(
        path,
        {"section", "head", "direction", "rank", "other", "score", "singular_value", "cosine", "scaled"},
        provenance);
    for (const auto& each : tables) {
        detail::append_change_rows(csv, each, each.highest, 1);
        detail::append_change_rows(csv, each, each.lowest, -1);
    }
    csv.commit();
}

} // namespace program

#endif
