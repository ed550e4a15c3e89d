/// @file
/// The files that circuit_analysis writes.
#ifndef SVDLENS_EXAMPLES_RESULT_FILES_HPP
#define SVDLENS_EXAMPLES_RESULT_FILES_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/directions/composition.hpp>
#include <svdlens/directions/dead_parts.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/export/csv_writer.hpp>
#include <svdlens/table/describe.hpp>

#include "analysis.hpp"

namespace result_files {

/// What was written so far of a file goes away with its writer.
inline void stop_if_interrupted() {
    if (interrupted.load(std::memory_order_relaxed)) throw svdlens::cancelled_error();
}

/// circuit,layer,head,direction,value
inline void write_singular_values(const std::filesystem::path& path, std::string_view provenance,
                                  const std::vector<const svdlens::singular_directions_set*>& circuits) {
    svdlens::csv_writer csv(path, {"circuit", "layer", "head", "direction", "value"}, provenance);
    for (const auto* circuit : circuits) {
        const auto values = circuit->singular_values();
        for (std::uint64_t row = 0; row < values.size(); ++row) {
            const auto index = circuit->axes().index(row);
            csv.row(circuit->name(), index[0], index[1], index[2], values.values()[row]);
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

/// section,source,target,head,direction,score,singular_value,cosine,scaled: the rows in the tails, in
/// row order.
inline void write_edges(const std::filesystem::path& path, std::string_view provenance,
                        const std::vector<section_result>& results) {
    svdlens::csv_writer csv(
        path,
        {"section", "source", "target", "head", "direction", "score", "singular_value", "cosine", "scaled"},
        provenance);
    for (const auto& result : results) {
        const auto& axes = result.edges.axes();
        for (std::size_t k = 0; k < result.edges.size(); ++k) {
            stop_if_interrupted();
            const auto row = result.edges.rows()[k];
            const auto parts = result.from.scores.parts(row);
            csv.row(result.from.name(), axes.label(row, "source"), axes.label(row, "target"),
                    axes.label(row, "head"), axes.label(row, "direction"), result.edges.scores()[k],
                    static_cast<float>(parts.singular_value), parts.cosine, parts.scaled);
        }
    }
    csv.commit();
}

namespace detail {

/// The rows of a per-head selection, ranked 1, 2, ... (or -1, -2, ...) within each head.
inline void append_ranked(svdlens::csv_writer& csv, const section_result& result,
                          const svdlens::selection& rows, int step) {
    const auto& axes = rows.axes();
    std::string last_head;
    int rank = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const auto row = rows.rows()[k];
        const auto head = axes.label(row, "head");
        rank = head == last_head ? rank + step : step;
        last_head = head;
        const auto parts = result.from.scores.parts(row);
        csv.row(result.from.name(), head, rank, axes.label(row, "direction"),
                axes.label(row, result.from.far_end), rows.scores()[k],
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

/// kind,source,target,score
inline void write_composition(const std::filesystem::path& path, std::string_view provenance,
                              const std::vector<svdlens::head_composition>& pairs) {
    svdlens::csv_writer csv(path, {"kind", "source", "target", "score"}, provenance);
    for (const auto& pair : pairs) csv.row("v", pair.source, pair.target, pair.score);
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

} // namespace result_files

#endif
