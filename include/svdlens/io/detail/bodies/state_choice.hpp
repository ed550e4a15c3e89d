/// @file
/// The bodies of io/detail/pytorch/state_choice.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_STATE_CHOICE_HPP
#define SVDLENS_IO_DETAIL_BODIES_STATE_CHOICE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/utf8.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../tensor_record.hpp"
#include "../pickle/pickle_tree.hpp"
#include "../pytorch/state_choice.hpp"
#include "../pytorch/torch_file.hpp"
#include "../pytorch/torch_json.hpp"
#include "../pytorch/torch_names.hpp"
#include "../pytorch/torch_tree.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The keys that training scripts put a state dict behind.
inline constexpr std::array<std::string_view, 9> wrapping_keys = {
    "model_state_dict", "state_dict", "model_state", "model", "module",
    "network",          "net",        "weights",     "params"};

/// Which globals make tensors by their names, with or without a storage.
inline std::vector<bool> tensor_makers(const pickle_tree& tree) {
    std::vector<bool> makers(tree.nodes.size());
    for (pickle_id id = 0; id < tree.nodes.size(); ++id) {
        if (!tree.is(id, pickle_kind::global)) continue;
        const auto name = tree.name_of(id);
        makers[id] =
            name.starts_with("torch._utils._rebuild_") || name.starts_with("torch._tensor._rebuild_");
    }
    return makers;
}

/// The nodes from which a storage can be reached, or what should have one: tensors, and what holds them.
/// O(nodes and items)
inline std::vector<bool> nodes_with_storage(const pickle_tree& tree) {
    std::vector<std::size_t> first(tree.nodes.size() + 1); // of a node's holders in `holders`
    for (const auto& node : tree.nodes)
        for (const pickle_id item : node.items) ++first[item + 1];
    for (std::size_t k = 1; k < first.size(); ++k) first[k] += first[k - 1];
    std::vector<pickle_id> holders(first.back());
    auto next = first;
    for (pickle_id id = 0; id < tree.nodes.size(); ++id)
        for (const pickle_id item : tree[id].items) holders[next[item]++] = id;
    std::vector<bool> reached(tree.nodes.size());
    std::vector<pickle_id> waiting;
    const auto reach = [&](pickle_id id) {
        if (!reached[id]) waiting.push_back(id);
        reached[id] = true;
    };
    const auto makers = tensor_makers(tree);
    for (pickle_id id = 0; id < tree.nodes.size(); ++id) {
        const bool made = tree.is(id, pickle_kind::call) && makers[tree[id].items[pickle_call::callee]];
        if (made || tree.is(id, pickle_kind::persistent)) reach(id);
    }
    while (!waiting.empty()) {
        const pickle_id id = waiting.back();
        waiting.pop_back();
        for (std::size_t k = first[id]; k < first[id + 1]; ++k) reach(holders[k]);
    }
    return reached;
}

/// Finds the state dict, and reads its names.
class state_chooser {
  public:
    explicit state_chooser(const torch_file& file) :
        file_(file), tree_(file), with_storage_(nodes_with_storage(file.tree)),
        held_(file.tree.nodes.size(), held::unknown) {}

    torch_state choose(std::string_view key) {
        std::vector<pickle_id> way;
        torch_state state;
        if (key.empty())
            follow_rule(way, state);
        else if (!follow_key(file_.tree.root, key, way))
            throw_choice("found nothing with tensors behind " + quoted(key), "", file_.tree.root);
        collect(way.back(), "", 0, state);
        for (auto at = way.rbegin(); at != way.rend(); ++at) add_settings(*at, state.metadata);
        return state;
    }

  private:
    enum class held : std::uint8_t { unknown, asked, no, yes };
    static constexpr int deepest_ = 100;

    [[noreturn]] void fail(errc code, const std::string& what) const {
        throw format_error(code, file_.label + ": " + what);
    }

    bool is_container(pickle_id id) const {
        const auto kind = tree_[id].kind;
        return tree_.is_dict(id) || kind == pickle_kind::list || kind == pickle_kind::tuple ||
               tree_.is_module(id);
    }

    /// A tensor, or what stands where one should and cannot be read: it hangs on a storage.
    bool is_tensor(pickle_id id) const { return with_storage_[id] && !is_container(id); }

    /// Whether a container holds tensors that are no optimizer's. A container that holds itself adds none.
    bool holds_tensors(pickle_id id, int depth = 0) {
        if (!with_storage_[id] || !is_container(id)) return false;
        if (held_[id] != held::unknown) return held_[id] == held::yes;
        if (depth > deepest_) fail(errc::invalid_pickle, "data.pkl: dicts are nested too deep");
        held_[id] = held::asked;
        bool found = false;
        if (!tree_.is_optimizer_state(id))
            for (const auto& each : tree_.children_of(id))
                found = is_tensor(each.id) || holds_tensors(each.id, depth + 1) || found;
        held_[id] = found ? held::yes : held::no;
        return found;
    }

    std::vector<torch_child> children_with_tensors(pickle_id id) {
        auto all = tree_.children_of(id);
        std::erase_if(
            all, [&](const torch_child& each) { return !is_tensor(each.id) && !holds_tensors(each.id); });
        return all;
    }

    /// The nodes from the whole object to the state dict.
    void follow_rule(std::vector<pickle_id>& way, torch_state& state) {
        way.push_back(file_.tree.root);
        auto& path = state.key;
        bool wrapped = false;
        while (const auto next = next_by_rule(way.back(), path, wrapped)) {
            if (way.size() > static_cast<std::size_t>(deepest_))
                fail(errc::invalid_pickle, "data.pkl: dicts are nested too deep");
            const std::string before = path.empty() ? "" : path + ".";
            for (const auto& each : children_with_tensors(way.back()))
                if (each.name != next->name && !is_tensor(each.id))
                    state.other_keys.push_back(before + each.name);
            way.push_back(next->id);
            path = before + next->name;
        }
    }

    /// The next step; nothing where the state dict is reached.
    std::optional<torch_child> next_by_rule(pickle_id at, const std::string& path, bool& wrapped) {
        if (tree_.attributes_of(at) && !tree_.is_module(at)) throw_none(at, path);
        if (tree_.is_optimizer_state(at)) throw_none(at, path);
        if (is_tensor(at) || tree_.is_module(at)) return std::nullopt;
        const auto all = children_with_tensors(at);
        if (all.empty()) throw_none(at, path);
        std::vector<torch_child> wrappers;
        std::size_t direct = 0;
        for (const auto& each : all) {
            direct += is_tensor(each.id) ? 1 : 0;
            const bool usual =
                std::find(wrapping_keys.begin(), wrapping_keys.end(), each.name) != wrapping_keys.end();
            if (usual && !is_tensor(each.id)) wrappers.push_back(each);
        }
        if (wrappers.size() == 1 && (!wrapped || all.size() == 1)) {
            wrapped = true;
            return wrappers[0];
        }
        if (direct == all.size() || (wrapped && all.size() > 1)) return std::nullopt;
        if (direct == 0 && all.size() == 1) return all[0];
        throw_choice("expected one state dict, found several", path, at);
    }

    /// Whether a path leads to something with tensors; longer keys are tried first, as keys may have dots.
    bool follow_key(pickle_id at, std::string_view rest, std::vector<pickle_id>& way) {
        way.push_back(at);
        if (rest.empty() || rest == ".") return is_tensor(at) || holds_tensors(at);
        auto all = children_with_tensors(at);
        std::stable_sort(all.begin(), all.end(), [](const torch_child& a, const torch_child& b) {
            return a.name.size() > b.name.size();
        });
        for (const auto& each : all) {
            if (!each.named || !rest.starts_with(each.name)) continue;
            const auto behind = rest.substr(each.name.size());
            const bool whole = behind.empty() || (behind.size() > 1 && behind[0] == '.');
            if (whole && follow_key(each.id, behind.empty() ? behind : behind.substr(1), way)) return true;
        }
        way.pop_back();
        return false;
    }

    [[noreturn]] void throw_none(pickle_id at, const std::string& path) const {
        std::string what = "expected a state dict, found no tensors";
        if (!path.empty()) what += " behind " + quoted(path);
        const auto& node = tree_[at];
        if (tree_.is_optimizer_state(at)) what += " but the state of an optimizer: name the model's file";
        if (node.kind == pickle_kind::call && !tree_.is_dict(at))
            what += " but an object of class " + file_.tree.name_of(node.items[pickle_call::callee]) +
                    ": save its state_dict()";
        fail(errc::no_state_dict, what);
    }

    [[noreturn]] void throw_choice(const std::string& what, const std::string& path, pickle_id at) {
        constexpr std::size_t most = 12;
        std::vector<std::string> names;
        for (const auto& each : children_with_tensors(at))
            if (!is_tensor(each.id)) names.push_back(quoted((path.empty() ? "" : path + ".") + each.name));
        std::string list;
        for (std::size_t k = 0; k < (std::min)(names.size(), most); ++k)
            list += (k == 0 ? "" : ", ") + names[k];
        if (names.size() > most) list += " and " + to_text(names.size() - most) + " more";
        if (names.empty()) list = "tensors only";
        fail(errc::no_state_dict, what + "; there is " + list +
                                      "; choose one with --key (the option `key`), or " +
                                      quoted(path.empty() ? "." : path) + " for all of it");
    }

    // Names.

    void collect(pickle_id id, const std::string& name, int depth, torch_state& state) {
        if (is_tensor(id)) return add_tensor(id, name.empty() ? "tensor" : name, state);
        if (depth > deepest_) fail(errc::invalid_pickle, "data.pkl: dicts are nested too deep");
        for (const auto& each : tree_.children_of(id)) {
            const std::string full = name.empty() ? each.name : name + "." + each.name;
            if (is_array(each.id)) refuse(full, refusal_of("numpy"));
            if (!is_tensor(each.id) && !holds_tensors(each.id)) continue;
            if (!each.named) refuse(full, "stands behind a key that is neither text nor a number");
            collect(each.id, full, depth + 1, state);
        }
    }

    [[noreturn]] void refuse(const std::string& name, std::string_view why) const {
        fail(errc::unsupported_tensor, "tensor " + quoted(name) + ": " + std::string(why));
    }

    /// An array of NumPy.
    bool is_array(pickle_id id) const {
        if (!file_.tree.is(id, pickle_kind::call)) return false;
        const auto callee = file_.tree.name_of(tree_[id].items[pickle_call::callee]);
        return callee.starts_with("numpy") && callee.ends_with("._reconstruct");
    }

    void add_tensor(pickle_id id, const std::string& name, torch_state& state) {
        constexpr std::size_t most_tensors = 1'000'000, most_bytes = std::size_t{1} << 27;
        if (find_invalid_utf8(name)) refuse(name, "the name is not UTF-8");
        name_bytes_ += name.size();
        if (state.tensors.size() == most_tensors || name_bytes_ > most_bytes)
            fail(errc::invalid_pickle, "data.pkl: more tensors than a model has");
        state.tensors.push_back({name, id});
    }

    // Settings.

    /// What stands beside: the nearest to the model counts.
    void add_settings(pickle_id id, metadata_map& metadata) const {
        const auto attributes = tree_.attributes_of(id);
        if (!attributes && !tree_.is_dict(id)) return;
        for (const auto& pair : tree_.pairs_of(attributes.value_or(id))) {
            const auto each = tree_.child_of(pair);
            const bool own = attributes && (each.name.starts_with('_') || each.name == "training");
            if (own || !each.named || find_invalid_utf8(each.name) || with_storage_[each.id] ||
                is_array(each.id) || tree_[each.id].kind == pickle_kind::none ||
                tree_.is_optimizer_state(each.id))
                continue;
            auto text = setting(each.id);
            if (text && fits_name(each.name, *text)) metadata.try_emplace(each.name, *std::move(text));
        }
    }

    /// A config is an object: under its name scripts also keep where it was read from.
    static bool fits_name(std::string_view name, std::string_view text) {
        constexpr std::array<std::string_view, 5> configs = {"model_config", "model_args", "config", "cfg",
                                                             "environment_config"};
        const auto first = text.find_first_not_of(" \t\r\n");
        const bool object = first != std::string_view::npos && text[first] == '{';
        return object || std::find(configs.begin(), configs.end(), name) == configs.end();
    }

    std::optional<std::string> setting(pickle_id id) const {
        const auto& node = tree_[id];
        if (node.kind != pickle_kind::text) return torch_json(tree_, id);
        if (find_invalid_utf8(node.text) || node.text.size() > largest_setting) return std::nullopt;
        return std::string(node.text);
    }

    const torch_file& file_;
    torch_tree tree_;
    std::vector<bool> with_storage_;
    std::vector<held> held_; ///< of each node, once it was asked
    std::size_t name_bytes_ = 0;
};

SVDLENS_BODY torch_state choose_state(const torch_file& file, std::string_view key) {
    return state_chooser(file).choose(key);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
