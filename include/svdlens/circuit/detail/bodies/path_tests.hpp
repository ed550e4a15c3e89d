/// @file
/// The bodies of circuit/path_tests.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_PATH_TESTS_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_PATH_TESTS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../../../directions/vector_set.hpp"
#include "../../../table/score_source.hpp"
#include "../../../tensor/axes.hpp"
#include "../../found_edges.hpp"
#include "../../path_places.hpp"
#include "../../path_tests.hpp"
#include "../../top_paths.hpp"
#include "../path_sets.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// One end of a hop.
template <std::floating_point T>
struct hop_end {
    const basic_vector_set<T>* set;
    std::uint64_t row;

    std::vector<std::uint64_t> index() const { return set->axes.index(row); }
};

/// The row of a hop in a table of edges: target layer, directions, targets; nothing where the table has other axes.
template <std::floating_point T>
std::optional<row_number> row_of_hop(const axes& table, const hop_end<T>& directions,
                                     const hop_end<T>& targets) {
    auto index = directions.index();
    const auto of_target = targets.index();
    auto rest = of_target.begin();
    if (targets.set->layered()) index.insert(index.begin(), *rest++);
    index.insert(index.end(), rest, of_target.end());
    if (index.size() != table.rank()) return std::nullopt;
    for (std::size_t k = 0; k < index.size(); ++k)
        if (index[k] >= table[k].extent) return std::nullopt;
    return table.row(index);
}

/// What a table of edges that was tested says of a hop.
template <std::floating_point T>
std::optional<path_test> test_of_hop(const basic_found_family<T>& family, const hop_end<T>& from,
                                     const hop_end<T>& to) {
    const bool reads = family.table.far_end == "source";
    const auto row = row_of_hop(family.table.scores.axes(), reads ? to : from, reads ? from : to);
    if (!row || !family.has(*row)) return std::nullopt;
    path_test test{family.log10_p(family.table.scores.parts(*row)), {}};
    if (const auto q = family.q_of.find(*row); q != family.q_of.end()) test.q = q->second;
    return test;
}

/// The table that a hop's row is of, by what writes and what reads; null where none was tested.
template <std::floating_point T>
const basic_found_family<T>* family_of_hop(const basic_found_edges<T>& found, const hop_end<T>& from,
                                           const hop_end<T>& to) {
    const auto name = from.set->name + "_to_" + to.set->name;
    return found.of(name == "ov_to_ov" ? "ov_to_ov_v" : name);
}

} // namespace detail

template <std::floating_point T>
std::optional<path_test> test_of_path(const basic_path_places<T>& places, const circuit_path& path,
                                      const basic_found_edges<T>& found) {
    using end = detail::hop_end<T>;
    const detail::path_sets<T> sets(places);
    std::vector<end> writers{{&detail::set_of_node<T>(sets.sources, path.source, "source"), path.source.row}};
    std::vector<end> readers;
    for (const auto& node : path.through) {
        readers.push_back({&detail::set_of_node<T>(sets.reads, node, "node"), node.row});
        writers.push_back({&detail::set_of_node<T>(sets.writes, node, "node"), node.row});
    }
    readers.push_back({&detail::set_of_node<T>(sets.targets, path.target, "target"), path.target.row});
    std::optional<path_test> result;
    for (std::size_t k = 0; k < readers.size(); ++k) {
        const auto* const family = detail::family_of_hop(found, writers[k], readers[k]);
        const auto hop =
            family == nullptr ? std::nullopt : detail::test_of_hop(*family, writers[k], readers[k]);
        if (!hop) return std::nullopt;
        if (!result) {
            result = hop;
            continue;
        }
        result->log10_p = (std::max)(result->log10_p, hop->log10_p);
        result->q = result->q && hop->q ? std::optional((std::max)(*result->q, *hop->q)) : std::nullopt;
    }
    return result;
}

#ifdef SVDLENS_COMPILED
template std::optional<path_test> test_of_path(const basic_path_places<float>& places,
                                               const circuit_path& path,
                                               const basic_found_edges<float>& found);
template std::optional<path_test> test_of_path(const basic_path_places<double>& places,
                                               const circuit_path& path,
                                               const basic_found_edges<double>& found);
#endif

} // namespace svdlens::inline v0_2

#endif
