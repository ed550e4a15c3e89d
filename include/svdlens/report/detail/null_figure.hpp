/// @file
/// How often scores are large in a table that was tested, beside how often they would be by chance.
#ifndef SVDLENS_REPORT_DETAIL_NULL_FIGURE_HPP
#define SVDLENS_REPORT_DETAIL_NULL_FIGURE_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../../circuit/found_edges.hpp"
#include "../../core/execution.hpp"
#include "../../plot/figure.hpp"
#include "../../plot/histogram.hpp"
#include "../../plot/json.hpp"
#include "../../plot/palette.hpp"
#include "../../significance/log_p.hpp"
#include "../../table/ask.hpp"
#include "../../table/histogram.hpp"
#include "../../table/score_key.hpp"
#include "../../table/score_source.hpp"

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
            {"y", std::move(y)}, {"line", {{"color", plot::palette[3]}, {"dash", "dot"}, {"width", 2.5}}}};
}

/// How often tested scores are large, and how they lie: each beside chance.
struct null_figures {
    plot::figure tail;
    plot::figure histogram;
};

/// Even bins, as fine as a picture may need.
inline std::vector<double> fine_edges() {
    constexpr int steps = 4000;
    std::vector<double> edges;
    for (int k = 0; k <= steps; ++k) edges.push_back(-1 + 2.0 * k / steps);
    return edges;
}

/// Fine bins put together to about sixty where there are scores, as many on either side of 0.
inline score_histogram coarser(const score_histogram& fine) {
    constexpr std::size_t shown = 30;
    const std::size_t middle = fine.counts.size() / 2;
    std::size_t reach = 1; // fine bins on either side
    for (std::size_t k = 0; k < fine.counts.size(); ++k)
        if (fine.counts[k] != 0) reach = (std::max)(reach, k < middle ? middle - k : k - middle + 1);
    const std::size_t each = (reach + shown - 1) / shown;
    const std::size_t side = (std::min)(shown, middle / each);
    score_histogram made{.edges = {fine.edges[middle - side * each]}, .counts = {}};
    for (std::size_t k = middle - side * each; k < middle + side * each; k += each) {
        made.edges.push_back(fine.edges[k + each]);
        made.counts.push_back(0);
        for (std::size_t j = k; j < k + each; ++j) made.counts.back() += fine.counts[j];
    }
    made.below = fine.below;
    made.above = fine.above;
    made.nan_count = fine.nan_count;
    return made;
}

/// How many rows chance puts into each bin.
inline plot::json expected_trace(const score_histogram& counted, std::size_t dimension, std::uint64_t rows) {
    const auto below = [&](double x) { // P(score < x)
        const double half = std::exp(log_p(std::abs(x), dimension)) / 2;
        return x < 0 ? half : 1 - half;
    };
    plot::json x = plot::json::array(), y = plot::json::array();
    for (std::size_t k = 0; k < counted.counts.size(); ++k) {
        const double from = counted.edges[k], to = counted.edges[k + 1];
        const double part =
            from >= 0 ? below(-from) - below(-to) : below(to) - below(from); // of a tail, exactly
        const double expected = part * static_cast<double>(rows);
        x.push_back((from + to) / 2);
        y.push_back(expected < 0.1 ? plot::json() : plot::json(expected));
    }
    return {{"type", "scatter"}, {"mode", "lines"},
            {"name", "chance"},  {"x", std::move(x)},
            {"y", std::move(y)}, {"line", {{"color", plot::palette[3]}, {"dash", "dot"}, {"width", 2.5}}}};
}

/// One pass over the table: the share of rows whose |score| is at least x on logarithmic axes, and a histogram.
template <std::floating_point T>
null_figures make_null_figures(const basic_found_family<T>& family, const std::string& kind,
                               const execution& run) {
    const auto edges = log_edges();
    const auto [sizes, scores] = ask(score_source_ref<T>(family.table.scores), histogram<magnitude>(edges),
                                     histogram(fine_edges()), run);
    const auto rows = family.found.tested;
    null_figures made;
    auto& sizes_figure = made.tail;
    sizes_figure.title = family.name() + ": how often |" + kind + "| is that large, beside chance";
    sizes_figure.data.push_back(tail_trace(sizes, rows));
    sizes_figure.data.push_back(chance_trace(edges, family.found.dimension, rows));
    sizes_figure.notes.push_back(
        "Tested is the " + kind +
        ": a finding is a row so far to the right of the dotted line that few such are "
        "expected, each weighed by its singular value.");
    sizes_figure.layout["xaxis"] = {{"type", "log"}, {"title", {{"text", "|" + kind + "|"}}}};
    sizes_figure.layout["yaxis"] = {
        {"type", "log"}, {"title", {{"text", "share of rows at or beyond"}}}, {"exponentformat", "power"}};
    const auto counted = coarser(scores);
    made.histogram = plot::histogram(
        counted, {.title = family.name() + ": histogram, beside chance", .score_title = kind});
    made.histogram.data.push_back(expected_trace(counted, family.found.dimension, rows));
    made.histogram.data[0]["name"] = "these weights";
    made.histogram.data[0]["marker"]["color"] = plot::palette[2];
    made.histogram.layout["yaxis"]["type"] = "log";
    made.histogram.layout["yaxis"]["dtick"] = 1; // powers of ten
    return made;
}

} // namespace svdlens::inline v0_2::detail

#endif
