/// @file
/// The sets that a path's nodes are of.
#ifndef SVDLENS_CIRCUIT_DETAIL_PATH_SETS_HPP
#define SVDLENS_CIRCUIT_DETAIL_PATH_SETS_HPP

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../directions/vector_set.hpp"
#include "../circuit_path.hpp"
#include "../path_places.hpp"

namespace svdlens::inline v0_2::detail {

/// The sets of one kind, by place in the list.
template <std::floating_point T>
struct path_sets {
    explicit path_sets(const basic_path_places<T>& places) {
        for (const auto& each : places.sources) sources.push_back(&each);
        for (const auto& each : places.through) {
            reads.push_back(&each.reads);
            writes.push_back(&each.writes);
        }
        for (const auto& each : places.targets) targets.push_back(&each);
    }

    std::vector<const basic_vector_set<T>*> sources, reads, writes, targets;
};

/// The set of a node of a path. @throws argument_error (invalid_argument) when there is no such node
template <std::floating_point T>
const basic_vector_set<T>& set_of_node(const std::vector<const basic_vector_set<T>*>& sets,
                                       const path_node& node, const char* kind) {
    const auto count = [](const basic_vector_set<T>& set) { return set.layers.size() * set.size(); };
    if (node.set < sets.size() && node.row < count(*sets[node.set]) &&
        !sets[node.set]->lacks(static_cast<std::size_t>(node.row) / sets[node.set]->size()))
        return *sets[node.set];
    throw argument_error(errc::invalid_argument, "path: there is no " + std::string(kind) + " " +
                                                     to_text(node.row) + " of set " + to_text(node.set));
}

} // namespace svdlens::inline v0_2::detail

#endif
