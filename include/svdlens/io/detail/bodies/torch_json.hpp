/// @file
/// The bodies of io/detail/pytorch/torch_json.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_TORCH_JSON_HPP
#define SVDLENS_IO_DETAIL_BODIES_TORCH_JSON_HPP

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/utf8.hpp"
#include "../../../core/text.hpp"
#include "../json/json_output.hpp"
#include "../pickle/pickle_tree.hpp"
#include "../pytorch/torch_json.hpp"
#include "../pytorch/torch_tree.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Writes until it is too much.
class torch_json_writer {
  public:
    explicit torch_json_writer(const torch_tree& tree) : tree_(tree) {}

    /// False when it became too long or too deep.
    bool write(pickle_id id, int depth = 0) {
        constexpr int deepest = 32;
        if (depth > deepest || text.size() > largest_setting) return false;
        const auto& node = tree_[id];
        switch (node.kind) {
        case pickle_kind::dict:
            return write_object(tree_.pairs_of(id), depth);
        case pickle_kind::list:
        case pickle_kind::tuple:
        case pickle_kind::set:
            return write_array(node.items, depth);
        case pickle_kind::call:
            return write_call(id, depth);
        default:
            write_plain(node, id);
            return true;
        }
    }

    std::string text;

  private:
    void write_plain(const pickle_node& node, pickle_id id) {
        if (node.kind == pickle_kind::boolean)
            text += node.integer != 0 ? "true" : "false";
        else if (node.kind == pickle_kind::integer)
            append_number(text, node.integer);
        else if (node.kind == pickle_kind::real)
            write_real(node.real());
        else if (node.kind == pickle_kind::text)
            write_string(node.text);
        else if (node.kind == pickle_kind::global)
            write_string(tree_.nodes().name_of(id));
        else
            text += "null";
    }

    void write_real(double value) {
        if (std::isfinite(value)) return append_number(text, value);
        text += std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
    }

    void write_string(std::string_view value) {
        if (value.size() > largest_setting)
            value = value.substr(0, largest_setting + 1); // too long in any case
        if (find_invalid_utf8(value))
            append_json_string(text, shown_bytes(value));
        else
            append_json_string(text, value);
    }

    bool write_object(const std::vector<torch_pair>& pairs, int depth) {
        char before = '{';
        for (const auto& each : pairs) {
            const auto child = tree_.child_of(each);
            if (!child.named) continue;
            text += std::exchange(before, ',');
            write_string(child.name);
            text += ':';
            if (!write(child.id, depth + 1)) return false;
        }
        text += before == '{' ? "{}" : "}";
        return true;
    }

    bool write_array(const std::vector<pickle_id>& items, int depth) {
        tree_.count(items.size());
        text += '[';
        for (std::size_t k = 0; k < items.size(); ++k) {
            if (k != 0) text += ',';
            if (!write(items[k], depth + 1)) return false;
        }
        text += ']';
        return true;
    }

    /// A dict, an object's attributes, the one plain value that an object is made of, or its class.
    bool write_call(pickle_id id, int depth) {
        if (tree_.is_dict(id)) return write_object(tree_.pairs_of(id), depth);
        if (const auto attributes = tree_.attributes_of(id))
            return write_object(tree_.pairs_of(*attributes), depth);
        const auto& args = tree_[tree_[id].items[pickle_call::args]].items;
        if (args.size() == 1) {
            const auto kind = tree_[args[0]].kind;
            const bool plain = kind == pickle_kind::text || kind == pickle_kind::integer ||
                               kind == pickle_kind::real || kind == pickle_kind::boolean;
            if (plain) return write(args[0], depth + 1);
        }
        write_string(tree_.nodes().name_of(tree_[id].items[pickle_call::callee]));
        return true;
    }

    const torch_tree& tree_;
};

SVDLENS_BODY std::optional<std::string> torch_json(const torch_tree& tree, pickle_id id) {
    torch_json_writer writer(tree);
    if (!writer.write(id) || writer.text.size() > largest_setting) return std::nullopt;
    return std::move(writer.text);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
