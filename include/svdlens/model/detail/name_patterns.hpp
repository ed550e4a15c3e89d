/// @file
/// The names of a file's tensors with their numbers as `{layer}`, `{head}` and `{expert}`, and the words that they are of.
#ifndef SVDLENS_MODEL_DETAIL_NAME_PATTERNS_HPP
#define SVDLENS_MODEL_DETAIL_NAME_PATTERNS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../../core/text.hpp"
#include "../../io/tensor_record.hpp"
#include "scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower) c = lower_case(c);
    return lower;
}

inline bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// What stands before the last component of a name, with its dot or slash; empty where there is but one.
constexpr std::string_view module_of(std::string_view name) {
    return name.substr(0, name.find_last_of("./") + 1); // npos + 1 is 0
}
constexpr std::string_view last_component(std::string_view name) {
    return name.substr(module_of(name).size());
}

/// The words of a name, in lower case: parted by what is no letter or digit, and where a capital follows a
/// lowercase letter: `encoder.selfAttn.W_Q` is encoder, self, attn, w, q. `{layer}` and the like are none.
inline std::vector<std::string> words_of_name(std::string_view name) {
    std::vector<std::string> words(1);
    bool in_braces = false, lowercase = false;
    for (const char c : name) {
        if (c == '{') in_braces = true;
        const char lower = lower_case(c);
        const bool letter = (lower >= 'a' && lower <= 'z') || is_digit(c);
        if ((!letter || (lowercase && lower != c)) && !words.back().empty()) words.emplace_back();
        if (letter && !in_braces) words.back() += lower;
        lowercase = letter && !is_digit(c) && lower == c;
        if (c == '}') in_braces = false;
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

/// Tensors whose names differ in their numbers only.
struct name_pattern {
    std::string text;
    std::vector<std::uint64_t> shape; ///< the first one's
    std::size_t count = 0;
    std::vector<std::string> words = {}; ///< behind the layer's number, or all

    bool layered() const { return is_layered(text); }
    bool headed() const { return is_headed(text); }
    std::string shown() const {
        return text + " " + to_text(shape) + (count == 1 ? "" : " x " + to_text(count));
    }
};

/// The word before a number that says what it counts: of `blocks.3` and `block_3` it is `block`.
inline std::string counted_word(std::string_view before) {
    while (!before.empty() && std::string_view("._-/").find(before.back()) != before.npos)
        before.remove_suffix(1);
    const auto begin = before.find_last_of("./_-");
    std::string word = lower_case(begin == before.npos ? before : before.substr(begin + 1));
    if (word.size() > 2 && word.back() == 's') word.pop_back();
    return word;
}

/// A name with the numbers of its layer, its head and its expert as words. A number is one when it is a component
/// of its own or the end of one; a layer's is the first of its own, or follows `layer`, `block` or the like, a
/// head's follows `head`, an expert's `expert`.
inline std::string pattern_of_name(std::string_view name) {
    std::string pattern;
    for (std::size_t at = 0; at < name.size();) {
        if (!is_digit(name[at])) {
            pattern += name[at++];
            continue;
        }
        const auto end = (std::min)(name.find_first_not_of("0123456789", at), name.size());
        const auto digits = name.substr(at, end - at);
        const bool closed =
            end == name.size() || std::string_view("./_-").find(name[end]) != std::string_view::npos;
        const bool apart = at == 0 || std::string_view("./").find(name[at - 1]) != std::string_view::npos;
        const auto word = counted_word(name.substr(0, at));
        const bool numbered = closed && parse_number(digits).has_value();
        const bool of_head = is_one_of(word, {"head"}), of_expert = is_one_of(word, {"expert"});
        const bool of_layer =
            is_one_of(word, {"layer", "block", "blk", "h", "l", "resblock", "cell"}) || apart;
        if (numbered && of_head && !is_headed(pattern))
            pattern += head_word;
        else if (numbered && of_expert && !is_of_one_expert(pattern))
            pattern += expert_word;
        else if (numbered && of_layer && !of_head && !of_expert && !is_layered(pattern))
            pattern += layer_word;
        else
            pattern += digits;
        at = end;
    }
    return pattern;
}

/// What stands before the layer's number; empty in a pattern without.
inline std::string_view stack_of(std::string_view pattern) {
    const auto at = pattern.find(layer_word);
    return at == pattern.npos ? std::string_view() : pattern.substr(0, at);
}

/// All patterns of a file, in the order of their names; numbers of layers only behind `stack`, if it is one,
/// and elsewhere as they are. O(names log names)
inline std::vector<name_pattern> name_patterns(std::span<const tensor_record> records,
                                               const std::string* stack = nullptr) {
    std::vector<name_pattern> all;
    std::map<std::string, std::size_t> places;
    for (const auto& record : records) {
        auto pattern = pattern_of_name(record.name);
        if (stack != nullptr && is_layered(pattern) && stack_of(pattern) != *stack) pattern = record.name;
        const auto [place, is_new] = places.insert({pattern, all.size()});
        if (is_new) {
            const auto at = pattern.find(layer_word);
            const auto words = at == pattern.npos ? pattern : pattern.substr(at + layer_word.size());
            all.push_back({pattern, record.shape, 0, words_of_name(words)});
        }
        ++all[place->second].count;
    }
    return all;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
