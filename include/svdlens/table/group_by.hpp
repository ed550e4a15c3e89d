/// @file
/// Aggregates of groups: one row a group, one column an aggregate.
#ifndef SVDLENS_TABLE_GROUP_BY_HPP
#define SVDLENS_TABLE_GROUP_BY_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../core/detail/text_table.hpp"
#include "../core/execution.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "aggregates.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

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
    return to_string(detail::head_and_tail(std::move(header), table.size(), detail::printed_groups, cells)) + "\n[" +
           to_text(table.size()) + " rows x " + to_text(labels.size() + sizeof...(A)) + " columns]\n";
}

template <aggregate... A>
std::ostream& operator<<(std::ostream& out, const grouped_table<A...>& table) {
    return out << to_string(table);
}


namespace detail {

/// The groups that have rows, and their values.
template <std::floating_point T, aggregate... A>
grouped_table<A...> to_grouped_table(axes table, const group_states<T, A...>& all,
                                     const std::tuple<A...>& aggregates) {
    std::vector<row_number> rows;
    rows.reserve(all.count_present());
    for (std::size_t g = 0; g < all.size(); ++g)
        if (all.has(g)) rows.push_back(g);
    typename grouped_table<A...>::value_lists values;
    for_each_index<sizeof...(A)>([&](auto k) {
        values[k].reserve(rows.size());
        for (const auto row : rows)
            values[k].push_back(
                std::get<k>(aggregates).value(all.template states<k>()[static_cast<std::size_t>(row)]));
    });
    return grouped_table<A...>(std::move(table), std::move(rows), std::move(values));
}

/// `group_by` over axes of these numbers, ascending, for a verb that holds `extra` bytes more a group.
template <score_source S, aggregate... A>
grouped_table<A...> group_by_axes(const std::string& verb, const S& source,
                                  const std::vector<std::size_t>& grouped, const std::tuple<A...>& aggregates,
                                  std::uint64_t extra, const group_options& options, const execution& run) {
    using states = group_states<typename S::value_type, A...>;
    const grouping groups(source.axes(), grouped);
    const std::uint64_t result = sizeof(row_number) + sizeof...(A) * sizeof(double);
    check_budget(verb, "groups", groups.groups(), states::bytes + result + extra, options);
    return to_grouped_table(keep_axes(source.axes(), grouped),
                            aggregate_groups(source, groups, aggregates, run), aggregates);
}

} // namespace detail

/// Aggregates of every group of rows that agree in the columns:
/// @code
/// auto heads = group_by(scores, by("layer", "head"), std::tuple{aggregates::mean{}, aggregates::energy{}});
/// auto means = heads.get<aggregates::mean>();   // a table over layer and head
/// @endcode
/// A group without a row is absent; one of NaN scores only is there, with what its aggregate gives for no
/// number
/// (`single`: NaN). The same bits for any number of threads and for stored against lazy; extremes and counts
/// depend on no cut into blocks either.
///
/// One pass, O(rows + groups). Memory, of which the budget counts all but the last: for each group 1 + 8
/// (sum, count, double extremes; 4: float extremes; 16: mean, single; 24: std) bytes, 8 + 8 * aggregates for
/// the result, and for each thread a block and as much for each of its rows at most.
/// @throws lookup_error (unknown_column)
/// @throws argument_error (invalid_argument) for more groups than the memory budget or
/// `grouping::most_groups` allow
template <score_source S, aggregate... A>
grouped_table<A...> group_by(const S& source, const by_columns& columns, const std::tuple<A...>& aggregates,
                             const group_options& options = {}, const execution& run = {}) {
    static_assert(sizeof...(A) > 0, "group_by: name at least one aggregate");
    const auto grouped = detail::spanned_axes(source.axes(), columns);
    return detail::group_by_axes("group_by", source, grouped, aggregates, 0, options, run);
}

/// One aggregate: `group_by(scores, by("head"), aggregates::abs_max{}, {}, {.threads = 4})`.
template <score_source S, aggregate A>
grouped_table<A> group_by(const S& source, const by_columns& columns, const A& a,
                          const group_options& options = {}, const execution& run = {}) {
    return group_by(source, columns, std::tuple<A>(a), options, run);
}

/// Several aggregates, on all threads: `group_by(scores, by("head"), aggregates::mean{}, aggregates::max{})`.
template <score_source S, aggregate A, aggregate B, aggregate... More>
grouped_table<A, B, More...> group_by(const S& source, const by_columns& columns, const A& a, const B& b,
                                      const More&... more) {
    return group_by(source, columns, std::tuple<A, B, More...>(a, b, more...));
}

} // namespace svdlens::inline v0_2

#endif
