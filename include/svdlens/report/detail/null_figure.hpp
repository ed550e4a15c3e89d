/// @file
/// How often scores are large in a table that was tested, beside how often they would be by chance.
#ifndef SVDLENS_REPORT_DETAIL_NULL_FIGURE_HPP
#define SVDLENS_REPORT_DETAIL_NULL_FIGURE_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../../circuit/found_edges.hpp"
#include "../../core/execution.hpp"
#include "../../plot/figure.hpp"
#include "../../plot/json.hpp"
#include "../../plot/palette.hpp"
#include "../../significance/log_p.hpp"
#include "../../table/histogram.hpp"
#include "../../table/score_key.hpp"

namespace svdlens::inline v0_2::detail {

/// 1e-2 to 1 in equal steps of the logarithm.
inline std::vector<double> log_edges() {
    constexpr int steps = 120;
    std::vector<double> edges;
    for (int k = 0; k <= steps; ++k) edges.push_back(std::pow(10, -2 + 2.0 * k / steps));
    return edges;
}

/// Points from the right: at each edge the share of rows whose |score| is at least that; only where there are any.
inline plot::json tail_trace(const score_histogram& counted, std::uint64_t rows) {
    plot::json x = plot::json::array(), y = plot::json::array();
    std::uint64_t beyond = counted.above;
    for (std::size_t k = counted.counts.size(); k-- > 0;) {
        beyond += counted.counts[k];
        if (beyond == 0) continue;
        x.push_back(counted.edges[k]);
        y.push_back(static_cast<double>(beyond) / static_cast<double>(rows));
    }
    return {{"type", "scatter"},       {"mode", "lines"},
            {"name", "these weights"}, {"x", std::move(x)},
            {"y", std::move(y)},       {"line", {{"color", plot::palette[2]}, {"width", 2.5}}}};
}

/// What chance gives at the same edges, as long as it is a tenth of a row or more.
inline plot::json chance_trace(const std::vector<double>& edges, std::size_t dimension, std::uint64_t rows) {
    plot::json x = plot::json::array(), y = plot::json::array();
    for (const double edge : edges) {
        const double p = std::exp(log_p(edge, dimension));
        if (p * static_cast<double>(rows) < 0.1) break;
        x.push_back(edge);
        y.push_back(p);
    }
    return {{"type", "scatter"}, {"mode", "lines"},
            {"name", "chance"},  {"x", std::move(x)},
            {"y", std::move(y)}, {"line", {{"color", plot::palette[5]}, {"dash", "dot"}, {"width", 2}}}};
}

/// The share of rows whose |score| is at least x, on logarithmic axes. One pass over the table.
template <std::floating_point T>
plot::figure null_figure(const basic_found_family<T>& family, const std::string& kind, const execution& run) {
    const auto edges = log_edges();
    const auto counted = histogram<magnitude>(family.table.scores, edges, run);
    plot::figure f;
    f.title = family.name() + ": how often |" + kind + "| is that large, beside chance";
    const auto rows = family.found.tested;
    f.data.push_back(tail_trace(counted, rows));
    f.data.push_back(chance_trace(edges, family.found.dimension, rows));
    f.notes.push_back("Tested is the " + kind +
                      ": a finding is a row so far to the right of the dotted line that few such are "
                      "expected, each weighed by its singular value.");
    f.layout["xaxis"] = {{"type", "log"}, {"title", {{"text", "|" + kind + "|"}}}};
    f.layout["yaxis"] = {
        {"type", "log"}, {"title", {{"text", "share of rows at or beyond"}}}, {"exponentformat", "power"}};
    return f;
}

} // namespace svdlens::inline v0_2::detail

#endif
