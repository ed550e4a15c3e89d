/// @file
/// What the rows of a scheme's tables say: ranks and names of tensors, layer and head in a name, labels
/// for messages.
#ifndef SVDLENS_MODEL_DETAIL_SCHEME_ROWS_HPP
#define SVDLENS_MODEL_DETAIL_SCHEME_ROWS_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../../core/text.hpp"
#include "../naming_scheme.hpp"
#include "../stored_axes.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

using schemes::axis_factor;
using schemes::extra_name;
using schemes::hint_name;
using schemes::matrix_form;
using schemes::model_axis;
using schemes::name_root;
using schemes::part_name;
using schemes::scheme_marker;
using schemes::stored_axes;
using schemes::tensor_hint;
using schemes::weight_part;

// Of the last in each enum.
inline constexpr std::size_t weight_part_count = static_cast<std::size_t>(weight_part::ln_latent_w) + 1;
inline constexpr std::size_t tensor_hint_count = static_cast<std::size_t>(tensor_hint::unsupported) + 1;
inline constexpr std::size_t model_axis_count = static_cast<std::size_t>(model_axis::any) + 1;

/// Whether a part's matrix is d_model × n (it reads the residual stream); otherwise it is n × d_model.
constexpr bool reads_residual(weight_part part) {
    switch (part) {
    case weight_part::W_Q:
    case weight_part::W_K:
    case weight_part::W_V:
    case weight_part::W_in:
    case weight_part::W_gate:
    case weight_part::W_U:
    case weight_part::W_router:
    case weight_part::expert_W_in:
    case weight_part::expert_W_gate:
    case weight_part::shared_W_in:
    case weight_part::shared_W_gate:
    case weight_part::W_shared_router:
    case weight_part::W_latent:
        return true;
    default:
        return false;
    }
}

/// Whether a part is one of each head, so that a tensor may hold one head's.
constexpr bool is_of_heads(weight_part part) {
    switch (part) {
    case weight_part::W_Q:
    case weight_part::W_K:
    case weight_part::W_V:
    case weight_part::W_O:
    case weight_part::b_Q:
    case weight_part::b_K:
    case weight_part::b_V:
        return true;
    default:
        return false;
    }
}

/// Whether a part is one of each expert, so that a tensor may hold one expert's.
constexpr bool is_of_experts(weight_part part) {
    switch (part) {
    case weight_part::expert_W_in:
    case weight_part::expert_W_gate:
    case weight_part::expert_W_out:
    case weight_part::expert_b_in:
    case weight_part::expert_b_gate:
    case weight_part::expert_b_out:
        return true;
    default:
        return false;
    }
}

/// The heads that a part is one of each of.
constexpr model_axis heads_of(weight_part part) {
    const bool shared = part == weight_part::W_K || part == weight_part::W_V || part == weight_part::b_K ||
                        part == weight_part::b_V;
    return shared ? model_axis::n_key_value_heads : model_axis::n_heads;
}

/// What messages call a part.
constexpr std::string_view part_label(weight_part part) {
    constexpr std::array<std::string_view, weight_part_count> labels = {
        "W_E",          "W_pos",         "W_U",           "b_U",          "ln_embed_w",
        "ln_embed_b",   "ln_final_w",    "ln_final_b",    "ln1_w",        "ln1_b",
        "W_Q",          "W_K",           "W_V",           "W_O",          "b_Q",
        "b_K",          "b_V",           "b_O",           "ln1_post_w",   "ln2_w",
        "ln2_b",        "W_in",          "W_gate",        "W_out",        "b_in",
        "b_gate",       "b_out",         "ln2_post_w",    "W_router",     "b_router",
        "expert_W_in",  "expert_W_gate", "expert_W_out",  "expert_b_in",  "expert_b_gate",
        "expert_b_out", "shared_W_in",   "shared_W_gate", "shared_W_out", "W_shared_router",
        "W_latent",     "ln_latent_w"};
    return labels[static_cast<std::size_t>(part)];
}

/// What messages call an axis.
constexpr std::string_view axis_name(model_axis axis) {
    constexpr std::array<std::string_view, model_axis_count> names = {
        "",      "n_heads",     "n_key_value_heads", "n_group",  "one",      "d_model",  "d_head",
        "d_mlp", "n_experts",   "d_expert",          "d_shared", "d_latent", "d_rotary", "d_unrotated",
        "n_ctx", "n_positions", "d_vocab",           "d_vocab",  "any"};
    return names[static_cast<std::size_t>(axis)];
}

/// How many dimensions the tensor has.
constexpr std::size_t stored_rank(const stored_axes& axes) {
    std::size_t rank = 0;
    while (rank < axes.size() && !axes[rank].factors[0].is_nothing()) ++rank;
    return rank;
}

// What stands for a number in a pattern.
inline constexpr std::string_view layer_word = "{layer}";
inline constexpr std::string_view head_word = "{head}";
inline constexpr std::string_view expert_word = "{expert}";
inline constexpr std::array placeholders = {layer_word, head_word, expert_word};

constexpr bool is_layered(std::string_view pattern) { return pattern.find(layer_word) != pattern.npos; }
constexpr bool is_headed(std::string_view pattern) { return pattern.find(head_word) != pattern.npos; }
constexpr bool is_of_one_expert(std::string_view pattern) {
    return pattern.find(expert_word) != pattern.npos;
}

/// Whether the layer's number is the last of a pattern, so that what stands behind it is the same in all.
constexpr bool ends_behind_layer(std::string_view pattern) {
    const auto at = pattern.find(layer_word);
    return at != pattern.npos && pattern.find('{', at + layer_word.size()) == pattern.npos;
}

/// A pattern around its numbers; `between` begins and ends with one, and is empty where there is none.
struct split_pattern {
    std::string_view before;
    std::string_view between;
    std::string_view after;
};

/// The numbers in a tensor's name; 0 for what its pattern does not number.
struct name_numbers {
    std::size_t layer = 0;
    std::size_t head = 0;
    std::size_t expert = 0;
};

/// A word of patterns, and the number that it stands for.
struct pattern_word {
    std::string_view text;
    std::size_t name_numbers::*number;
};
inline constexpr std::array pattern_words = {pattern_word{layer_word, &name_numbers::layer},
                                             pattern_word{head_word, &name_numbers::head},
                                             pattern_word{expert_word, &name_numbers::expert}};

/// The word that a pattern begins with; null where it begins with none.
constexpr const pattern_word* word_at(std::string_view pattern) {
    for (const auto& word : pattern_words)
        if (pattern.starts_with(word.text)) return &word;
    return nullptr;
}

constexpr split_pattern split(std::string_view pattern) {
    std::size_t first = pattern.npos, last = 0;
    for (auto at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1))
        if (const auto* const word = word_at(pattern.substr(at))) {
            first = (std::min)(first, at);
            last = at + word->text.size();
        }
    if (first == pattern.npos) return {pattern, {}, {}};
    return {pattern.substr(0, first), pattern.substr(first, last - first), pattern.substr(last)};
}

/// A number as it is written in names: decimal, no leading zero, at most nine digits.
constexpr std::optional<std::size_t> parse_number(std::string_view text) {
    if (text.empty() || text.size() > 9 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::size_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    return number;
}

/// The first of a name's components that is a number: the layer's, in most schemes.
constexpr std::optional<std::size_t> first_number(std::string_view name) {
    for (std::size_t at = 0; at < name.size();) {
        const auto end = (std::min)(name.find_first_of("./", at), name.size());
        if (const auto number = parse_number(name.substr(at, end - at))) return number;
        at = end + 1;
    }
    return std::nullopt;
}

/// A pattern with a number in the place of its word.
inline std::string filled(std::string pattern, std::string_view word, std::size_t number) {
    for (auto at = pattern.find(word); at != pattern.npos; at = pattern.find(word, at))
        pattern.replace(at, word.size(), to_text(number));
    return pattern;
}

/// The tensor that a pattern means in one layer, of one head or expert.
inline std::string tensor_name(std::string_view prefix, std::string_view pattern,
                               const name_numbers& numbers) {
    std::string name(pattern);
    for (const auto& word : pattern_words) name = filled(std::move(name), word.text, numbers.*word.number);
    return std::string(prefix) + name;
}

/// What the bias of an extra matrix is called: `....bias` for `....weight`.
inline std::string bias_name(std::string_view weight) {
    constexpr std::string_view ending = "weight";
    if (weight.ends_with(ending)) weight.remove_suffix(ending.size());
    return std::string(weight) + "bias";
}

/// What a text has in the places of a pattern's numbers; a number that stands twice is the same.
constexpr std::optional<name_numbers> numbers_between(std::string_view text, std::string_view pattern) {
    name_numbers numbers;
    std::array<bool, pattern_words.size()> told = {};
    while (!pattern.empty()) {
        const auto* const word = word_at(pattern);
        if (word == nullptr) {
            if (text.empty() || text.front() != pattern.front()) return std::nullopt;
            text.remove_prefix(1);
            pattern.remove_prefix(1);
            continue;
        }
        const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
        const auto number = parse_number(digits);
        auto& is_told = told[static_cast<std::size_t>(word - pattern_words.data())];
        if (!number || (is_told && numbers.*word->number != *number)) return std::nullopt;
        numbers.*word->number = *number;
        is_told = true;
        text.remove_prefix(digits.size());
        pattern.remove_prefix(word->text.size());
    }
    return text.empty() ? std::optional(numbers) : std::nullopt;
}

/// The numbers in `name` where a pattern calls it so; nothing when it is another's.
constexpr std::optional<name_numbers> numbers_of(std::string_view name, std::string_view prefix,
                                                 std::string_view pattern) {
    if (!name.starts_with(prefix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    const auto parts = split(pattern);
    if (parts.between.empty()) return name == pattern ? std::optional(name_numbers{}) : std::nullopt;
    if (name.size() < parts.before.size() + parts.after.size()) return std::nullopt;
    if (!name.starts_with(parts.before) || !name.ends_with(parts.after)) return std::nullopt;
    name.remove_prefix(parts.before.size());
    name.remove_suffix(parts.after.size());
    return numbers_between(name, parts.between);
}

/// The prefix of a row's names in a file that follows its scheme behind `prefix`.
template <class Row>
constexpr std::string_view prefix_of(const Row& row, std::string_view prefix) {
    return row.root == name_root::file ? std::string_view() : prefix;
}

/// Whether a row of a scheme's table, of any kind, names this tensor.
template <class Row>
constexpr bool names_tensor(const Row& row, std::string_view prefix, std::string_view name) {
    return numbers_of(name, prefix_of(row, prefix), row.pattern).has_value();
}

/// Whether a tensor stands in the module that a row reads from: the first component behind the prefix
/// (`layers.`, `embeddings.`), or, of a row that gives whole names, all but the last (`lm_head.`).
template <class Row>
constexpr bool is_in_module_of(const Row& row, std::string_view prefix, std::string_view name) {
    const auto parts = split(row.pattern);
    const auto root = prefix_of(row, prefix);
    if (!name.starts_with(root)) return false;
    name.remove_prefix(root.size());
    const auto dot = row.root == name_root::file ? row.pattern.rfind('.') : row.pattern.find('.');
    if (!parts.between.empty() && dot >= parts.before.size()) { // the module's own name holds a number
        if (!name.starts_with(parts.before)) return false;
        name.remove_prefix(parts.before.size());
        return !name.empty() && name.front() >= '0' && name.front() <= '9';
    }
    const auto module = row.pattern.substr(0, dot);
    return name.size() > module.size() && name.starts_with(module) && name[module.size()] == '.';
}

/// Two tables in one.
template <class Row, std::size_t m, std::size_t n>
constexpr std::array<Row, m + n> both_tables(const std::array<Row, m>& first,
                                             const std::array<Row, n>& second) {
    std::array<Row, m + n> all = {};
    for (std::size_t k = 0; k < m; ++k) all[k] = first[k];
    for (std::size_t k = 0; k < n; ++k) all[m + k] = second[k];
    return all;
}

/// Any number of tables in one.
template <class Row, std::size_t n, class... Tables>
constexpr auto all_tables(const std::array<Row, n>& first, const Tables&... rest) {
    if constexpr (sizeof...(Tables) == 0)
        return first;
    else
        return both_tables(first, all_tables(rest...));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
