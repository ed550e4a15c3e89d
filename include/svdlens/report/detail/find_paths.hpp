/// @file
/// The strongest paths of a model as the report tells them.
#ifndef SVDLENS_REPORT_DETAIL_FIND_PATHS_HPP
#define SVDLENS_REPORT_DETAIL_FIND_PATHS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../../circuit/found_edges.hpp"
#include "../../circuit/path_places.hpp"
#include "../../circuit/path_tests.hpp"
#include "../../circuit/top_paths.hpp"
#include "../../core/execution.hpp"
#include "../../directions/singular_directions.hpp"
#include "../../model/transformer_weights.hpp"
#include "../report_options.hpp"
#include "answers.hpp"

namespace svdlens::inline v0_2::detail {

/// `input token` of `input_token`.
inline std::string spaced(std::string entity) {
    std::replace(entity.begin(), entity.end(), '_', ' ');
    return entity;
}

/// The strongest from each kind of input to each kind of output, kind by kind: scores of two kinds have two units.
template <std::floating_point T>
std::vector<path_line> path_lines(const basic_transformer_weights<T>& weights,
                                  const basic_singular_directions<T>& ov, const basic_found_edges<T>& found,
                                  const report_options& options, const execution& run) {
    constexpr std::size_t of_each = 100;
    auto places = places_of_paths(weights, ov, {.features = options.features, .tokens = options.tokens});
    if (places.sources.empty() || places.targets.empty()) return {};
    const auto top = top_paths(std::move(places), {.count = of_each}, run);
    std::vector<path_line> lines;
    for (const auto& path : top.paths) {
        const auto &from = top.places.sources[path.source.set], &to = top.places.targets[path.target.set];
        lines.push_back({from.name + "_to_" + to.name, node_names(top.places, path), path.score,
                         test_of_path(top.places, path, found), spaced(from.identity.entity),
                         spaced(to.identity.entity)});
    }
    std::vector<std::string> kinds;
    for (const auto& line : lines)
        if (std::find(kinds.begin(), kinds.end(), line.section) == kinds.end()) kinds.push_back(line.section);
    std::stable_sort(lines.begin(), lines.end(), [&](const path_line& a, const path_line& b) {
        return std::find(kinds.begin(), kinds.end(), a.section) <
               std::find(kinds.begin(), kinds.end(), b.section);
    });
    return lines;
}

} // namespace svdlens::inline v0_2::detail

#endif
