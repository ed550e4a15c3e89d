/// @file
/// A naming scheme out of a JSON tree, with errors that say line and row.
#ifndef SVDLENS_MODEL_DETAIL_JSON_SCHEME_READER_HPP
#define SVDLENS_MODEL_DETAIL_JSON_SCHEME_READER_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../../core/detail/nearest_names.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../naming_scheme.hpp"
#include "../../stored_axes.hpp"
#include "../scheme_fields.hpp"
#include "../scheme_rows.hpp"
#include "json_tree.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A scheme with the texts and tables that it views.
struct owned_scheme {
    naming_scheme scheme;
    std::vector<std::shared_ptr<const void>> kept;
};

/// Fills a scheme field by field, as `fields_of` lists them.
class scheme_reader {
  public:
    explicit scheme_reader(std::string label) : label_(std::move(label)) {}

    /// @throws format_error (invalid_scheme)
    owned_scheme read(const json_node& root) {
        owned_.scheme = {};
        read_row(root, owned_.scheme);
        if (owned_.scheme.name.empty()) fail(root, "\"name\" is empty");
        return std::move(owned_);
    }

  private:
    template <class T>
    const T& keep(T value) {
        auto owner = std::make_shared<const T>(std::move(value));
        owned_.kept.push_back(owner);
        return *owner;
    }

    [[noreturn]] void fail(const json_node& at, const std::string& what) const {
        throw format_error(errc::invalid_scheme,
                           label_ + ":" + to_text(at.line) + ": " + (row_.empty() ? "" : row_ + ": ") + what);
    }

    [[noreturn]] void fail_kind(const json_node& at, const std::string& expected) const {
        const std::string key = at.key.empty() ? "" : quoted(at.key) + ": ";
        fail(at, key + "expected " + expected + ", found " + at.describe());
    }

    /// The known word that was meant: the same in other letters' case, or the nearest; else all.
    static std::string meant(std::string_view word, std::span<const std::string_view> known) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
        for (const auto each : known)
            if (std::equal(word.begin(), word.end(), each.begin(), each.end(),
                           [&](char a, char b) { return lower(a) == lower(b); }))
                return "; did you mean " + std::string(each);
        const auto nearest = nearest_names(word, known, 1);
        if (!nearest.empty()) return "; did you mean " + std::string(nearest.front());
        std::string text;
        for (const auto each : known) text += (text.empty() ? "; there are " : ", ") + std::string(each);
        return text;
    }

    // ---- rows ----

    template <class Row>
    void read_row(const json_node& node, Row& row) {
        if (node.type != json_node::kind::object) fail_kind(node, "an object");
        check_keys<Row>(node);
        for_each_field<Row>([&](const auto& field) {
            const auto* const found = node.find(field.key);
            if (found != nullptr) return read_value(*found, row.*field.member);
            if (field.required) fail(node, quoted(field.key) + " is missing");
        });
    }

    /// What nobody would read is a slip; a comment is for people.
    template <class Row>
    void check_keys(const json_node& node) const {
        std::vector<std::string_view> known;
        for_each_field<Row>([&](const auto& field) { known.push_back(field.key); });
        for (const auto& each : node.items)
            if (each.key != "comment" && std::find(known.begin(), known.end(), each.key) == known.end())
                fail(each, "unknown key " + quoted(each.key) + meant(each.key, known));
    }

    /// What messages call a row of a list: `part W_Q`, `hints "rotary_emb.inv_freq"`.
    static std::string row_label(const std::string& list, const json_node& node) {
        const auto* const part = node.find("part");
        if (part != nullptr && part->type == json_node::kind::string)
            return "part " + shown_bytes(part->text);
        const auto* const pattern = node.find("pattern");
        if (pattern != nullptr && pattern->type == json_node::kind::string)
            return list + " " + quoted(pattern->text);
        return list;
    }

    template <class Row>
    void read_value(const json_node& node, std::span<const Row>& rows) {
        if (node.type != json_node::kind::array) fail_kind(node, "a list");
        std::vector<Row> read;
        for (const auto& each : node.items) {
            if constexpr (has_fields<Row>) row_ = row_label(node.key, each);
            read_value(each, read.emplace_back());
            if constexpr (has_fields<Row>) check_row(each, read.back());
            row_.clear();
        }
        rows = keep(std::move(read));
    }

    template <class Row>
        requires(has_fields<Row>)
    void read_value(const json_node& node, Row& row) {
        read_row(node, row);
    }

    // ---- values ----

    void read_value(const json_node& node, std::string_view& text) {
        if (node.type != json_node::kind::string) fail_kind(node, "a string");
        text = keep(node.text);
    }

    void read_value(const json_node& node, bool& flag) {
        if (node.type != json_node::kind::boolean) fail_kind(node, "true or false");
        flag = node.flag;
    }

    void read_value(const json_node& node, double& number) {
        if (node.type != json_node::kind::number || !std::isfinite(node.number)) fail_kind(node, "a number");
        number = node.number;
    }

    template <class E>
        requires(std::is_enum_v<E>)
    void read_value(const json_node& node, E& value) {
        const std::string noun(words_of<E>::noun);
        if (node.type != json_node::kind::string) fail_kind(node, "the name of a " + noun);
        const auto found = value_of<E>(node.text);
        if (!found)
            fail(node, "unknown " + noun + " " + quoted(node.text) + meant(node.text, all_words<E>()));
        value = *found;
    }

    template <class T>
    void read_value(const json_node& node, std::optional<T>& value) {
        read_value(node, value.emplace());
    }

    // ---- axes ----

    void read_value(const json_node& node, stored_axes& axes) {
        if (node.type != json_node::kind::array) fail_kind(node, "a list of axes");
        if (node.items.empty() || node.items.size() > axes.size())
            fail(node,
                 "expected one to " + to_text(axes.size()) + " axes, found " + to_text(node.items.size()));
        for (std::size_t k = 0; k < node.items.size(); ++k) read_dimension(node.items[k], axes[k]);
    }

    void read_dimension(const json_node& node, schemes::stored_dimension& dimension) {
        auto& factors = dimension.factors;
        if (node.type != json_node::kind::array) return read_factor(node, factors[0]);
        if (node.items.empty() || node.items.size() > factors.size())
            fail(node, "expected one to " + to_text(factors.size()) + " axes in one dimension, found " +
                           to_text(node.items.size()));
        for (std::size_t k = 0; k < node.items.size(); ++k) {
            read_factor(node.items[k], factors[k]);
            if (node.items.size() > 1 && factors[k].axis == model_axis::any)
                fail(node.items[k], "the axis \"any\" stands in a dimension of its own");
        }
    }

    void read_factor(const json_node& node, axis_factor& factor) {
        if (node.type != json_node::kind::object) {
            if (node.type != json_node::kind::string)
                fail_kind(node, "the name of an axis or {\"slice\": K, \"of\": N} or {\"stack\": [...], "
                                "\"index\": K}");
            return read_value(node, factor.axis);
        }
        if (node.find("stack") != nullptr || node.find("index") != nullptr) return read_stack(node, factor);
        constexpr std::string_view known[] = {"slice", "of"};
        for (const auto& each : node.items)
            if (std::find(std::begin(known), std::end(known), each.key) == std::end(known))
                fail(each, "unknown key " + quoted(each.key) + meant(each.key, known));
        const auto index = slice_number(node, "slice", 0), count = slice_number(node, "of", 2);
        if (index >= count)
            fail(node, "slice " + to_text(index) + " of " + to_text(count) + ": the first is 0, the last " +
                           to_text(count - 1));
        factor = schemes::fused_slice{index, count};
    }

    /// Axes one behind the other, or numbers of entries that are not read.
    void read_stack(const json_node& node, axis_factor& factor) {
        constexpr std::string_view known[] = {"stack", "index"};
        for (const auto& each : node.items)
            if (std::find(std::begin(known), std::end(known), each.key) == std::end(known))
                fail(each, "unknown key " + quoted(each.key) + meant(each.key, known));
        const auto* const list = node.find("stack");
        schemes::stacked_axes stacked = {0, {}};
        if (list == nullptr || list->type != json_node::kind::array || list->items.size() < 2 ||
            list->items.size() > stacked.parts.size())
            fail(node, "a stack is {\"stack\": [two or three axes or numbers], \"index\": K}");
        for (std::size_t k = 0; k < list->items.size(); ++k)
            read_stack_part(list->items[k], stacked.parts[k]);
        stacked.index = slice_number(node, "index", 0);
        if (stacked.index >= list->items.size() || stacked.parts[stacked.index].axis == model_axis::none)
            fail(node, "index " + to_text(stacked.index) + " of the stack is no axis");
        factor = stacked;
    }

    void read_stack_part(const json_node& node, schemes::stack_part& part) {
        constexpr std::uint64_t most = 1U << 20U;
        if (node.type == json_node::kind::string) {
            read_value(node, part.axis);
            if (part.axis == model_axis::any) fail(node, "the axis \"any\" stands in a dimension of its own");
            return;
        }
        if (!node.is_whole || node.whole == 0 || node.whole > most)
            fail_kind(node, "the name of an axis or a whole number from 1 on");
        part.entries = static_cast<std::uint32_t>(node.whole);
    }

    std::uint32_t slice_number(const json_node& node, std::string_view key, std::uint32_t least) const {
        constexpr std::uint32_t most = 1U << 20U;
        const auto* const found = node.find(key);
        if (found == nullptr)
            fail(node,
                 quoted(key) + " is missing: {\"slice\": K, \"of\": N}, {\"stack\": [...], \"index\": K}");
        if (!found->is_whole || found->whole < least || found->whole > most)
            fail_kind(*found, "a whole number from " + to_text(least) + " on");
        return static_cast<std::uint32_t>(found->whole);
    }

    // ---- what a row must be to mean anything ----

    template <class Row>
    void check_row(const json_node& node, const Row& row) const {
        check_pattern(*node.find("pattern"), row.pattern);
        if constexpr (std::is_same_v<Row, part_name>) check_part(node, row);
        if constexpr (std::is_same_v<Row, extra_name>) check_extra(node, row);
        if constexpr (std::is_same_v<Row, hint_name>) check_hint(node, row);
    }

    void check_pattern(const json_node& node, std::string_view pattern) const {
        if (pattern.empty()) fail(node, "the pattern is empty");
        for (auto at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1)) {
            const auto end = pattern.find('}', at);
            const auto word = pattern.substr(at, end == pattern.npos ? end : end + 1 - at);
            if (std::find(placeholders.begin(), placeholders.end(), word) == placeholders.end())
                fail(node,
                     "unknown number " + shown_bytes(word) + " in the pattern" + meant(word, placeholders));
            const auto next = pattern.substr(at + word.size(), 1);
            if (next == "{" || (!next.empty() && next.front() >= '0' && next.front() <= '9'))
                fail(node, "a digit or another number behind " + std::string(word) +
                               ": no name tells where it ends");
        }
    }

    void check_part(const json_node& node, const part_name& row) const {
        const bool headed = is_headed(row.pattern);
        if (headed && !is_of_heads(row.part))
            fail(*node.find("pattern"), "{head} stands for heads of attention only");
        if (is_of_one_expert(row.pattern) && !is_of_experts(row.part))
            fail(*node.find("pattern"), "{expert} stands for experts of a mixture only");
        auto expected = axis_list(axes_of(row.part), row.part);
        if (expected.empty()) return;
        if (headed) std::erase(expected, model_axis::n_heads);
        if (is_of_one_expert(row.pattern)) std::erase(expected, model_axis::n_experts);
        if (axis_list(row.axes, row.part) == expected) return;
        std::string message = "expected the axes";
        for (const auto axis : expected) message += " " + std::string(word_of(axis));
        message += headed ? " (one head's)" : "";
        message += " in any order, found";
        for (const auto axis : axis_list(row.axes)) message += " " + std::string(word_of(axis));
        fail(*node.find("axes"), message);
    }

    void check_hint(const json_node& node, const hint_name& row) const {
        if (row.hint == tensor_hint::other_layer && !ends_behind_layer(row.pattern))
            fail(*node.find("pattern"),
                 "the pattern of an other_layer: expected {layer}, and no number behind it");
    }

    void check_extra(const json_node& node, const extra_name& row) const {
        if (row.pattern.find('{') != row.pattern.npos)
            fail(*node.find("pattern"),
                 "the pattern of an extra matrix is a tensor's name: it has no numbers");
        const auto axes = axis_list(row.axes);
        const auto count = [&](model_axis axis) { return std::count(axes.begin(), axes.end(), axis); };
        const auto others = static_cast<std::ptrdiff_t>(axes.size()) - count(model_axis::one) - 1;
        if (count(model_axis::d_model) != 1 || (others != 1 && others != count(model_axis::any)))
            fail(*node.find("axes"), "expected d_model, and one other axis, or any number of any");
    }

    /// The axes of a tensor, sorted; nothing for slices.
    static std::vector<model_axis> axis_list(const stored_axes& axes) {
        std::vector<model_axis> list;
        for (const auto& dimension : axes)
            for (const auto& factor : dimension.factors)
                if (factor.is_axis()) list.push_back(factor.axis);
        std::sort(list.begin(), list.end());
        return list;
    }

    /// The same with one name for what may stand in each other's place in that part.
    static std::vector<model_axis> axis_list(const stored_axes& axes, weight_part part) {
        auto list = axis_list(axes);
        std::erase(list, model_axis::one);
        const bool grouped = std::erase(list, model_axis::n_group) != 0; // heads, by those that they share
        for (auto& axis : list) {
            if (axis == model_axis::n_key_value_heads && grouped) axis = model_axis::n_heads;
            if (axis == model_axis::n_key_value_heads && heads_of(part) == axis) axis = model_axis::n_heads;
            if (axis == model_axis::d_vocab_out) axis = model_axis::d_vocab;
            if (axis == model_axis::d_expert && is_of_experts(part)) axis = model_axis::d_mlp;
            if (axis == model_axis::d_shared) axis = model_axis::d_mlp;
            if (axis == model_axis::n_positions) axis = model_axis::n_ctx;
            if (axis == model_axis::d_latent && part == weight_part::W_V) axis = model_axis::d_model;
        }
        std::sort(list.begin(), list.end());
        return list;
    }

    std::string label_;
    std::string row_; ///< what messages call the row that is read; empty outside of rows
    owned_scheme owned_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
