/// @file
/// Nodes that belong together in a picture of a graph: the directions of a head.
#ifndef SVDLENS_PLOT_DETAIL_NODE_GROUPS_HPP
#define SVDLENS_PLOT_DETAIL_NODE_GROUPS_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/text.hpp"
#include "../../graph/circuit_graph.hpp"
#include "../json.hpp"
#include "../palette.hpp"
#include "json_values.hpp"

namespace svdlens::inline v0_2::plot::detail {

/// How much of a label is kept, in characters.
inline constexpr std::size_t most_of_a_label = 500;

/// Nodes that differ in their last index only, such as the directions of a head.
struct node_groups {
    std::vector<json> group; ///< one per node: a position in `groups`, or null
    json groups = json::array();
};

/// `L1H2` of `L1H2.5`, and of `L1H2.q5`, the letter being what of the head reads; else what the node is with its other
/// indices.
inline std::string group_name(const graph_node& node) {
    constexpr std::string_view separators = ".:-_/ ";
    const auto is_separator = [&](char c) { return separators.find(c) != std::string_view::npos; };
    const std::string last = to_text(node.index.back());
    std::string_view name = node.label;
    if (name.ends_with(last)) {
        name.remove_suffix(last.size());
        if (name.size() > 1 && name.back() >= 'a' && name.back() <= 'z' &&
            is_separator(name[name.size() - 2]))
            name.remove_suffix(1);
        while (!name.empty() && is_separator(name.back())) name.remove_suffix(1);
        if (!name.empty()) return shortened(name, most_of_a_label);
    }
    std::string text = node.entity;
    for (std::size_t k = 0; k + 1 < node.index.size(); ++k) text += " " + to_text(node.index[k]);
    return text;
}

/// The hue of a layer and a head, whatever other heads there are.
inline std::string group_hue(const std::vector<std::uint64_t>& index) {
    return hue(index.size() < 2 ? index.front() : index[index.size() - 2], index.back());
}

/// Groups nodes of three indices or more (layer, head, direction), in the order of their indices, each with the
/// colour that `hue` gives it: a head's is that of its layer and number on the whole page. Nodes of several entities are of
/// one group where its name is theirs: what a head's queries and keys read, and the head as a whole (layer, head).
inline node_groups group_nodes(const std::vector<graph_node>& nodes) {
    using key = std::pair<std::vector<std::uint64_t>, std::string>;
    const auto is_part = [](const graph_node& node) { return node.layer && node.index.size() >= 3; };
    const auto key_of = [](const graph_node& node) {
        return key{{node.index.begin(), node.index.end() - 1}, group_name(node)};
    };
    const auto key_of_whole = [](const graph_node& node) { return key{node.index, node.label}; };
    const auto is_whole = [](const graph_node& node) { return node.layer && node.entity == "head"; };
    std::map<key, std::size_t> found;
    for (const auto& node : nodes) {
        if (is_part(node)) found.try_emplace(key_of(node), std::size_t{0});
        if (is_whole(node)) found.try_emplace(key_of_whole(node), std::size_t{0});
    }
    node_groups result;
    for (auto& [of, number] : found) {
        number = result.groups.size();
        result.groups.push_back({{"name", of.second}, {"color", group_hue(of.first)}});
    }
    for (const auto& node : nodes)
        result.group.push_back(is_part(node)    ? json(found.at(key_of(node)))
                               : is_whole(node) ? json(found.at(key_of_whole(node)))
                                                : json());
    return result;
}

/// By what nodes are put into columns: all of a layer's groups in one, others by what they are.
inline std::vector<std::string> columns_of_groups(const std::vector<graph_node>& nodes,
                                                  const node_groups& groups) {
    std::vector<std::string> columns;
    for (std::size_t k = 0; k < nodes.size(); ++k)
        columns.push_back(groups.group[k].is_null() ? nodes[k].entity : "heads");
    return columns;
}

} // namespace svdlens::inline v0_2::plot::detail

#endif
