/// @file
/// The parts of a result as JSON.
#ifndef SVDLENS_EXAMPLES_PROGRAM_JSON_TEXT_HPP
#define SVDLENS_EXAMPLES_PROGRAM_JSON_TEXT_HPP

#include <cmath>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <svdlens/graph/components.hpp>
#include <svdlens/model/transformer_weights.hpp>
#include <svdlens/table/describe.hpp>

#include "reading.hpp"
#include "result_text.hpp"

namespace program {

using json = nlohmann::ordered_json;

/// A number; null where JSON has none.
inline json json_number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

/// How far queries stand behind keys; null where no circuit hangs on it, or none was asked at an offset.
inline json json_offset(const std::optional<std::int64_t>& offset) {
    return offset ? json(*offset) : json(nullptr);
}

inline json json_model(const read_model& model) {
    const auto& w = model.weights;
    const auto& s = w.sizes;
    return {{"file", w.file},
            {"scheme", w.scheme},
            {"provenance", w.provenance()},
            {"layers", s.n_layers},
            {"heads", s.n_heads},
            {"key_value_heads", s.n_key_value_heads},
            {"d_model", s.d_model},
            {"d_head", s.d_head},
            {"d_mlp", s.d_mlp},
            {"gated", w.is_gated()},
            {"experts", s.n_experts},
            {"d_expert", s.d_expert},
            {"d_shared", s.d_shared},
            {"assumed", w.notes},
            {"dead", dead_lines(model)},
            {"left_out", model.left_out},
            {"unread", w.unread}};
}

inline json json_edge(const svdlens::axes& axes, svdlens::row_number row, double score,
                      const svdlens::score_parts& parts) {
    const bool of_heads = axes.find_axis("head").has_value();
    return {
        {"section", axes.title()},
        {"source", axes.label(row, "source")},
        {"target", axes.label(row, "target")},
        {"head", of_heads ? json(axes.label(row, "head")) : json(nullptr)},
        {"direction", of_heads ? json(axes.coordinate(row, axes.axis_number("direction"))) : json(nullptr)},
        {"score", json_number(score)},
        {"singular_value", json_number(parts.singular_value)},
        {"cosine", json_number(parts.cosine)},
        {"scaled", json_number(parts.scaled)}};
}

inline json json_graph(const svdlens::component_summary& of) {
    return {{"nodes", of.nodes},
            {"edges", of.edges},
            {"components", of.sizes.size()},
            {"largest", of.sizes.empty() ? 0 : of.sizes.front()}};
}

inline json json_sections(const std::vector<section_result>& results) {
    json list = json::array();
    for (const auto& result : results) {
        json statistics = json::object();
        for (const auto& [name, value] : svdlens::statistics(result.summary))
            statistics[name] = json_number(value);
        list.push_back({{"section", result.from.name()},
                        {"statistics", std::move(statistics)},
                        {"graph", json_graph(result.components)}});
    }
    return list;
}

inline json json_strongest(const std::vector<const section_result*>& results, std::size_t count) {
    json list = json::array();
    for (const auto& edge : strongest(results, count)) {
        const auto row = edge.of->edges.rows()[edge.k];
        list.push_back(json_edge(edge.of->edges.axes(), row, edge.score(), edge.of->from.scores.parts(row)));
        list.back()["section"] = edge.of->from.name();
    }
    return list;
}

/// Bytes that are no UTF-8 become U+FFFD.
inline void print_json(std::ostream& out, const json& value) {
    out << value.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
}

} // namespace program

#endif
