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
#include "../../question.hpp"
#include "../../score_columns.hpp"
#include "../../score_source.hpp"
#include "../ask/question_loop.hpp"
#include "add_scores.hpp"
#include "group_states.hpp"
#include "grouping.hpp"
#include "kept_axes.hpp"

namespace svdlens::inline v0_2::detail {

/// The groups that have rows, ascending, with a column an aggregate.
template <std::floating_point T, aggregate... A>
score_columns to_score_columns(axes table, const group_table<T, A...>& all,
                               const std::tuple<A...>& aggregates) {
    std::vector<row_number> rows;
    std::vector<std::size_t> places;
    rows.reserve(all.count_present());
    places.reserve(rows.capacity());
    all.for_groups([&](std::uint64_t group, std::size_t place) {
        rows.push_back(group);
        places.push_back(place);
    });
    std::vector<std::vector<double>> values(sizeof...(A));
    for_each_index<sizeof...(A)>([&](auto k) {
        values[k].reserve(rows.size());
        for (const auto place : places)
            values[k].push_back(std::get<k>(aggregates).value(all.template states<k>()[place]));
    });
    return {std::move(table), std::move(rows), {aggregate_name<A>()...}, std::move(values)};
}

/// Aggregates of groups as columns: one pass.
template <std::floating_point T, aggregate... A>
class bound_columns {
  public:
    /// @param grouped the numbers of the axes, ascending
    /// @param extra bytes a group that the verb holds beside states and columns
    bound_columns(std::string verb, const asked_table<T>& table, const std::vector<std::size_t>& grouped,
                  const std::tuple<A...>& aggregates, std::uint64_t extra) :
        axes_(keep_axes(table.axes, grouped)),
        groups_(std::move(verb), table, grouping(table.axes, grouped), aggregates,
                group_states<T, A...>::bytes + sizeof(row_number) + sizeof...(A) * sizeof(double) + extra) {}

    template <class Use>
    void parts(const Use& use) {
        use(groups_);
    }

    score_columns result() { return to_score_columns(axes_, groups_.result(), groups_.aggregates()); }

  private:
    axes axes_;
    group_question<T, A...> groups_;
};

/// The aggregates of groups over axes of these numbers, ascending, for a verb that holds `extra` bytes more
/// a group.
template <score_source S, aggregate... A>
score_columns group_by_axes(const std::string& verb, const S& source, const std::vector<std::size_t>& grouped,
                            const std::tuple<A...>& aggregates, std::uint64_t extra, const execution& run) {
    const score_source_ref<typename S::value_type> whole(source);
    bound_columns question(verb, to_asked_table(whole, run), grouped, aggregates, extra);
    return answer(whole, question, run);
}

} // namespace svdlens::inline v0_2::detail

#endif
