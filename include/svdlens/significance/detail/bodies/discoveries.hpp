/// @file
/// The bodies of significance/discoveries.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_DISCOVERIES_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_DISCOVERIES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numbers>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/execution.hpp"
#include "../../../projection/projection.hpp"
#include "../../../projection/restriction.hpp"
#include "../../../table/ask.hpp"
#include "../../../table/score_columns.hpp"
#include "../../../table/score_source.hpp"
#include "../../../table/tiling.hpp"
#include "../../discoveries.hpp"
#include "../../discovery_test.hpp"
#include "../../findings.hpp"
#include "../../row_weights.hpp"
#include "../levels/tested_rows.hpp"
#include "../search/control_question.hpp"
#include "../search/discovery_question.hpp"
#include "../search/family_search.hpp"
#include "../search/found_parts.hpp"
#include "../search/present_weights.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Rows of a layer of targets: the sections of a projection lie that far apart. All rows where there is one section.
inline std::uint64_t section_rows(const tiling& tiles, std::uint64_t shape_rows) {
    for (std::size_t i = tiles.blocks(); i > 0; --i)
        if (const auto tile = tiles(i - 1); tiles.ordinal(tile) != 0)
            return tiles.first_row(tile) / tiles.ordinal(tile);
    return shape_rows;
}

/// S² T² of the present rows of a projection; 0 of lines and columns without any.
template <std::floating_point T>
row_weights energies_of(const basic_projection<T>& scores) {
    if (!scores.has_line_weights() && !scores.has_column_weights()) return {};
    const auto& tiles = scores.tiles();
    const auto rows = scores.axes().shape_rows(), length = scores.line_rows();
    const auto section = section_rows(tiles, rows);
    std::vector<double> lines(static_cast<std::size_t>(rows / length));
    std::vector<double> columns(
        scores.has_column_weights() ? static_cast<std::size_t>(rows / section * length) : 0);
    for (std::size_t i = 0; i < tiles.blocks(); ++i) {
        const auto tile = tiles(i);
        const row_number first = tiles.first_row(tile);
        for (std::size_t k = 0; k < tile.lines; ++k) {
            const auto line = first / length + tiles.line_number(tile.line + k);
            lines[static_cast<std::size_t>(line)] = scores.line_weight(line * length + tile.column);
        }
        if (columns.empty()) continue;
        const row_number row = first + tiles.line_number(tile.line) * length + tile.column;
        for (std::size_t k = 0; k < tile.columns; ++k)
            columns[static_cast<std::size_t>(first / section * length) + tile.column + k] =
                scores.column_weight(row + k);
    }
    return {length, std::move(lines), std::move(columns)};
}

/// Passes over the tables of a family until its search is done.
template <std::floating_point T>
void search_family(family_search<T>& search, const std::vector<basic_projection<T>>& tables,
                   const execution& run) {
    while (search.passes_left() != 0) {
        const auto plan = search.begin_pass();
        family_state<T> all;
        for (std::size_t k = 0; k < tables.size(); ++k) {
            auto seen = std::get<0>(ask(tables[k], family_pass_question<T>{&search, plan, k}, run));
            search.merge(all, seen);
        }
        search.end_pass(all);
    }
}

/// The mean weight of the present rows of a table; 1 where all weights are 0, or there are no rows.
inline double mean_weight_of(const row_weights& weights, const tiling& tiles) {
    tile_weights of_tile(weights, tiles);
    double sum = 0;
    for (std::size_t i = 0; i < tiles.blocks(); ++i) sum += of_tile(i);
    return sum == 0 ? 1 : sum / static_cast<double>(tiles.size());
}

/// The control of findings: acausal rows of the same sets.
template <std::floating_point T>
void add_control(findings& found, const basic_projection<T>& scores, const discovery_options& options,
                 const execution& run) {
    if (options.control_rows == 0 || scores.rows() != projected_rows::causal) return;
    const auto acausal = scores.with_rows(projected_rows::acausal, run);
    if (acausal.max_rows() != 0) found.control = control_of(found, acausal, options, run);
}

} // namespace detail

template <std::floating_point T>
discovery_test test_of(const basic_projection<T>& scores, const discovery_options& options) {
    return {options.q, static_cast<std::size_t>(scores.null_dimension()),
            options.weights == p_weights::energy ? detail::energies_of(scores) : row_weights()};
}

template <std::floating_point T>
std::vector<findings> discoveries(const std::vector<basic_projection<T>>& scores,
                                  const discovery_options& options, const execution& run) {
    std::vector<basic_projection<T>> tables;
    std::vector<discovery_test> tests;
    std::vector<detail::family_table> family;
    for (const auto& table : scores) {
        tables.push_back(table.with_score(detail::score_of(options.null), run));
        tests.push_back(test_of(tables.back(), options));
        family.push_back(detail::to_family_table(table.axes(), table.max_rows(), &table.tiles(),
                                                 tests.back().dimension, tests.back().weights));
    }
    detail::family_search<T> search(std::move(family), options.q, detail::without_progress(run));
    detail::search_family(search, tables, run);
    std::vector<findings> result;
    for (std::size_t k = 0; k < tables.size(); ++k) {
        auto found = detail::to_findings(search, k, tables[k].axes(), tests[k]);
        found.as = tested_as{options.null, options.weights};
        found.table_mean_weight = tables.size() == 1
                                      ? found.mean_weight
                                      : detail::mean_weight_of(tests[k].weights, tables[k].tiles());
        found.rows = detail::with_parts(tables[k], found, run);
        detail::add_control(found, tables[k], options, run);
        result.push_back(std::move(found));
    }
    return result;
}

template <std::floating_point T>
findings discoveries(const basic_projection<T>& scores, const discovery_options& options,
                     const execution& run) {
    return std::move(discoveries(std::vector<basic_projection<T>>{scores}, options, run).front());
}

template <std::floating_point T>
control_counts control_of(const findings& found, const basic_projection<T>& control,
                          const discovery_options& options, const execution& run) {
    const auto as = found.as.value_or(tested_as{options.null, options.weights});
    const auto scores = control.with_score(detail::score_of(as.null), run);
    const auto test = test_of(scores, {.null = as.null, .weights = as.weights});
    control_counts result{.of_rows = scores.max_rows()};
    auto blocks = detail::choose_tiles(scores.tiles(), options.control_rows, result.rows);
    if (result.rows == 0) return result;
    detail::tile_weights of_tile(test.weights, scores.tiles());
    double weights = 0;
    for (const auto i : blocks) weights += of_tile(i);
    detail::tested_rows tested(scores.axes(), test.dimension, test.weights);
    const double of_table = found.mean_weight / found.table_mean_weight; // 1 in a family of one
    tested.set_mean_weight(of_table * weights / static_cast<double>(result.rows));
    const detail::some_blocks<basic_projection<T>> some(scores, std::move(blocks), result.rows);
    const detail::control_question asked{
        {&tested, found.log10_threshold * std::numbers::ln10, scores.line_rows(),
         detail::section_rows(scores.tiles(), scores.axes().shape_rows()) / scores.line_rows()}};
    const auto hits = std::get<0>(ask(some, asked, detail::without_progress(run)));
    detail::add_hits(result, hits, found);
    return result;
}

#ifdef SVDLENS_COMPILED
template discovery_test test_of(const basic_projection<float>&, const discovery_options&);
template discovery_test test_of(const basic_projection<double>&, const discovery_options&);
template findings discoveries(const basic_projection<float>&, const discovery_options&, const execution&);
template findings discoveries(const basic_projection<double>&, const discovery_options&, const execution&);
template std::vector<findings> discoveries(const std::vector<basic_projection<float>>&,
                                           const discovery_options&, const execution&);
template std::vector<findings> discoveries(const std::vector<basic_projection<double>>&,
                                           const discovery_options&, const execution&);
template control_counts control_of(const findings&, const basic_projection<float>&, const discovery_options&,
                                   const execution&);
template control_counts control_of(const findings&, const basic_projection<double>&, const discovery_options&,
                                   const execution&);
#endif

} // namespace svdlens::inline v0_2

#endif
