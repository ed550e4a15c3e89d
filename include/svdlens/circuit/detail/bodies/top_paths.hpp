/// @file
/// The bodies of circuit/top_paths.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_TOP_PATHS_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_TOP_PATHS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../path_places.hpp"
#include "../../top_paths.hpp"
#include "../path_bounds.hpp"
#include "../path_budget.hpp"
#include "../path_nodes.hpp"
#include "../path_search.hpp"
#include "../path_sets.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline void require_path_options(const top_path_options& options) {
    constexpr std::size_t limit = 8;
    if (options.fewest > options.most || options.most > limit)
        throw argument_error(errc::invalid_argument,
                             "top_paths: expected fewest <= most <= " + to_text(limit) + " nodes, found " +
                                 to_text(options.fewest) + " and " + to_text(options.most));
}

/// One vector of a set, and where it stands.
template <std::floating_point T>
struct placed_vector {
    placed_vector(const basic_vector_set<T>& set, std::uint64_t row) : values(set.d_model()) {
        const auto layer = static_cast<std::size_t>(row) / set.size();
        const auto k = static_cast<std::size_t>(row) % set.size();
        position = set.port.at(layer);
        gain = static_cast<double>(set.singular_value(layer, k));
        copy_vectors(set.layers[layer].row_range(k, 1), values.data());
    }

    std::vector<T> values;
    double gain = 1;
    std::int64_t position = 0;
};

/// Adds a hop to a path that is being made, and its product to the score.
template <std::floating_point T>
void add_hop(circuit_path& path, const placed_vector<T>& from, const placed_vector<T>& to) {
    if (from.position >= to.position)
        throw argument_error(errc::invalid_argument,
                             "path: a node reads before what it should read is written");
    if (from.values.size() != to.values.size())
        throw argument_error(errc::invalid_argument, "path: d_model differs: " + to_text(from.values.size()) +
                                                         " and " + to_text(to.values.size()));
    path.hops.push_back(path_dot(from.values.data(), to.values.data(), from.values.size()));
    path.score = path.score * path.hops.back() * to.gain;
}

/// ` (gate)` or ` (in)` of a gated neuron that is read with that matrix; else nothing.
template <class Sets>
std::string branch_of(const Sets& sets, const std::string& name) {
    const auto kind = name.substr(0, name.rfind('_'));
    const auto has = [&](const std::string& branch) {
        return std::any_of(sets.begin(), sets.end(),
                           [&](const auto* each) { return each->name == kind + branch; });
    };
    if (name == kind + "_gate") return " (gate)";
    return name == kind + "_in" && has("_gate") ? " (in)" : "";
}

} // namespace detail

template <std::floating_point T>
basic_top_paths<T> top_paths(basic_path_places<T> places, const top_path_options& options,
                             const execution& run) {
    detail::require_path_options(options);
    basic_top_paths<T> result{std::move(places), {}};
    if (options.count == 0 || result.places.sources.empty() || result.places.targets.empty()) return result;
    const detail::path_counts counts(result.places);
    detail::path_budget budget(run);
    budget.take(detail::bytes_of_bounds<T>(counts, options) +
                detail::path_search<T>::bytes_to_begin(counts, options));
    const detail::path_nodes<T> nodes(result.places);
    const detail::path_bounds<T> bounds(nodes, options.fewest, options.most, run);
    detail::path_search<T> search(nodes, bounds, options, budget, run);
    for (std::size_t t = 0; t < result.places.targets.size(); ++t)
        for (std::size_t s = 0; s < result.places.sources.size(); ++s)
            for (auto& each : search.strongest(s, t)) result.paths.push_back(std::move(each));
    std::sort(result.paths.begin(), result.paths.end(), detail::comes_before);
    return result;
}

template <std::floating_point T>
circuit_path path_through(const basic_path_places<T>& places, path_node source,
                          std::vector<path_node> through, path_node target) {
    using vector = detail::placed_vector<T>;
    const detail::path_sets<T> sets(places);
    circuit_path path{source, std::move(through), target, {}, 0};
    vector from(detail::set_of_node<T>(sets.sources, source, "source"), source.row);
    path.score = from.gain;
    for (const auto& node : path.through) {
        detail::add_hop(path, from, vector(detail::set_of_node<T>(sets.reads, node, "node"), node.row));
        from = vector(detail::set_of_node<T>(sets.writes, node, "node"), node.row);
    }
    detail::add_hop(path, from, vector(detail::set_of_node<T>(sets.targets, target, "target"), target.row));
    return path;
}

template <std::floating_point T>
std::vector<std::string> node_names(const basic_path_places<T>& places, const circuit_path& path) {
    const detail::path_sets<T> sets(places);
    std::vector<std::string> names;
    const auto add = [&](const auto& of_kind, const path_node& node, const char* kind) {
        const auto& set = detail::set_of_node<T>(of_kind, node, kind);
        auto axes = set.axes;
        axes.add(set.identity);
        names.push_back(axes.label(node.row, set.identity.name));
        if (set.port.flow == flow::reads) names.back() += detail::branch_of(of_kind, set.name);
    };
    add(sets.sources, path.source, "source");
    for (const auto& node : path.through) add(sets.reads, node, "node");
    add(sets.targets, path.target, "target");
    return names;
}

#ifdef SVDLENS_COMPILED
template basic_top_paths<float> top_paths(basic_path_places<float> places, const top_path_options& options,
                                          const execution& run);
template basic_top_paths<double> top_paths(basic_path_places<double> places, const top_path_options& options,
                                           const execution& run);
template circuit_path path_through(const basic_path_places<float>& places, path_node source,
                                   std::vector<path_node> through, path_node target);
template circuit_path path_through(const basic_path_places<double>& places, path_node source,
                                   std::vector<path_node> through, path_node target);
template std::vector<std::string> node_names(const basic_path_places<float>& places,
                                             const circuit_path& path);
template std::vector<std::string> node_names(const basic_path_places<double>& places,
                                             const circuit_path& path);
#endif

} // namespace svdlens::inline v0_2

#endif
