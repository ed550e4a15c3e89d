/// @file
/// Columns to group by, the axes that they span, and the axes of a table of groups.
#ifndef SVDLENS_TABLE_BY_HPP
#define SVDLENS_TABLE_BY_HPP

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include "../tensor/axes.hpp"
#include "detail/groups/kept_axes.hpp"

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

/// The axes of a table of groups: the grouped axes in the table's order, the label columns all of whose axes
/// are among them, title and provenance. The number of a group is its row number here, and the index that
/// `sub_index` gives its rows.
/// @throws lookup_error (unknown_column)
inline axes group_axes(const axes& table, const by_columns& columns) {
    return detail::keep_axes(table, table.spanned_axes(columns.names));
}

} // namespace svdlens::inline v0_2

#endif
