/// @file
/// One row a group, one column an aggregate: what `group_by` gives.
#ifndef SVDLENS_TABLE_GROUPED_TABLE_HPP
#define SVDLENS_TABLE_GROUPED_TABLE_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "selection.hpp"
#include "../core/text_table.hpp"

namespace svdlens::inline v0 {

/// The groups that have rows, ascending, with the values of each aggregate. A group's number is its row
/// number in `axes()`, the table's axes without those that were aggregated over. Memory: 8 + 8 * aggregates
/// bytes a group.
template <aggregate... A>
class grouped_table {
  public:
    /// One list of values an aggregate.
    using value_lists = std::array<std::vector<double>, sizeof...(A)>;

    /// As many values in each list as rows.
    grouped_table(svdlens::axes axes, std::vector<row_number> rows, value_lists values) :
        axes_(std::move(axes)), rows_(std::move(rows)), values_(std::move(values)) {}

    const svdlens::axes& axes() const { return axes_; }
    std::size_t size() const { return rows_.size(); }
    bool empty() const { return rows_.empty(); }

    std::span<const row_number> rows() const& { return rows_; }
    std::vector<row_number> rows() && { return std::move(rows_); }

    /// The values of the K-th aggregate, in the order of the rows.
    template <std::size_t K = 0>
    std::span<const double> values() const& {
        return values_[K];
    }
    template <std::size_t K = 0>
    std::vector<double> values() && {
        return std::move(values_[K]);
    }

    /// The K-th aggregate as the scores of a table of its own, on which all verbs work.
    template <std::size_t K = 0>
    basic_selection<double> column() const& {
        return basic_selection<double>(axes_, rows_, values_[K]);
    }
    template <std::size_t K = 0>
    basic_selection<double> column() && {
        return basic_selection<double>(std::move(axes_), std::move(rows_), std::move(values_[K]));
    }

    /// The column of the aggregate of that type: `get<aggregates::mean>()`.
    template <aggregate X>
    basic_selection<double> get() const& {
        return column<position<X>()>();
    }
    template <aggregate X>
    basic_selection<double> get() && {
        return std::move(*this).template column<position<X>()>();
    }

    /// A table of one aggregate is that column.
    operator basic_selection<double>() const& requires(sizeof...(A) == 1) { return column(); }
    operator basic_selection<double>() && requires(sizeof...(A) == 1) { return std::move(*this).column(); }

    /// What the K-th aggregate is called in print.
    template <std::size_t K>
    static std::string name() {
        return detail::aggregate_name<std::tuple_element_t<K, std::tuple<A...>>>();
    }

  private:
    template <class X>
    static constexpr std::size_t position() {
        constexpr std::array<bool, sizeof...(A)> same{std::same_as<X, A>...};
        static_assert((std::same_as<X, A> || ...), "group_by was not asked for this aggregate");
        std::size_t k = 0;
        while (!same[k]) ++k;
        return k;
    }

    svdlens::axes axes_;
    std::vector<row_number> rows_;
    value_lists values_;
};

namespace detail {

/// How many groups print in full.
inline constexpr std::size_t printed_groups = 10;

} // namespace detail

/// Aligned columns: the number of each group, its labels, its values to six significant digits; the first and
/// the last groups where there are many, and how many there are.
template <aggregate... A>
std::string to_string(const grouped_table<A...>& table) {
    const auto labels = table.axes().column_names();
    std::vector<std::string> header{""};
    header.insert(header.end(), labels.begin(), labels.end());
    for (const auto& name : {detail::aggregate_name<A>()...}) header.push_back(name);
    const auto cells = [&](std::size_t row) {
        const row_number group = table.rows()[row];
        std::vector<std::string> line{to_text(group)};
        for (const auto& name : labels) line.push_back(table.axes().label(group, name));
        detail::for_each_index<sizeof...(A)>(
            [&](auto k) { line.push_back(to_rounded_text(table.template values<k>()[row], 6)); });
        return line;
    };
    return to_string(head_and_tail(std::move(header), table.size(), detail::printed_groups, cells)) + "\n[" +
           to_text(table.size()) + " rows x " + to_text(labels.size() + sizeof...(A)) + " columns]\n";
}

template <aggregate... A>
std::ostream& operator<<(std::ostream& out, const grouped_table<A...>& table) {
    return out << to_string(table);
}

} // namespace svdlens::inline v0

#endif
