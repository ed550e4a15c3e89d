/// @file
/// What the nodes of a torch file are: dicts, modules, and what stands in them by name.
#ifndef SVDLENS_IO_DETAIL_PYTORCH_TORCH_TREE_HPP
#define SVDLENS_IO_DETAIL_PYTORCH_TORCH_TREE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../pickle/pickle_tree.hpp"
#include "torch_file.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A key of a dict and the value behind it.
struct torch_pair {
    pickle_id key = 0, value = 0;
};

/// Something by a name.
struct torch_child {
    std::string name;
    pickle_id id = 0;
    bool named = true; ///< not so: its key is no text and no number
};

/// Looks at a file's nodes. What is looked at is counted: a small hostile file, whose values share their items, could
/// otherwise keep a reader busy for years.
class torch_tree {
  public:
    explicit torch_tree(const torch_file& file) : tree_(file.tree), label_(file.label) {}

    const pickle_tree& nodes() const { return tree_; }
    const pickle_node& operator[](pickle_id id) const { return tree_[id]; }

    bool is_dict(pickle_id id) const {
        const auto& node = tree_[id];
        if (node.kind == pickle_kind::dict) return true;
        if (node.kind != pickle_kind::call) return false;
        const pickle_id callee = node.items[pickle_call::callee];
        return tree_.is_global(callee, "collections", "OrderedDict") ||
               tree_.is_global(callee, "collections", "defaultdict");
    }

    /// What a dict holds; of one that is made of a list of pairs (Python 2), these. Nothing of what is no dict.
    std::vector<torch_pair> pairs_of(pickle_id id) const {
        std::vector<torch_pair> pairs;
        if (!is_dict(id)) return pairs;
        const auto& node = tree_[id];
        const bool plain = node.kind == pickle_kind::dict;
        if (!plain) add_listed_pairs(node.items[pickle_call::args], pairs);
        const pickle_id contents = plain ? id : node.items[pickle_call::contents];
        if (tree_.is(contents, pickle_kind::dict)) add_pairs(tree_[contents].items, pairs);
        return pairs;
    }

    /// The value behind a text key of a dict, if it has it; of two, the last.
    std::optional<pickle_id> value_of(pickle_id id, std::string_view key) const {
        std::optional<pickle_id> found;
        for (const auto& each : pairs_of(id))
            if (tree_.is(each.key, pickle_kind::text) && tree_[each.key].text == key) found = each.value;
        return found;
    }

    /// The attributes of an object that was pickled whole: a dict's node; nothing of what is none.
    std::optional<pickle_id> attributes_of(pickle_id id) const {
        if (!tree_.is(id, pickle_kind::call) || is_dict(id)) return std::nullopt;
        const pickle_id state = tree_[id].items[pickle_call::state];
        return is_dict(state) ? std::optional(state) : std::nullopt;
    }

    /// Whether an object has what every torch.nn.Module has, whatever its class.
    bool is_module(pickle_id id) const {
        const auto state = attributes_of(id);
        return state && value_of(*state, "_parameters") && value_of(*state, "_modules");
    }

    /// What torch.optim's state_dict() looks like.
    bool is_optimizer_state(pickle_id id) const {
        return value_of(id, "state") && value_of(id, "param_groups");
    }

    torch_child child_of(const torch_pair& pair) const {
        const auto& key = tree_[pair.key];
        if (key.kind == pickle_kind::text) return {std::string(key.text), pair.value};
        if (key.kind == pickle_kind::integer) return {to_text(key.integer), pair.value};
        return {"?", pair.value, false};
    }

    /// What stands in a dict, list, tuple or module, by its name there; nothing of what is none of them.
    std::vector<torch_child> children_of(pickle_id id) const {
        std::vector<torch_child> all;
        const auto& node = tree_[id];
        if (is_module(id)) return module_children(id);
        for (const auto& each : pairs_of(id)) all.push_back(child_of(each));
        if (node.kind != pickle_kind::list && node.kind != pickle_kind::tuple) return all;
        count(node.items.size());
        for (std::size_t k = 0; k < node.items.size(); ++k) all.push_back({to_text(k), node.items[k]});
        return all;
    }

    /// Counts what is looked at.
    /// @throws format_error (invalid_pickle) when it is more than any checkpoint needs
    void count(std::size_t looks) const {
        constexpr std::size_t most = std::size_t{1} << 26;
        looks_ += looks;
        if (looks_ <= most) return;
        throw format_error(errc::invalid_pickle,
                           label_ +
                               ": data.pkl: values that share their items without end; is it a checkpoint?");
    }

  private:
    void add_pairs(const std::vector<pickle_id>& items, std::vector<torch_pair>& pairs) const {
        count(items.size());
        for (std::size_t k = 0; k + 1 < items.size(); k += 2) pairs.push_back({items[k], items[k + 1]});
    }

    void add_listed_pairs(pickle_id arguments, std::vector<torch_pair>& pairs) const {
        const auto& args = tree_[arguments].items;
        if (args.size() != 1 || !tree_.is(args[0], pickle_kind::list)) return;
        count(tree_[args[0]].items.size());
        for (const pickle_id each : tree_[args[0]].items)
            if (tree_[each].items.size() == 2) add_pairs(tree_[each].items, pairs);
    }

    /// The names of a module's buffers that its state_dict() leaves out.
    std::vector<std::string_view> unsaved_buffers(pickle_id attributes) const {
        std::vector<std::string_view> names;
        const auto set = value_of(attributes, "_non_persistent_buffers_set");
        if (!set) return names;
        const auto* node = &tree_[*set];
        if (node->kind == pickle_kind::call) { // set([...])
            const auto& args = tree_[node->items[pickle_call::args]].items;
            if (args.size() != 1) return names;
            node = &tree_[args[0]];
        }
        if (node->kind != pickle_kind::set && node->kind != pickle_kind::list) return names;
        count(node->items.size());
        for (const pickle_id each : node->items) names.push_back(tree_[each].text);
        std::sort(names.begin(), names.end());
        return names;
    }

    /// A module's parameters, buffers and modules, as its state_dict() names them.
    std::vector<torch_child> module_children(pickle_id id) const {
        std::vector<torch_child> all;
        const pickle_id attributes = *attributes_of(id);
        const auto unsaved = unsaved_buffers(attributes);
        for (const std::string_view part : {"_parameters", "_buffers", "_modules"}) {
            const auto dict = value_of(attributes, part);
            if (!dict) continue;
            for (const auto& each : pairs_of(*dict)) {
                auto child = child_of(each);
                const bool saved =
                    part != "_buffers" || !std::binary_search(unsaved.begin(), unsaved.end(), child.name);
                if (saved) all.push_back(std::move(child));
            }
        }
        return all;
    }

    const pickle_tree& tree_;
    const std::string& label_;
    mutable std::size_t looks_ = 0;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
