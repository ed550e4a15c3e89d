/// @file
/// What the report's tables have in common: heads, far ends, and how many of them fit a figure.
#ifndef SVDLENS_REPORT_DETAIL_HEAD_COLUMNS_HPP
#define SVDLENS_REPORT_DETAIL_HEAD_COLUMNS_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../../plot/figure.hpp"
#include "../../plot/palette.hpp"
#include "../../projection/projection.hpp"
#include "../../table/by.hpp"
#include "../../table/derived_column.hpp"
#include "../../table/predicate.hpp"
#include "../../table/score_source.hpp"
#include "../../table/selection.hpp"
#include "../../table/where.hpp"
#include "../../tensor/axes.hpp"
#include "../../tensor/sub_index.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Whether one end of a table's rows is a head's direction.
inline bool is_of_heads(const axes& table) { return table.find_axis("head").has_value(); }

/// How many heads a table has.
inline std::uint64_t count_heads(const axes& table) { return sub_index(table, {"head"}).size(); }

/// The column that colours go by: `head` where so many can be told apart, else `layer`; nothing without heads.
inline std::string color_column(const axes& table) {
    if (!is_of_heads(table)) return {};
    return count_heads(table) <= 35 ? "head" : "layer";
}

/// The figure with the traces of heads in the hues that heads have on the whole page.
/// @param table of the figure, with an axis of heads
inline plot::figure in_head_hues(plot::figure f, const axes& table) {
    const axes heads = group_axes(table, by("head"));
    std::map<std::string, std::string> hues;
    for (row_number row = 0; row < heads.shape_rows(); ++row)
        hues[heads.label(row, "head")] = plot::hue(heads.coordinate(row, 0), heads.coordinate(row, 1));
    for (auto& trace : f.data) {
        const auto hue = hues.find(trace.value("name", std::string()));
        if (hue == hues.end()) continue;
        for (const char* part : {"line", "marker"})
            if (trace.contains(part)) trace[part]["color"] = hue->second;
    }
    return f;
}

/// The column that strips stand side by side by.
inline std::string strip_column(const axes& table) { return count_heads(table) <= 500 ? "head" : "layer"; }

/// All rows of some far ends, which are given as rows of a table grouped by their column.
template <score_source S>
auto rows_of(const S& scores, const basic_selection<double>& ends, const std::string& far_end) {
    const auto spanned = scores.axes().spanned_axes(far_end);
    if (spanned.size() == 1) {
        const auto index = axis_index(scores.axes()[spanned.front()].name); // labels may repeat
        return where(scores, index.in(std::vector<std::int64_t>(ends.rows().begin(), ends.rows().end())));
    }
    std::vector<std::string> labels;
    for (const auto row : ends.rows()) labels.push_back(ends.axes().label(row, far_end));
    return where(scores, column(far_end).in(labels));
}

/// The largest and the mean |score| of few far ends by head. Unlike `group_by` it holds nothing for groups
/// without a row: there may be as many groups as heads × tokens.
struct head_groups {
    basic_selection<double> largest;
    basic_selection<double> mean;
};

/// O(rows log groups)
template <std::floating_point T>
head_groups group_by_head(const basic_selection<T>& rows, const std::string& far_end) {
    struct group {
        double largest = 0, sum = 0, count = 0;
    };
    const auto columns = by(far_end, "head");
    const sub_index index(rows.axes(), columns.names);
    std::map<row_number, group> groups;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const double size = std::abs(static_cast<double>(rows.score_at(k)));
        auto& of_row = groups[index.index(rows.row_at(k))];
        of_row.largest = (std::max)(of_row.largest, size);
        of_row.sum += size;
        of_row.count += 1;
    }
    std::vector<row_number> numbers;
    std::vector<double> largest, mean;
    for (const auto& [number, of_group] : groups) {
        numbers.push_back(number);
        largest.push_back(of_group.largest);
        mean.push_back(of_group.sum / of_group.count);
    }
    const axes table = group_axes(rows.axes(), columns);
    return {{table, numbers, std::move(largest)}, {table, numbers, std::move(mean)}};
}

/// What stands beside every edge: the direction's singular value, and the kinds of score that do not depend
/// on it and that do.
template <std::floating_point T>
std::vector<derived_column> score_columns(const basic_projection<T>& scores) {
    const auto& table = scores.axes();
    return {{"S", [scores](row_number row, double) { return scores.parts(row).singular_value; }, table},
            {"cosine", [scores](row_number row, double) { return scores.parts(row).cosine; }, table},
            {"scaled", [scores](row_number row, double) { return scores.parts(row).scaled; }, table}};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
