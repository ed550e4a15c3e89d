/// @file
/// Aggregates of groups as columns of numbers.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_GROUP_COLUMNS_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_GROUP_COLUMNS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../../tensor/axes.hpp"
#include "../../aggregates.hpp"
#include "../../by.hpp"
#include "../../score_columns.hpp"
#include "../../score_source.hpp"
#include "add_scores.hpp"
#include "group_states.hpp"
#include "grouping.hpp"

namespace svdlens::inline v0_2::detail {

/// The groups that have rows, ascending, with a column an aggregate.
template <std::floating_point T, aggregate... A>
score_columns to_score_columns(axes table, const group_states<T, A...>& all,
                               const std::tuple<A...>& aggregates) {
    std::vector<row_number> rows;
    rows.reserve(all.count_present());
    for (std::size_t g = 0; g < all.size(); ++g)
        if (all.has(g)) rows.push_back(g);
    std::vector<std::vector<double>> values(sizeof...(A));
    for_each_index<sizeof...(A)>([&](auto k) {
        values[k].reserve(rows.size());
        for (const auto row : rows)
            values[k].push_back(
                std::get<k>(aggregates).value(all.template states<k>()[static_cast<std::size_t>(row)]));
    });
    return {std::move(table), std::move(rows), {aggregate_name<A>()...}, std::move(values)};
}

/// The aggregates of groups over axes of these numbers, ascending, for a verb that holds `extra` bytes more
/// a group.
template <score_source S, aggregate... A>
score_columns group_by_axes(const std::string& verb, const S& source, const std::vector<std::size_t>& grouped,
                            const std::tuple<A...>& aggregates, std::uint64_t extra, const execution& run) {
    using states = group_states<typename S::value_type, A...>;
    const grouping groups(source.axes(), grouped);
    const std::uint64_t result = sizeof(row_number) + sizeof...(A) * sizeof(double);
    check_budget(verb, "groups", groups.groups(), states::bytes + result + extra, run);
    return to_score_columns(keep_axes(source.axes(), grouped),
                            aggregate_groups(source, groups, aggregates, run), aggregates);
}

} // namespace svdlens::inline v0_2::detail

#endif
