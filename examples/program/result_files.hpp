/// @file
/// The tables that `analyse` writes.
#ifndef SVDLENS_EXAMPLES_PROGRAM_RESULT_FILES_HPP
#define SVDLENS_EXAMPLES_PROGRAM_RESULT_FILES_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/circuit/head_marks.hpp>
#include <svdlens/core/execution.hpp>
#include <svdlens/directions/dead_parts.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/export/csv_writer.hpp>
#include <svdlens/table/describe.hpp>

#include "analysis.hpp"
#include "findings.hpp"
#include "head_pairs.hpp"
#include "interruption.hpp"

namespace program {

/// circuit,layer,head,direction,value
inline void write_singular_values(const std::filesystem::path& path, std::string_view provenance,
                                  const std::vector<const svdlens::float_directions*>& circuits) {
    svdlens::csv_writer csv(path, {"circuit", "layer", "head", "direction", "value"}, provenance);
    for (const auto* circuit : circuits) {
        const auto values = circuit->singular_values();
        const auto& axes = circuit->axes();
        const auto layer = axes.axis_number("layer"), direction = axes.axis_number("direction");
        for (std::uint64_t row = 0; row < values.size(); ++row) {
            stop_if_interrupted();
            csv.row(circuit->name(), axes.coordinate(row, layer), axes.label(row, "head"),
                    axes.coordinate(row, direction), values.values()[row]);
        }
    }
    csv.commit();
}

/// section,statistic,value
inline void write_describe(const std::filesystem::path& path, std::string_view provenance,
                           const std::vector<section_result>& results) {
    svdlens::csv_writer csv(path, {"section", "statistic", "value"}, provenance);
    for (const auto& result : results)
        for (const auto& [statistic, value] : svdlens::statistics(result.summary))
            csv.row(result.from.name(), statistic, value);
    csv.commit();
}

namespace detail {

/// The scores in double of the edges of a section: as they were tested, where they were.
inline std::vector<svdlens::score_parts> parts_of_edges(const section_result& result,
                                                        const svdlens::found_family* tested,
                                                        const svdlens::execution& run) {
    if (tested == nullptr) return result.from.scores.parts(result.edges.rows(), run);
    std::vector<svdlens::row_number> of_test, others;
    for (const auto row : result.edges.rows()) (tested->has(row) ? of_test : others).push_back(row);
    const auto as_tested = tested->table.scores.parts(of_test, run);
    const auto untested = result.from.scores.parts(others);
    std::vector<svdlens::score_parts> parts;
    std::size_t i = 0, j = 0;
    for (const auto row : result.edges.rows())
        parts.push_back(tested->has(row) ? as_tested[i++] : untested[j++]);
    return parts;
}

/// What is written of an edge beside its score.
struct edge_line {
    std::string source, target, head, direction;
    std::optional<double> log10_p, q;
};

/// The line of a row of a section.
/// @param tested the family that its rows were tested with; null: none
inline edge_line line_of(const svdlens::axes& axes, const svdlens::found_family* tested,
                         svdlens::row_number row, const svdlens::score_parts& parts) {
    edge_line line{axes.label(row, "source"),
                   axes.label(row, "target"),
                   label_if_any(axes, row, "head"),
                   label_if_any(axes, row, "direction"),
                   std::nullopt,
                   std::nullopt};
    if (tested == nullptr || !tested->has(row)) return line;
    line.log10_p = tested->log10_p(parts);
    if (const auto at = tested->q_of.find(row); at != tested->q_of.end()) line.q = at->second;
    return line;
}

inline void append_if_any(svdlens::csv_writer& csv, const std::optional<double>& value) {
    if (value)
        csv.cell(*value);
    else
        csv.cell("");
}

/// The edges of a section: threads look up and compute what one writes.
inline void append_edges(svdlens::csv_writer& csv, const section_result& result,
                         const svdlens::found_family* tested, const svdlens::execution& run) {
    constexpr std::size_t at_once = 512;
    const auto rows = result.edges.rows();
    const auto all = parts_of_edges(result, tested, svdlens::part_of(run, 0, 0.5));
    const auto end_of = [&](std::size_t i) { return (std::min)(rows.size(), (i + 1) * at_once); };
    const auto look_up = [&](std::size_t i, std::vector<edge_line>& lines) {
        lines.clear();
        for (std::size_t k = i * at_once; k < end_of(i); ++k)
            lines.push_back(line_of(result.edges.axes(), tested, rows[k], all[k]));
    };
    const auto append = [&](std::size_t i, const std::vector<edge_line>& lines) {
        for (std::size_t k = i * at_once; k < end_of(i); ++k) {
            const auto& line = lines[k - i * at_once];
            csv.cell(result.from.name()).cell(result.also_in_joint[k] ? result.from.joint : std::string());
            csv.cell(line.source).cell(line.target).cell(line.head).cell(line.direction);
            csv.cell(result.edges.scores()[k]).cell(static_cast<float>(all[k].singular_value));
            csv.cell(all[k].cosine).cell(all[k].scaled);
            append_if_any(csv, line.log10_p);
            append_if_any(csv, line.q);
            csv.end_row();
        }
    };
    svdlens::for_blocks_in_order<std::vector<edge_line>>((rows.size() + at_once - 1) / at_once, rows.size(),
                                                         svdlens::part_of(run, 0.5, 1), look_up, append);
}

} // namespace detail

/// section,source,target,head,direction,log10_p,q,share,cosine,scaled,singular_value: what was found, of each
/// section the most significant first. No share where it was not tested.
inline void write_findings(const std::filesystem::path& path, std::string_view provenance,
                           const svdlens::found_edges& found) {
    svdlens::csv_writer csv(path,
                            {"section", "source", "target", "head", "direction", "log10_p", "q", "share",
                             "cosine", "scaled", "singular_value"},
                            provenance);
    for (const auto& each : found.families) {
        const auto& rows = each.found.rows;
        const bool has_shares = found.null == svdlens::null_model::share;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            const auto row = rows.rows()[k];
            csv.cell(each.name())
                .cell(rows.axes().label(row, "source"))
                .cell(rows.axes().label(row, "target"));
            csv.cell(label_if_any(rows.axes(), row, "head"))
                .cell(label_if_any(rows.axes(), row, "direction"));
            csv.cell(rows.values("log10_p")[k]).cell(rows.values("q")[k]);
            if (has_shares)
                csv.cell(rows.values("share")[k]);
            else
                csv.cell("");
            csv.cell(rows.values("cosine")[k]).cell(rows.values("scaled")[k]);
            csv.cell(static_cast<float>(rows.values("singular_value")[k]));
            csv.end_row();
        }
    }
    csv.commit();
}

namespace detail {

/// Advantage and z of a test, or nothing.
inline void append_mark(svdlens::csv_writer& csv, const std::optional<svdlens::diagonal_mark>& mark) {
    if (mark)
        csv.cell(static_cast<float>(mark->advantage)).cell(static_cast<float>(mark->z));
    else
        csv.cell("").cell("");
}

} // namespace detail

/// Every head: its largest singular value, how many edges of its were found that it writes and that it reads, of these by
/// its queries and by its keys (empty where none were tested), what the diagonal tests say of it (empty where they are not defined), and its community
/// (empty for heads of no pair found).
inline void write_heads(const std::filesystem::path& path, std::string_view provenance,
                        const svdlens::marked_heads& marked, const svdlens::found_edges* found,
                        const svdlens::head_communities& communities) {
    svdlens::csv_writer csv(path,
                            {"head", "singular_value", "dead", "found_out", "found_in", "found_query",
                             "found_key", "copying", "copying_z", "matching", "matching_z", "induction",
                             "induction_z", "induction_of", "previous_token", "previous_token_z",
                             "previous_token_share", "community"},
                            provenance);
    const auto of_heads = svdlens::findings_of_heads(found == nullptr ? svdlens::found_edges() : *found);
    for (const auto& head : marked.heads) {
        const auto at = of_heads.find(head.head);
        const auto of = at == of_heads.end() ? svdlens::head_findings() : at->second;
        csv.cell(head.head).cell(static_cast<float>(head.largest)).cell(head.is_dead ? "dead" : "");
        if (found == nullptr)
            csv.cell("").cell("").cell("").cell("");
        else
            csv.cell(of.out).cell(of.in).cell(of.query).cell(of.key);
        for (const auto* mark : {&head.copying, &head.matching, &head.induction})
            detail::append_mark(csv, *mark);
        csv.cell(head.partner);
        detail::append_mark(csv, head.previous_token);
        if (head.previous_token_share)
            csv.cell(static_cast<float>(*head.previous_token_share));
        else
            csv.cell("");
        const auto k = static_cast<std::size_t>(&head - marked.heads.data());
        if (k < communities.of.size() && communities.of[k])
            csv.cell(*communities.of[k]);
        else
            csv.cell("");
        csv.end_row();
    }
    csv.commit();
}

/// section,also_in,source,target,head,direction,score,singular_value,cosine,scaled,log10_p,q: the rows in the
/// tails, in row order, each once: `also_in` names the section of all layers whose tails hold it as well. Rows that
/// were not tested have no log10_p, and rows that were not found no q.
inline void write_edges(const std::filesystem::path& path, std::string_view provenance,
                        const std::vector<section_result>& results, const svdlens::found_edges& found,
                        const svdlens::execution& run) {
    svdlens::csv_writer csv(path,
                            {"section", "also_in", "source", "target", "head", "direction", "score",
                             "singular_value", "cosine", "scaled", "log10_p", "q"},
                            provenance);
    double total = 0, done = 0;
    for (const auto& result : results) total += static_cast<double>(result.edges.size());
    for (const auto& result : results) {
        if (result.edges.empty()) continue;
        const double begin = done / total;
        done += static_cast<double>(result.edges.size());
        detail::append_edges(csv, result, found.of(result.from.family_name()),
                             svdlens::part_of(run, begin, done / total));
    }
    csv.commit();
}

namespace detail {

/// The rows of a per-head selection, ranked 1, 2, ... (or -1, -2, ...) within each head; of a table without
/// heads in all of it, with the source in the head's place.
inline void append_ranked(svdlens::csv_writer& csv, const section_result& result,
                          const svdlens::selection& rows, int step) {
    const auto& axes = rows.axes();
    const auto all = result.from.scores.parts(rows.rows());
    std::string last_head;
    int rank = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const auto row = rows.rows()[k];
        const auto head = label_if_any(axes, row, "head");
        rank = head == last_head ? rank + step : step;
        last_head = head;
        const auto& parts = all[k];
        csv.row(result.from.name(), result.from.is_of_heads() ? head : axes.label(row, "source"), rank,
                label_if_any(axes, row, "direction"), axes.label(row, result.from.far_end), rows.scores()[k],
                static_cast<float>(parts.singular_value), parts.cosine, parts.scaled);
    }
}

} // namespace detail

/// section,head,rank,direction,other,score,singular_value,cosine,scaled: per head the five highest (1 to 5)
/// and the five lowest (-1, the lowest of all, to -5).
inline void write_top(const std::filesystem::path& path, std::string_view provenance,
                      const std::vector<section_result>& results) {
    svdlens::csv_writer csv(
        path,
        {"section", "head", "rank", "direction", "other", "score", "singular_value", "cosine", "scaled"},
        provenance);
    for (const auto& result : results) {
        detail::append_ranked(csv, result, result.highest, 1);
        detail::append_ranked(csv, result, result.lowest, -1);
    }
    csv.commit();
}

/// section,nodes,edges,components,largest
inline void write_components(const std::filesystem::path& path, std::string_view provenance,
                             const std::vector<section_result>& results) {
    svdlens::csv_writer csv(path, {"section", "nodes", "edges", "components", "largest"}, provenance);
    for (const auto& result : results) {
        const auto& sizes = result.components.sizes;
        csv.row(result.from.name(), result.components.nodes, result.components.edges, sizes.size(),
                sizes.empty() ? 0 : sizes.front());
    }
    csv.commit();
}

/// kind,source,target,score,seen_score,share,z,log10_p,q,log10_p_below,q_below: a pair of heads in a role; no test
/// where one of them is dead.
inline void write_composition(const std::filesystem::path& path, std::string_view provenance,
                              const std::vector<svdlens::found_pairs>& all) {
    svdlens::csv_writer csv(path,
                            {"kind", "source", "target", "score", "seen_score", "share", "z", "log10_p", "q",
                             "log10_p_below", "q_below"},
                            provenance);
    for (const auto& each : all)
        for (const auto& pair : each.pairs) {
            const auto& of = pair.composition;
            csv.cell(kind_of(each)).cell(of.source).cell(of.target).cell(of.score).cell(of.seen_score);
            const double tests[] = {pair.share,
                                    pair.z,
                                    pair.log_p[0] / std::numbers::ln10,
                                    pair.q[0],
                                    pair.log_p[1] / std::numbers::ln10,
                                    pair.q[1]};
            for (const double value : tests)
                if (pair.tested)
                    csv.cell(value);
                else
                    csv.cell("");
            csv.end_row();
        }
    csv.commit();
}

/// A row a dead part; of a kind without any, none.
inline void write_dead(const std::filesystem::path& path, std::string_view provenance,
                       const std::vector<svdlens::dead_parts>& all) {
    svdlens::csv_writer csv(path, {"kind", "part", "of", "share"}, provenance);
    for (const auto& each : all)
        for (std::size_t k = 0; k < each.rows.size(); ++k)
            csv.row(each.kind, each.label(k), each.parts(), each.share);
    csv.commit();
}

} // namespace program

#endif
