/// @file
/// The labels that stand beside those of each group: which neurons each head's direction has, and the like.
#ifndef SVDLENS_TABLE_LABEL_LISTS_HPP
#define SVDLENS_TABLE_LABEL_LISTS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "detail/groups/grouping.hpp"
#include "score_source.hpp"
#include "store.hpp"

namespace svdlens::inline v0_2 {

/// A group's labels, and those of its rows in other columns.
struct label_list {
    std::vector<std::string> labels;             ///< one for each column grouped by
    std::vector<std::vector<std::string>> items; ///< for each row one label for each listed column
    std::uint64_t group = 0; ///< its `sub_index` over the axes grouped by: labels may repeat
};

namespace detail {

struct row_in_group {
    std::uint64_t group;
    row_number row;
};

/// The rows whose score is not NaN by group, in the source's order inside a group.
template <stored_source S>
std::vector<row_in_group> rows_by_group(const S& source, const grouping& groups) {
    std::vector<row_in_group> rows;
    for (std::size_t k = 0; k < source.size(); ++k) {
        const auto score = source.score_at(k);
        const auto row = source.row_at(k);
        if (score == score) rows.push_back({groups.group(row), row});
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const row_in_group& a, const row_in_group& b) { return a.group < b.group; });
    return rows;
}

/// The columns of these names, looked up once.
inline std::vector<resolved_column> resolved_columns(const axes& table, const by_columns& columns) {
    std::vector<resolved_column> result;
    for (const auto& name : columns.names) result.emplace_back(table, name);
    return result;
}

inline std::vector<std::string> labels_of(const std::vector<resolved_column>& columns, row_number row) {
    std::vector<std::string> labels;
    for (const auto& column : columns) labels.push_back(column.text(row));
    return labels;
}

} // namespace detail

/// For every group with numbers, ascending, the labels that its rows have in other columns:
/// `label_lists(tails, by("head", "direction"), by("neuron"))`. One item a row whose score is not NaN, in row
/// order; of a selection in its own order. Labels that repeat are listed each time.
///
/// O(rows log rows). Memory: 16 bytes a row (twice while it is sorted) and the text; sources that are not in
/// memory are collected first.
/// @throws lookup_error (unknown_column)
template <score_source S>
std::vector<label_list> label_lists(const S& source, const by_columns& columns, const by_columns& listed,
                                    const execution& run = {}) {
    const axes& table = source.axes();
    const detail::grouping groups(table, columns);
    const auto names = detail::resolved_columns(table, columns),
               others = detail::resolved_columns(table, listed);
    if constexpr (!stored_source<S>) {
        return label_lists(collect(source, run), columns, listed, run);
    } else {
        run.throw_if_stopped();
        std::vector<label_list> lists;
        for (const auto& entry : detail::rows_by_group(source, groups)) {
            if (lists.empty() || lists.back().group != entry.group)
                lists.push_back({detail::labels_of(names, entry.row), {}, entry.group});
            lists.back().items.push_back(detail::labels_of(others, entry.row));
        }
        return lists;
    }
}

} // namespace svdlens::inline v0_2

#endif
