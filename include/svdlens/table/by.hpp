/// @file
/// Columns to group by, the axes that they span, and the axes of a table of groups.
#ifndef SVDLENS_TABLE_BY_HPP
#define SVDLENS_TABLE_BY_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../tensor/axes.hpp"

namespace svdlens::inline v0_2 {

/// Columns to group by; none: all rows are one group.
struct by_columns {
    std::vector<std::string> names = {};
};

/// Columns to group by: `by("layer", "head")`.
template <std::convertible_to<std::string>... Names>
by_columns by(Names&&... names) {
    return {{std::string(std::forward<Names>(names))...}};
}

namespace detail {

/// The axes that the columns span, ascending. @throws lookup_error (unknown_column)
inline std::vector<std::size_t> spanned_axes(const axes& table, const by_columns& columns) {
    std::vector<std::size_t> spanned;
    for (const auto& name : columns.names)
        for (const auto k : table.spanned_axes(name)) spanned.push_back(k);
    std::sort(spanned.begin(), spanned.end());
    spanned.erase(std::unique(spanned.begin(), spanned.end()), spanned.end());
    return spanned;
}

/// The axes that are not among `some` (ascending).
inline std::vector<std::size_t> other_axes(const axes& table, std::span<const std::size_t> some) {
    std::vector<std::size_t> others;
    for (std::size_t k = 0; k < table.rank(); ++k)
        if (!std::binary_search(some.begin(), some.end(), k)) others.push_back(k);
    return others;
}

/// A table's axes without all but `kept` (ascending), and the label columns that these suffice for.
inline axes keep_axes(const axes& table, std::span<const std::size_t> kept) {
    std::vector<axis> list;
    for (const auto k : kept) list.push_back(table[k]);
    axes result(std::move(list));
    for (const auto& column : table.label_columns()) {
        const auto spanned = spanned_axes(table, {{column.name}});
        if (std::includes(kept.begin(), kept.end(), spanned.begin(), spanned.end())) result.add(column);
    }
    result.set_title(table.title());
    result.set_provenance(table.provenance());
    return result;
}

} // namespace detail

/// The axes of a table of groups: the grouped axes in the table's order, the label columns all of whose axes
/// are among them, title and provenance. The number of a group is its row number here.
/// @throws lookup_error (unknown_column)
inline axes group_axes(const axes& table, const by_columns& columns) {
    return detail::keep_axes(table, detail::spanned_axes(table, columns));
}

} // namespace svdlens::inline v0_2

#endif
