/// @file
/// `group_by`: aggregates of every group of rows, in one pass.
#ifndef SVDLENS_TABLE_GROUP_BY_HPP
#define SVDLENS_TABLE_GROUP_BY_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "aggregates.hpp"
#include "group_states.hpp"
#include "grouped_table.hpp"
#include "grouping.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0 {

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

} // namespace svdlens::inline v0

#endif
