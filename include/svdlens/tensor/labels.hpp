/// @file
/// Labels made and looked up: the product of several lists, and the index that a label stands for.
#ifndef SVDLENS_TENSOR_LABELS_HPP
#define SVDLENS_TENSOR_LABELS_HPP

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/detail/checked.hpp"
#include "../core/error.hpp"
#include "../core/text.hpp"
#include "axes.hpp"
#include "axis.hpp"
#include "detail/label_errors.hpp"
#include "label_pattern.hpp"

namespace svdlens::inline v0_2 {

/// The numbers 0, 1, ..., count - 1 as labels.
inline std::vector<std::string> number_labels(std::size_t count) {
    std::vector<std::string> labels;
    labels.reserve(count);
    for (std::size_t k = 0; k < count; ++k) labels.push_back(to_text(k));
    return labels;
}

namespace detail {

/// The number of combinations of one entry from each list.
/// @throws argument_error (invalid_argument) when it exceeds what memory can hold
inline std::size_t combination_count(const std::vector<std::vector<std::string>>& lists) {
    std::vector<std::uint64_t> sizes;
    for (const auto& list : lists) sizes.push_back(list.size());
    const auto count = checked_product(sizes);
    if (count && *count <= std::vector<std::string>().max_size()) return static_cast<std::size_t>(*count);
    throw argument_error(errc::invalid_argument, "cartesian labels: lists of " + to_text(sizes) +
                                                     " labels have too many combinations");
}

/// Moves on to the next combination, the last place fastest. After the last one comes the first.
inline void next_combination(std::vector<std::size_t>& at,
                             const std::vector<std::vector<std::string>>& lists) {
    for (std::size_t k = at.size(); k-- > 0;) {
        if (++at[k] < lists[k].size()) return;
        at[k] = 0;
    }
}

} // namespace detail

/// The label of every combination of one entry from each list, in row-major order (the last list runs
/// fastest): `cartesian_labels("{}, ({},{})", {channels, number_labels(7), number_labels(7)})`. The k-th `{}`
/// stands for the entry of the k-th list; `{{` and `}}` are braces. No list: one label. An empty list: none.
/// O(labels). Memory: the labels.
/// @throws argument_error (invalid_argument) when there are not as many `{}` as lists, for a placeholder with
/// a name, or for too many combinations
inline std::vector<std::string> cartesian_labels(std::string_view format,
                                                 const std::vector<std::vector<std::string>>& lists) {
    const auto pattern = label_pattern::unnamed(format);
    if (pattern.placeholders().size() != lists.size())
        throw argument_error(errc::invalid_argument, "cartesian labels: format " + quoted(format) +
                                                         ": expected one {} a list (" +
                                                         to_text(lists.size()) + "), found " +
                                                         to_text(pattern.placeholders().size()));
    const std::size_t count = detail::combination_count(lists);
    std::vector<std::string> labels(count);
    std::vector<std::size_t> at(lists.size());
    for (auto& label : labels) {
        pattern.append(label, [&](std::size_t k, std::string& out) { out += lists[k][at[k]]; });
        detail::next_combination(at, lists);
    }
    return labels;
}

namespace detail {

/// The index that an axis without labels calls `label`: the number as it is printed, without signs and
/// leading zeros.
inline std::optional<std::uint64_t> parse_index(std::string_view label, std::uint64_t extent) {
    std::uint64_t index = 0;
    const char* end = label.data() + label.size();
    const auto parsed = std::from_chars(label.data(), end, index);
    if (parsed.ec != std::errc() || parsed.ptr != end || index >= extent || to_text(index) != label)
        return std::nullopt;
    return index;
}

} // namespace detail

/// All indices of an axis that a label stands at, ascending. O(extent), O(1) without labels or format.
inline std::vector<std::uint64_t> find_indices(const axis& a, std::string_view label) {
    std::vector<std::uint64_t> found;
    if (!a.labels && !a.format) {
        if (const auto index = detail::parse_index(label, a.extent)) found.push_back(*index);
        return found;
    }
    std::string text;
    for (std::uint64_t index = 0; index < a.extent; ++index) {
        text.clear();
        a.append_label(text, index);
        if (text == label) found.push_back(index);
    }
    return found;
}

namespace detail {

/// The axes that a column spans as a table of their own, whose row numbers are the column's indices.
/// @throws lookup_error (unknown_column), naming the columns there are
inline axes column_axes(const axes& table, std::string_view column) {
    std::vector<axis> list;
    for (const auto k : table.spanned_axes(column)) list.push_back(table[k]);
    axes result(std::move(list));
    if (const auto* labels = table.find_label_column(column)) result.add(*labels);
    return result;
}

/// All rows at which a label stands in a column, ascending. O(rows)
inline std::vector<std::uint64_t> find_label(const axes& table, std::string_view column,
                                             std::string_view label) {
    const resolved_column text(table, column);
    std::vector<std::uint64_t> found;
    std::string each;
    for (row_number row = 0; row < table.shape_rows(); ++row) {
        each.clear();
        text.append(each, row);
        if (each == label) found.push_back(row);
    }
    return found;
}

} // namespace detail

/// The index that a label stands at in the column of that name: the label column, or else the axis. Of an
/// axis it is the index along it: of its entry in the list of labels, of its text by the format, or the
/// number itself where the axis has neither. Of a label column it is the `sub_index` over the axes that it
/// spans, which is the index of the axis where it spans one: `find_index(axes, "head", "L1H2")` is 14 of 12
/// heads a layer. O(labels of the column)
/// @throws lookup_error (unknown_column), naming the columns there are; (unknown_label) when no index has
/// that label, with the first ones that there are; (ambiguous_label) when several have, with some of them
inline std::uint64_t find_index(const axes& table, std::string_view column, std::string_view label) {
    const bool is_axis = table.find_label_column(column) == nullptr;
    const axes only = detail::column_axes(table, column);
    const auto found = is_axis ? find_indices(only[0], label) : detail::find_label(only, column, label);
    const std::string what = (is_axis ? "axis " : "column ") + quoted(column);
    if (found.empty())
        detail::fail_unknown_label(what, label, detail::first_labels(only, column), only.shape_rows());
    if (found.size() > 1) detail::fail_ambiguous_label(what, label, found);
    return found.front();
}

} // namespace svdlens::inline v0_2

#endif
