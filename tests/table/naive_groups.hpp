/// @file
/// Groups made row by row from the definition: what grouped verbs have to agree with.
#ifndef SVDLENS_TESTS_TABLE_NAIVE_GROUPS_HPP
#define SVDLENS_TESTS_TABLE_NAIVE_GROUPS_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/random_scores.hpp"
#include "svdlens/table/by.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/score_source.hpp"

namespace svdlens_tests {

/// The scores of each group in row order, NaN among them, by the group's number.
using naive_groups = std::map<std::uint64_t, std::vector<double>>;

/// The number of a row's group: its index along the axes that the columns name, raveled.
inline std::uint64_t naive_group(const svdlens::axes& table, const svdlens::by_columns& columns,
                                 svdlens::row_number row) {
    std::set<std::size_t> grouped;
    for (const auto& name : columns.names)
        for (const auto k : table.spanned_axes(name)) grouped.insert(k);
    const auto index = table.index(row);
    std::uint64_t number = 0;
    for (const auto k : grouped) number = number * table[k].extent + index[k];
    return number;
}

/// All rows of a source with their scores, ascending.
template <class S>
std::map<svdlens::row_number, double> naive_rows(const S& source) {
    std::map<svdlens::row_number, double> found;
    svdlens::block_buffer<typename S::value_type> buffer;
    for (std::size_t i = 0; i < source.blocks(); ++i) {
        const auto block = source.block(i, buffer);
        for (std::size_t r = 0; r < block.runs; ++r)
            for (std::size_t k = 0; k < block.width; ++k)
                found[block.run(r).row(k)] = static_cast<double>(block.run(r).scores[k]);
    }
    return found;
}

template <class S>
naive_groups group_naively(const S& source, const svdlens::by_columns& columns) {
    naive_groups groups;
    for (const auto& [row, score] : naive_rows(source))
        groups[naive_group(source.axes(), columns, row)].push_back(score);
    return groups;
}

inline std::vector<double> numbers_of(const std::vector<double>& scores) {
    std::vector<double> numbers;
    std::copy_if(scores.begin(), scores.end(), std::back_inserter(numbers),
                 [](double x) { return !std::isnan(x); });
    return numbers;
}

/// Tables of rank 0 to 4, extents 0 and 1 among them, with label columns over one and two axes.
inline std::vector<svdlens::axes> small_shapes() {
    using list = std::vector<svdlens::axis>;
    std::vector<svdlens::axes> shapes{svdlens::axes(),
                                      svdlens::axes(list{{"a", 7}}),
                                      svdlens::axes(list{{"a", 0}}),
                                      svdlens::axes(list{{"a", 1}}),
                                      svdlens::axes(list{{"a", 5}, {"b", 40}}),
                                      svdlens::axes(list{{"a", 40}, {"b", 3}}),
                                      svdlens::axes(list{{"a", 4}, {"b", 1}, {"c", 70}}),
                                      svdlens::axes(list{{"a", 3}, {"b", 0}, {"c", 2}}),
                                      svdlens::axes(list{{"a", 2}, {"b", 3}, {"c", 5}, {"d", 33}}),
                                      svdlens::axes(list{{"a", 3}, {"b", 6}, {"c", 1}, {"d", 50}})};
    for (auto& shape : shapes) {
        if (shape.rank() > 1) shape.add({"pair", "{a}.{b}"});
        if (shape.rank() > 2) shape.add({"ends", "{c}/{a}"});
    }
    return shapes;
}

/// Every choice of axes of a table as columns to group by, and its label columns.
inline std::vector<svdlens::by_columns> column_choices(const svdlens::axes& table) {
    std::vector<svdlens::by_columns> choices;
    for (std::size_t set = 0; set < std::size_t{1} << table.rank(); ++set) {
        svdlens::by_columns columns;
        for (std::size_t k = table.rank(); k-- > 0;)
            if ((set >> k & 1U) != 0) columns.names.push_back(table[k].name);
        choices.push_back(columns);
    }
    for (const auto& column : table.label_columns()) choices.push_back({{column.name}});
    return choices;
}

/// The same number: both NaN, or equal to 1e-12 relative.
inline bool same_number(double a, double b, double scale = 0) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    if (a == b) return true;
    return std::abs(a - b) <= 1e-12 * (std::max)({std::abs(a), std::abs(b), scale});
}

} // namespace svdlens_tests

#endif
