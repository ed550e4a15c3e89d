/// @file
/// How a pickle of torch refers to a storage.
#ifndef SVDLENS_IO_DETAIL_PYTORCH_STORAGE_REFERENCE_HPP
#define SVDLENS_IO_DETAIL_PYTORCH_STORAGE_REFERENCE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../../../core/text.hpp"
#include "../../dtype.hpp"
#include "../pickle/pickle_tree.hpp"
#include "torch_names.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A part of a storage, as a pickle says.
struct storage_reference {
    std::string_view key;
    dtype type = dtype::u8;
    std::uint64_t width = 0;  ///< bytes of an element; 0: not known
    bool untyped = false;     ///< bytes: elements are what the tensor says
    std::uint64_t count = 0;  ///< elements of the whole storage
    std::uint64_t offset = 0; ///< of a view: its first element
    std::uint64_t length = 0; ///< of a view: its elements; else all
    std::string problem = {}; ///< why it is none that can be read; empty: it can
};

/// A number that counts something, or nothing.
inline std::optional<std::uint64_t> count_of(const pickle_tree& tree, pickle_id id) {
    const auto& node = tree[id];
    if (node.kind != pickle_kind::integer || node.integer < 0) return std::nullopt;
    return static_cast<std::uint64_t>(node.integer);
}

/// The element type of a storage's class; sets `problem` where there is none.
inline void read_storage_type(const pickle_tree& tree, pickle_id id, storage_reference& found) {
    const auto name = tree.name_of(id);
    const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
    const auto* const known = find_storage_class(last);
    const bool storage = tree.is(id, pickle_kind::global) && name.starts_with("torch.");
    if (storage && known != nullptr) found.width = known->width;
    if (!storage)
        found.problem = "expected a storage of torch, found " + quoted(name);
    else if (known != nullptr && known->type)
        found.type = *known->type;
    else if (last.starts_with("Q"))
        found.problem = "is quantised (" + name + "): save it after dequantize()";
    else
        found.problem = "has elements that are not read (" + name + "): convert it first";
    found.untyped = last.ends_with("UntypedStorage");
}

/// What a persistent node refers to: ("storage", class, key, device, elements), in the old format with a part
/// of it (key, first element, elements) or None behind.
inline storage_reference read_storage_reference(const pickle_tree& tree, pickle_id persistent) {
    storage_reference found;
    const auto& what = tree[tree[persistent].items[0]];
    const auto& items = what.items;
    if (what.kind != pickle_kind::tuple || items.size() < 5 || items.size() > 6 ||
        tree[items[0]].text != "storage" || !tree.is(items[2], pickle_kind::text)) {
        found.problem = "hangs on something that is no storage";
        return found;
    }
    read_storage_type(tree, items[1], found);
    found.key = tree[items[2]].text;
    const auto count = count_of(tree, items[4]);
    if (!count && found.problem.empty()) found.problem = "has a storage without a number of elements";
    found.count = found.length = count.value_or(0);
    if (items.size() < 6 || items[5] == 0) return found;
    const auto& view = tree[items[5]].items;
    const auto number = [&](std::size_t k) {
        return view.size() == 3 ? count_of(tree, view[k]).value_or(UINT64_MAX) : UINT64_MAX;
    };
    found.offset = number(1);
    found.length = number(2);
    if (found.offset > found.count || found.length > found.count - found.offset)
        found.problem = "has a view that does not lie in its storage";
    return found;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
