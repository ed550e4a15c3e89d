/// @file
/// What a pickle describes, as inert nodes: nothing is imported, made or called.
#ifndef SVDLENS_IO_DETAIL_PICKLE_PICKLE_TREE_HPP
#define SVDLENS_IO_DETAIL_PICKLE_PICKLE_TREE_HPP

#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A node's place in its tree; 0 is None.
using pickle_id = std::uint32_t;

enum class pickle_kind : std::uint8_t {
    none,
    boolean,
    integer,
    large_integer, ///< beyond 64 bits: its bytes or digits
    real,
    text,
    bytes,
    list,
    tuple,
    set,
    dict,       ///< key, value, key, value, ...
    global,     ///< a function or class that is only named: its module, its name
    call,       ///< what calling something would give: see `pickle_call`
    persistent, ///< what the file keeps elsewhere: what says where
};

/// One value. Containers may share their items, and may hold themselves.
struct pickle_node {
    pickle_kind kind = pickle_kind::none;
    std::int64_t integer = 0;   ///< of an integer or boolean; the bits of a real
    std::string_view text = {}; ///< of text, bytes and large integers
    std::vector<pickle_id> items = {};

    double real() const { return std::bit_cast<double>(integer); }
};

/// Where the items of a call are.
struct pickle_call {
    static constexpr std::size_t callee = 0;   ///< what would be called
    static constexpr std::size_t args = 1;     ///< a tuple
    static constexpr std::size_t state = 2;    ///< what the result's attributes would be; None: nothing said
    static constexpr std::size_t contents = 3; ///< a dict or list of what it would be filled with; or None
};

/// All values of a pickle. Text refers to the pickle's bytes, which must outlive it.
struct pickle_tree {
    std::vector<pickle_node> nodes;
    std::deque<std::string> unescaped; ///< text that is not as it stands in the pickle
    pickle_id root = 0;
    std::size_t size = 0; ///< bytes of the pickle

    const pickle_node& operator[](pickle_id id) const { return nodes[id]; }

    bool is(pickle_id id, pickle_kind kind) const { return nodes[id].kind == kind; }

    /// Whether it is a global of that module and name.
    bool is_global(pickle_id id, std::string_view module, std::string_view name) const {
        const auto& node = nodes[id];
        return node.kind == pickle_kind::global && nodes[node.items[0]].text == module &&
               nodes[node.items[1]].text == name;
    }

    /// `os.system`; for what is no global, its kind in words.
    std::string name_of(pickle_id id) const {
        constexpr std::size_t longest = 100;
        const auto& node = nodes[id];
        if (node.kind != pickle_kind::global) return node.kind == pickle_kind::call ? "an object" : "a value";
        return std::string(nodes[node.items[0]].text.substr(0, longest)) + "." +
               std::string(nodes[node.items[1]].text.substr(0, longest));
    }

    /// The value behind a text key of a dict; null where there is none.
    const pickle_id* find(pickle_id dict, std::string_view key) const {
        const auto& items = nodes[dict].items;
        for (std::size_t k = items.size() / 2; k-- > 0;) // of two, the last counts
            if (nodes[items[2 * k]].kind == pickle_kind::text && nodes[items[2 * k]].text == key)
                return &items[2 * k + 1];
        return nullptr;
    }
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
