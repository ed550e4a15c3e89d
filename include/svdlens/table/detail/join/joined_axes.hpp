/// @file
/// The axes of a join, derived from those of the two tables.
#ifndef SVDLENS_TABLE_DETAIL_JOIN_JOINED_AXES_HPP
#define SVDLENS_TABLE_DETAIL_JOIN_JOINED_AXES_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../tensor/axes.hpp"
#include "../../by.hpp"
#include "../groups/kept_axes.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// One side of a join: which axes are shared, in the order that both sides have them in, and which are not.
struct join_side {
    const axes& table;
    std::vector<std::size_t> shared;
    std::vector<std::size_t> others;
};

[[noreturn]] inline void fail_join(const std::string& problem) {
    throw argument_error(errc::invalid_axes, "join: " + problem);
}

/// The names of axes as a message has them.
inline std::string axis_names(const axes& table, const std::vector<std::size_t>& list) {
    std::string names;
    for (const auto k : list) names += (names.empty() ? "" : " ") + quoted(table[k].name);
    return names.empty() ? "no axis" : names;
}

/// Whether indices of an axis are more than numbers.
inline bool has_labels(const axis& a) { return a.labels != nullptr || a.format != nullptr; }

/// @throws argument_error (invalid_axes) when the axes are not of one extent, or both have labels that differ
inline void check_shared(const axis& left, const axis& right) {
    if (left.extent != right.extent)
        fail_join("axis " + quoted(left.name) + " has extent " + to_text(left.extent) + " on the left and " +
                  to_text(right.extent) + " on the right");
    if (!has_labels(left) || !has_labels(right) || (left.labels == right.labels && left.labels)) return;
    std::string mine, theirs;
    for (std::uint64_t index = 0; index < left.extent; ++index) {
        left.append_label(mine, index);
        right.append_label(theirs, index);
        if (mine != theirs)
            fail_join("index " + to_text(index) + " of axis " + quoted(left.name) + " is " + quoted(mine) +
                      " on the left and " + quoted(theirs) + " on the right");
        mine.clear();
        theirs.clear();
    }
}

/// The left side: the axes that the columns span.
/// @throws lookup_error (unknown_column)
inline join_side left_side(const axes& table, const by_columns& columns) {
    auto shared = table.spanned_axes(columns.names);
    auto others = other_axes(table, shared);
    return {table, std::move(shared), std::move(others)};
}

/// The right side: the axes of the same names as the left's, in their order.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_axes) when the columns span other axes there, or these do not agree
inline join_side right_side(const axes& table, const by_columns& columns, const join_side& left) {
    const auto spanned = table.spanned_axes(columns.names);
    std::vector<std::size_t> shared;
    for (const auto k : left.shared) {
        const auto same = table.find_axis(left.table[k].name);
        if (same && std::binary_search(spanned.begin(), spanned.end(), *same)) shared.push_back(*same);
    }
    if (shared.size() != left.shared.size() || shared.size() != spanned.size())
        fail_join("the columns are computed from " + axis_names(left.table, left.shared) +
                  " on the left and from " + axis_names(table, spanned) + " on the right");
    for (std::size_t k = 0; k < shared.size(); ++k)
        check_shared(left.table[left.shared[k]], table[shared[k]]);
    return {table, std::move(shared), other_axes(table, spanned)};
}

/// Whether a table has an axis or a label column of that name.
inline bool has_column(const axes& table, const std::string& name) {
    return table.find_axis(name) || table.find_label_column(name) != nullptr;
}

/// Whether an axis of that name is shared.
inline bool is_shared(const join_side& side, const std::string& name) {
    return std::any_of(side.shared.begin(), side.shared.end(),
                       [&](std::size_t k) { return side.table[k].name == name; });
}

/// The name that an axis of one side has in the result: with a prefix where the other side has a column of
/// that name and it is not shared.
inline std::string joined_axis_name(const join_side& side, const axes& other, const std::string& prefix,
                                    const std::string& name) {
    return !is_shared(side, name) && has_column(other, name) ? prefix + name : name;
}

/// A label column of one side with the axis names of the result in its pattern.
inline label_column joined_column(const join_side& side, const axes& other, const std::string& prefix,
                                  const label_column& column) {
    return {column.name, column.pattern.renamed([&](const std::string& name) {
                return joined_axis_name(side, other, prefix, name);
            }),
            column.entity};
}

/// Whether two label columns write the same text and name the same things.
inline bool same_column(const label_column& a, const label_column& b) {
    return a.pattern.text() == b.pattern.text() && a.entity == b.entity;
}

/// Adds a side's label columns: under their names where the other side has none of that name or the same one,
/// else with a prefix.
inline void add_columns(axes& result, const join_side& side, const std::string& prefix,
                        const join_side& other, const std::string& other_prefix) {
    for (const auto& original : side.table.label_columns()) {
        auto column = joined_column(side, other.table, prefix, original);
        const auto* theirs = other.table.find_label_column(column.name);
        const bool clash = theirs != nullptr
                               ? !same_column(joined_column(other, side.table, other_prefix, *theirs), column)
                               : has_column(other.table, column.name) && !is_shared(other, column.name);
        if (clash) column.name = prefix + column.name;
        const auto* there = result.find_label_column(column.name);
        if (there != nullptr && !same_column(*there, column))
            fail_join("two label columns would be called " + quoted(column.name) + "; rename one");
        result.add(std::move(column));
    }
}

/// Appends a side's other axes under the names that they have in the result.
inline void append_other_axes(std::vector<axis>& list, const join_side& side, const axes& other,
                              const std::string& prefix) {
    for (const auto k : side.others) {
        auto a = side.table[k];
        a.name = joined_axis_name(side, other, prefix, a.name);
        list.push_back(std::move(a));
    }
}

/// Two texts in one; a text that is empty or the same as the other is not repeated.
inline std::string both_texts(const std::string& a, const char* between, const std::string& b) {
    if (a == b || b.empty()) return a;
    return a.empty() ? b : a + between + b;
}

/// The axes of the joined table: the shared ones, the left's others, the right's others.
/// @throws argument_error (invalid_axes) for more than 2^64 rows, or names that prefixes do not tell apart
inline axes joined_axes(const join_side& left, const join_side& right) {
    const std::string left_prefix = "left_", right_prefix = "right_";
    std::vector<axis> list;
    for (std::size_t k = 0; k < left.shared.size(); ++k) {
        const auto& mine = left.table[left.shared[k]];
        list.push_back(has_labels(mine) ? mine : right.table[right.shared[k]]);
    }
    append_other_axes(list, left, right.table, left_prefix);
    append_other_axes(list, right, left.table, right_prefix);
    axes result(std::move(list));
    add_columns(result, left, left_prefix, right, right_prefix);
    add_columns(result, right, right_prefix, left, left_prefix);
    result.set_title(both_texts(left.table.title(), "_with_", right.table.title()));
    result.set_provenance(both_texts(left.table.provenance(), "; ", right.table.provenance()));
    return result;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
