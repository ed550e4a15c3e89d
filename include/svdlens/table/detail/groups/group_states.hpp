/// @file
/// The one pass of all grouped verbs: aggregates of every group of any score source.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_GROUP_STATES_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_GROUP_STATES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../aggregates.hpp"
#include "../../scan.hpp"
#include "../../score_source.hpp"
#include "add_scores.hpp"
#include "block_groups.hpp"
#include "grouping.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// @throws argument_error (invalid_argument) when `count` things of `bytes` each are over the budget
inline void check_budget(const std::string& verb, const std::string& things, std::uint64_t count,
                         std::uint64_t bytes, const execution& run) {
    if (count <= run.memory_budget / bytes) return;
    throw argument_error(errc::invalid_argument,
                         verb + ": " + to_text(count) + " " + things + " of " + to_text(bytes) +
                             " bytes each are over the memory budget of " + to_text(run.memory_budget) +
                             " bytes; " + (things == "groups" ? "group by fewer columns or " : "") +
                             "raise execution::memory_budget");
}

/// The states of some groups for each of the aggregates, and which groups have rows.
template <std::floating_point T, aggregate... A>
class group_states {
  public:
    static constexpr std::size_t count = sizeof...(A);
    /// Bytes a group.
    static constexpr std::size_t bytes = (sizeof(aggregate_state<A, T>) + ... + sizeof(unsigned char));

    void reset(std::size_t groups) {
        present_.assign(groups, 0);
        for_each_index<count>([&](auto k) {
            auto& states = std::get<k>(states_);
            states.assign(groups, {});
        });
    }

    /// Adds the scores of a piece of a block.
    void add(const std::tuple<A...>& aggregates, const score_run<T>& run, const block_groups::piece& p) {
        const auto scores = run.scores.subspan(p.begin, p.end - p.begin);
        const std::size_t groups = p.step == 0 ? 1 : scores.size();
        std::fill_n(present_.data() + p.place, groups, static_cast<unsigned char>(1));
        for_each_index<count>([&](auto k) {
            auto* const states = std::get<k>(states_).data() + p.place;
            if (p.step == 0)
                add_all(std::get<k>(aggregates), *states, scores);
            else
                add_each(std::get<k>(aggregates), states, scores);
        });
    }

    /// Adds states of later rows: those of `part` from `s.place` on to the groups from `s.group` on.
    void merge(const std::tuple<A...>& aggregates, const group_states& part, const block_groups::segment& s) {
        const auto group = static_cast<std::size_t>(s.group);
        auto* const mine_present = present_.data() + group; // a byte's store would have the vectors read anew
        const auto* const theirs_present = part.present_.data() + s.place;
        for (std::size_t j = 0; j < s.count; ++j) mine_present[j] |= theirs_present[j];
        for_each_index<count>([&](auto k) {
            const auto& a = std::get<k>(aggregates);
            auto* const mine = std::get<k>(states_).data() + group;
            const auto* const theirs = std::get<k>(part.states_).data() + s.place;
            for (std::size_t j = 0; j < s.count; ++j) a.merge(mine[j], theirs[j]);
        });
    }

    std::size_t size() const { return present_.size(); }
    bool has(std::size_t group) const { return present_[group] != 0; }
    std::size_t count_present() const {
        return static_cast<std::size_t>(std::count(present_.begin(), present_.end(), 1));
    }

    /// The states of the k-th aggregate.
    template <std::size_t K>
    const auto& states() const {
        return std::get<K>(states_);
    }

  private:
    std::vector<unsigned char> present_; // not bool: bytes are filled and merged many at a time
    std::tuple<std::vector<aggregate_state<A, T>>...> states_;
};

/// A worker's part: the states of one block.
template <std::floating_point T, aggregate... A>
struct block_states {
    block_groups groups;
    group_states<T, A...> states;
};

/// The aggregates of every group, in one pass; blocks are merged in their order, so the bits do not depend on
/// threads. Memory: `group_states::bytes` a group; for each thread at most as much for each row of a block,
/// and 64 bytes a stretch of it.
template <score_source S, aggregate... A>
group_states<typename S::value_type, A...> aggregate_groups(const S& source, const grouping& groups,
                                                            const std::tuple<A...>& aggregates,
                                                            const execution& run) {
    using T = typename S::value_type;
    using part = block_states<T, A...>;
    group_states<T, A...> all;
    all.reset(static_cast<std::size_t>(groups.groups()));
    scan_in_order<part>(
        source, run,
        [&](const auto& block, part& mine) {
            mine.groups.cut(block, groups);
            mine.states.reset(mine.groups.places());
            for (const auto& p : mine.groups.pieces()) mine.states.add(aggregates, block.run(p.run), p);
        },
        [&](const part& mine) {
            for (const auto& s : mine.groups.segments()) all.merge(aggregates, mine.states, s);
        });
    return all;
}

/// The values of one aggregate for every group; NaN where there is no row.
template <score_source S, aggregate A>
std::vector<double> group_values(const S& source, const grouping& groups, const A& a, const execution& run) {
    const auto all = aggregate_groups(source, groups, std::tuple<A>(a), run);
    std::vector<double> values(all.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t g = 0; g < values.size(); ++g)
        if (all.has(g)) values[g] = a.value(all.template states<0>()[g]);
    return values;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
