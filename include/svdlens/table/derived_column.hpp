/// @file
/// Columns made from rows: labels and numbers by a function, flags by a condition.
#ifndef SVDLENS_TABLE_DERIVED_COLUMN_HPP
#define SVDLENS_TABLE_DERIVED_COLUMN_HPP

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../tensor/axes.hpp"
#include "detail/filter/row_filter.hpp"
#include "predicate.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// A numeric column: a size, an opacity. Writers call it from several threads at once.
struct derived_column {
    std::string name;
    std::function<double(row_number, double)> value;
    /// Whose row numbers `value` knows, as `flag` fills in; a table with other axes is refused. None: any table.
    std::optional<axes> rows_of = {};
};

/// A text column: a flag, a class. Writers call it from several threads at once.
struct derived_label {
    std::string name;
    std::function<std::string(row_number, double)> text;
    std::optional<axes> rows_of = {}; ///< as above
};

/// Rows that meet a condition: `flag("early", table.axes(), column("layer") < 2)`. Refers to no table: the
/// condition is looked up now. O(log rows of a mask) a row. A column of tables with these axes alone.
/// @throws lookup_error (unknown_column, unknown_label); argument_error (invalid_argument) as `where`
inline derived_column flag(std::string name, const axes& table, const predicate& condition) {
    const auto filter = std::make_shared<const detail::row_filter>(table, condition);
    return {std::move(name),
            [filter](row_number row, double score) { return (*filter)(row, score) ? 1.0 : 0.0; }, table};
}

/// Rows that a selection, or what else is in memory, of the same table has: `flag("strongest", top_k(table,
/// 20))`. Holds 8 bytes a row. O(log rows) a row. A column of tables with the same axes alone.
template <stored_source S>
derived_column flag(std::string name, const S& among) {
    auto rows = std::make_shared<std::vector<row_number>>(among.size());
    for (std::size_t k = 0; k < rows->size(); ++k) (*rows)[k] = among.row_at(k);
    std::sort(rows->begin(), rows->end());
    return {std::move(name),
            [rows](row_number row, double) {
                return std::binary_search(rows->begin(), rows->end(), row) ? 1.0 : 0.0;
            },
            among.axes()};
}

} // namespace svdlens::inline v0_2

#endif
