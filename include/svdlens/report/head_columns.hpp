/// @file
/// What the report's tables have in common: heads, far ends, and how many of them fit a figure.
#ifndef SVDLENS_REPORT_HEAD_COLUMNS_HPP
#define SVDLENS_REPORT_HEAD_COLUMNS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../projection/projection.hpp"
#include "../table/column_index.hpp"
#include "../table/derived_column.hpp"
#include "../table/group_axes.hpp"
#include "../table/selection.hpp"
#include "../table/top_k.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// The column that colours go by: `head` where so many can be told apart, else `layer`.
inline std::string color_column(const axes& table) {
    constexpr std::uint64_t most = 35;
    std::uint64_t heads = 1;
    for (const auto k : table.spanned_axes("head")) heads *= table[k].extent;
    return heads <= most ? "head" : "layer";
}

/// Of a table of groups, the rows of the `count` far ends that have the largest |score|.
template <std::floating_point T>
basic_selection<T> of_strongest(const basic_selection<T>& groups, const std::string& far_end,
                                std::size_t count) {
    const auto best = top_k<magnitude>(top_k<magnitude>(groups, 1, by(far_end)), count);
    const column_index index(groups.axes(), by(far_end));
    std::unordered_set<std::uint64_t> wanted;
    for (const auto row : best.rows()) wanted.insert(index(row));
    std::vector<row_number> rows;
    std::vector<T> scores;
    for (std::size_t k = 0; k < groups.size(); ++k) {
        if (!wanted.contains(index(groups.row_at(k)))) continue;
        rows.push_back(groups.row_at(k));
        scores.push_back(groups.score_at(k));
    }
    return {groups.axes(), std::move(rows), std::move(scores)};
}

/// What stands beside every edge: the direction's singular value, and the kinds of score that do not depend
/// on it and that do.
template <std::floating_point T>
std::vector<derived_column> score_columns(const basic_projection<T>& scores) {
    return {{"S", [scores](row_number row, double) { return scores.parts(row).singular_value; }},
            {"cosine", [scores](row_number row, double) { return scores.parts(row).cosine; }},
            {"scaled", [scores](row_number row, double) { return scores.parts(row).scaled; }}};
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
