/// @file
/// The axes of a table without some of them.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_KEPT_AXES_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_KEPT_AXES_HPP

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../../tensor/axes.hpp"

namespace svdlens::inline v0_2::detail {

/// The axes that are not among `some` (ascending).
inline std::vector<std::size_t> other_axes(const axes& table, std::span<const std::size_t> some) {
    std::vector<std::size_t> others;
    for (std::size_t k = 0; k < table.rank(); ++k)
        if (!std::binary_search(some.begin(), some.end(), k)) others.push_back(k);
    return others;
}

/// The axes that a column does not span. @throws lookup_error (unknown_column)
inline std::vector<std::size_t> axes_beside(const axes& table, const std::string& column) {
    return other_axes(table, table.spanned_axes(column));
}

/// A table's axes without all but `kept` (ascending), and the label columns that these suffice for.
inline axes keep_axes(const axes& table, std::span<const std::size_t> kept) {
    std::vector<axis> list;
    for (const auto k : kept) list.push_back(table[k]);
    axes result(std::move(list));
    for (const auto& column : table.label_columns()) {
        const auto spanned = table.spanned_axes(column.name);
        if (std::includes(kept.begin(), kept.end(), spanned.begin(), spanned.end())) result.add(column);
    }
    result.set_title(table.title());
    result.set_provenance(table.provenance());
    return result;
}

} // namespace svdlens::inline v0_2::detail

#endif
