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

/// `L1H2` of `L1H2.5`: the label without its last index, or what the node is with its other ones.
inline std::string group_name(const graph_node& node) {
    const std::string last = to_text(node.index.back());
    std::string_view name = node.label;
    if (name.ends_with(last)) {
        name.remove_suffix(last.size());
        while (!name.empty() && std::string_view(".:-_/ ").find(name.back()) != std::string_view::npos)
            name.remove_suffix(1);
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
/// colour that `hue` gives it: a head's is that of its layer and number on the whole page.
inline node_groups group_nodes(const std::vector<graph_node>& nodes) {
    using key = std::pair<std::string, std::vector<std::uint64_t>>;
    const auto is_grouped = [](const graph_node& node) { return node.layer && node.index.size() >= 3; };
    const auto key_of = [](const graph_node& node) {
        return key{node.entity, {node.index.begin(), node.index.end() - 1}};
    };
    std::map<key, std::pair<std::size_t, const graph_node*>> found;
    for (const auto& node : nodes)
        if (is_grouped(node)) found.try_emplace(key_of(node), std::size_t{0}, &node);
    node_groups result;
    for (auto& [of, entry] : found) {
        entry.first = result.groups.size();
        result.groups.push_back({{"name", group_name(*entry.second)}, {"color", group_hue(of.second)}});
    }
    for (const auto& node : nodes)
        result.group.push_back(is_grouped(node) ? json(found.at(key_of(node)).first) : json());
    return result;
}

} // namespace svdlens::inline v0_2::plot::detail

#endif
