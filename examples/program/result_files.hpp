/// @file
/// The tables that `analyse` writes.
#ifndef SVDLENS_EXAMPLES_PROGRAM_RESULT_FILES_HPP
#define SVDLENS_EXAMPLES_PROGRAM_RESULT_FILES_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/core/execution.hpp>
#include <svdlens/directions/composition.hpp>
#include <svdlens/directions/dead_parts.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/export/csv_writer.hpp>
#include <svdlens/table/describe.hpp>

#include "analysis.hpp"
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

/// section,also_in,source,target,head,direction,score,singular_value,cosine,scaled: the rows in the tails, in
/// row order, each once: `also_in` names the section of all layers whose tails hold it as well.
inline void write_edges(const std::filesystem::path& path, std::string_view provenance,
                        const std::vector<section_result>& results, const svdlens::execution& run) {
    svdlens::csv_writer csv(path,
                            {"section", "also_in", "source", "target", "head", "direction", "score",
                             "singular_value", "cosine", "scaled"},
                            provenance);
    std::uint64_t total = 0, done = 0;
    for (const auto& result : results) total += result.edges.size();
    for (const auto& result : results) {
        const auto& axes = result.edges.axes();
        for (std::size_t k = 0; k < result.edges.size(); ++k) {
            run.throw_if_stopped();
            if (run.progress && ++done % 1024 == 0) run.progress({done, total});
            const auto row = result.edges.rows()[k];
            const auto parts = result.from.scores.parts(row);
            csv.row(result.from.name(), result.also_in_joint[k] ? result.from.joint : std::string(),
                    axes.label(row, "source"), axes.label(row, "target"), label_if_any(axes, row, "head"),
                    label_if_any(axes, row, "direction"), result.edges.scores()[k],
                    static_cast<float>(parts.singular_value), parts.cosine, parts.scaled);
        }
    }
    csv.commit();
}

namespace detail {

/// The rows of a per-head selection, ranked 1, 2, ... (or -1, -2, ...) within each head; of a table without
/// heads in all of it, with the source in the head's place.
inline void append_ranked(svdlens::csv_writer& csv, const section_result& result,
                          const svdlens::selection& rows, int step) {
    const auto& axes = rows.axes();
    std::string last_head;
    int rank = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const auto row = rows.rows()[k];
        const auto head = label_if_any(axes, row, "head");
        rank = head == last_head ? rank + step : step;
        last_head = head;
        const auto parts = result.from.scores.parts(row);
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

} // namespace program

#endif
