/// @file
/// The values of a column at the rows of a figure: what colours, places and facets go by.
#ifndef SVDLENS_PLOT_DETAIL_CATEGORIES_HPP
#define SVDLENS_PLOT_DETAIL_CATEGORIES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../table/by.hpp"
#include "../../table/derived_column.hpp"
#include "../../table/detail/rows/row_columns.hpp"
#include "../../table/selection.hpp"
#include "../../tensor/axes.hpp"
#include "../../tensor/sub_index.hpp"
#include "../row_options.hpp"
#include "labels.hpp"

namespace svdlens::inline v0_2::plot {

namespace detail {

/// Colours and lines in one figure: more cannot be told apart, nor looked up in a legend.
inline constexpr std::size_t most_categories = 200;

/// The different values of a column, and which one each row has.
struct categories {
    std::string name;
    json labels = json::array();     ///< as plotly shows them, all different
    std::vector<std::size_t> of_row; ///< one a row

    std::size_t size() const { return labels.size(); }
};

inline void append_shown_number(std::string& out, double value) { out += to_rounded_text(value, 6); }

template <std::floating_point T>
void append_shown_score(std::string& out, T score) {
    append_shown_number(out, static_cast<double>(score));
}

/// Turns the text from `start` on into a label as plotly shows it.
inline void show_label(std::string& out, std::size_t start) {
    std::string text = shown_label(std::string_view(out).substr(start));
    out.erase(start);
    out += text;
}

template <std::floating_point T>
inline constexpr svdlens::detail::row_style<T> shown_style{"plot", append_shown_score<T>, append_shown_number,
                                                           show_label};

/// The categories of keys, one a row, in ascending order; `label(row)` is that of the key which the k-th
/// row has.
template <class Key, class Label>
categories number_keys(std::string name, const std::vector<Key>& keys, Label label) {
    std::map<Key, std::size_t> first; // key to a row that has it, then to its number
    for (std::size_t k = 0; k < keys.size(); ++k) first.emplace(keys[k], k);
    categories result{.name = std::move(name), .of_row = {}};
    label_list labels;
    for (auto& [key, row] : first) {
        label(labels, key, row);
        row = labels.size() - 1;
    }
    result.labels = labels.texts();
    result.of_row.reserve(keys.size());
    for (const auto& key : keys) result.of_row.push_back(first.at(key));
    return result;
}

/// Of a column of the table: by its index, since labels may repeat.
template <std::floating_point T>
categories table_categories(const basic_selection<T>& rows, const std::string& name) {
    const sub_index index(rows.axes(), {name});
    const resolved_column text(rows.axes(), name);
    std::vector<std::uint64_t> keys;
    keys.reserve(rows.size());
    for (const auto row : rows.rows()) keys.push_back(index.index(row));
    return number_keys(name, keys, [&](label_list& labels, std::uint64_t key, std::size_t k) {
        labels.add(text.text(rows.row_at(k)), key);
    });
}

/// What computed values are told apart and ordered by: NaN is one value, behind the numbers.
inline std::pair<bool, double> key_of(double value) {
    return std::isnan(value) ? std::pair(true, 0.0) : std::pair(false, value);
}
inline std::string key_of(std::string text) { return text; }

/// Of a computed column: by its text, or number.
template <class Key, std::floating_point T, class Value>
categories computed_categories(const basic_selection<T>& rows, const std::string& name, const Value& value) {
    std::vector<Key> keys;
    for (std::size_t k = 0; k < rows.size(); ++k)
        keys.push_back(key_of(value(rows.row_at(k), static_cast<double>(rows.score_at(k)))));
    return number_keys(name, keys, [](label_list& labels, const Key& key, std::size_t k) {
        if constexpr (std::same_as<Key, std::string>)
            labels.add(key, k);
        else
            labels.add(to_text(key.first ? std::numeric_limits<double>::quiet_NaN() : key.second), k);
    });
}

/// Whether the figure computes a column of that name.
inline bool is_computed(std::string_view name, const computed_columns& computed) {
    const auto has_name = [&](const auto& column) { return column.name == name; };
    return std::any_of(computed.numbers.begin(), computed.numbers.end(), has_name) ||
           std::any_of(computed.labels.begin(), computed.labels.end(), has_name);
}

/// The values of the column of that name; no name: one value, which has no label.
/// @throws lookup_error (unknown_column); argument_error (invalid_argument) for more than `most` values
template <std::floating_point T>
categories find_categories(const basic_selection<T>& rows, const std::string& name,
                           const computed_columns& computed, std::size_t most) {
    if (name.empty())
        return {.name = {}, .labels = json::array({""}), .of_row = std::vector<std::size_t>(rows.size())};
    const auto find = [&]() -> categories {
        for (const auto& column : computed.numbers)
            if (column.name == name)
                return computed_categories<std::pair<bool, double>>(rows, name, column.value);
        for (const auto& column : computed.labels)
            if (column.name == name) return computed_categories<std::string>(rows, name, column.text);
        return table_categories(rows, name);
    };
    categories result = find();
    if (result.size() > most)
        throw argument_error(errc::invalid_argument,
                             "plot: column " + quoted(name) + " has " + to_text(result.size()) +
                                 " values, expected at most " + to_text(most) +
                                 " here; narrow the table with where() or take another column");
    return result;
}

/// Those of the names that are columns of the table, which can be grouped by.
inline by_columns table_columns_of(std::vector<std::string> names, const computed_columns& computed) {
    by_columns result;
    for (auto& name : names)
        if (!name.empty() && !is_computed(name, computed)) result.names.push_back(std::move(name));
    return result;
}

} // namespace detail

} // namespace svdlens::inline v0_2::plot

#endif
