/// @file
/// The strongest paths of a model as the report tells them.
#ifndef SVDLENS_REPORT_DETAIL_FIND_PATHS_HPP
#define SVDLENS_REPORT_DETAIL_FIND_PATHS_HPP

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "../../circuit/found_edges.hpp"
#include "../../circuit/path_places.hpp"
#include "../../circuit/path_tests.hpp"
#include "../../circuit/top_paths.hpp"
#include "../../core/execution.hpp"
#include "../../directions/singular_directions.hpp"
#include "../../directions/vector_set.hpp"
#include "../../model/token_axis.hpp"
#include "../../model/transformer_weights.hpp"
#include "../report_options.hpp"
#include "answers.hpp"

namespace svdlens::inline v0_2::detail {

/// Inputs or outputs, tokens among them with their labels where there are no more of these than tokens.
template <std::floating_point T>
basic_vector_set<T> named_tokens(basic_vector_set<T> set, const report_options& options) {
    const bool has_tokens = set.axes.find_axis("token").has_value() && options.tokens.size() <= set.size();
    return has_tokens ? with_token_labels(std::move(set), options.tokens) : set;
}

/// The strongest from each kind of input to each kind of output, in one order.
template <std::floating_point T>
std::vector<path_line> path_lines(const basic_transformer_weights<T>& weights,
                                  const basic_singular_directions<T>& ov, const basic_found_edges<T>& found,
                                  const report_options& options, const execution& run) {
    constexpr std::size_t of_each = 100;
    auto places = places_of_paths(weights, ov, {.features = options.features, .tokens = options.tokens});
    if (places.sources.empty() || places.targets.empty()) return {};
    const auto top = top_paths(std::move(places), {.count = of_each}, run);
    std::vector<path_line> lines;
    for (const auto& path : top.paths)
        lines.push_back(
            {top.places.sources[path.source.set].name + "_to_" + top.places.targets[path.target.set].name,
             node_names(top.places, path), path.score, test_of_path(top.places, path, found)});
    return lines;
}

} // namespace svdlens::inline v0_2::detail

#endif
