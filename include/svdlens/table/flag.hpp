/// @file
/// Derived columns that mark rows: 1 where a condition holds or a selection has the row, else 0.
#ifndef SVDLENS_TABLE_FLAG_HPP
#define SVDLENS_TABLE_FLAG_HPP

#include <algorithm>
#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../tensor/axes.hpp"
#include "derived_column.hpp"
#include "predicate.hpp"
#include "row_filter.hpp"
#include "selection.hpp"

namespace svdlens::inline v0 {

/// Rows that meet a condition: `flag("early", table.axes(), column("layer") < 2)`. Refers to no table: the
/// condition is looked up now. O(log rows of a mask) a row.
/// @throws lookup_error (unknown_column, unknown_label); argument_error (invalid_argument) as `where`
inline derived_column flag(std::string name, const axes& table, const predicate& condition) {
    const auto filter = std::make_shared<const detail::row_filter>(table, condition);
    return {std::move(name),
            [filter](row_number row, double score) { return (*filter)(row, score) ? 1.0 : 0.0; }};
}

/// Rows that a selection of the same table has: `flag("strongest", top_k(table, 20))`. Holds 8 bytes a row.
/// O(log rows) a row.
template <std::floating_point T>
derived_column flag(std::string name, const basic_selection<T>& among) {
    auto rows = std::make_shared<std::vector<row_number>>(among.rows().begin(), among.rows().end());
    std::sort(rows->begin(), rows->end());
    return {std::move(name), [rows](row_number row, double) {
                return std::binary_search(rows->begin(), rows->end(), row) ? 1.0 : 0.0;
            }};
}

} // namespace svdlens::inline v0

#endif
