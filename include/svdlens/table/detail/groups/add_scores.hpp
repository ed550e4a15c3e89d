/// @file
/// How scores are added to an aggregate's state: one, many at once, each to its own.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_ADD_SCORES_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_ADD_SCORES_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "../../aggregates.hpp"
#include "moments.hpp"

namespace svdlens::inline v0_2::detail {

template <class A, class T>
struct find_aggregate_state {
    using type = typename A::state;
};

template <class A, class T>
    requires requires { typename A::template state_for<T>; }
struct find_aggregate_state<A, T> {
    using type = typename A::template state_for<T>;
};

/// What an aggregate holds for a group of scores of T.
template <class A, class T>
using aggregate_state = typename find_aggregate_state<A, T>::type;

template <class A>
constexpr nan_scores nan_rule() {
    if constexpr (requires { A::nan; })
        return A::nan;
    else
        return nan_scores::left_out;
}

template <class A>
std::string aggregate_name() {
    if constexpr (requires { A::name(); })
        return A::name();
    else
        return "aggregate";
}

/// Calls `use(std::integral_constant<std::size_t, k>)` for k = 0 .. N - 1.
template <std::size_t N, class Use>
void for_each_index(Use use) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
        (use(std::integral_constant<std::size_t, K>{}), ...);
    }(std::make_index_sequence<N>{});
}

/// Adds one score.
template <class A, class State, std::floating_point T>
void add_score(const A& a, State& state, T score) {
    if constexpr (nan_rule<A>() == nan_scores::left_out) {
        if (score == score) a.add(state, score);
    } else {
        a.add(state, score);
    }
}

/// Adds the k-th score to the k-th state: rows along a grouped axis.
template <class A, class State, std::floating_point T>
void add_each(const A& a, State* states, std::span<const T> scores) {
    const T* const x = scores.data();
    for (std::size_t k = 0; k < scores.size(); ++k) add_score(a, states[k], x[k]);
}

/// How many lines `add_lines` adds at once: a state is fetched and put back once for so many scores.
inline constexpr std::size_t lines_together = 4;

/// Adds the k-th scores of some lines to the k-th state, one line after the other: the bits are those of `add_each` for
/// each of them.
template <class A, class State, std::floating_point T>
void add_lines(const A& a, State* states, const std::array<const T*, lines_together>& lines,
               std::size_t size) {
    const auto [x, y, z, w] = lines;
    for (std::size_t k = 0; k < size; ++k) {
        State state = states[k];
        add_score(a, state, x[k]);
        add_score(a, state, y[k]);
        add_score(a, state, z[k]);
        add_score(a, state, w[k]);
        states[k] = state;
    }
}

/// Adds scores to one state, in lanes.
template <class A, class State, std::floating_point T>
void add_in_lanes(const A& a, State& state, std::span<const T> scores) {
    std::array<State, lane_count> parts{};
    for_lanes(scores, [&](const T* x) {
        for (std::size_t l = 0; l < lane_count; ++l) a.add(parts[l], x[l]);
    });
    for (const auto& part : parts) a.merge(state, part);
}

/// Adds scores to one state: a span of rows of one group.
template <class A, class State, std::floating_point T>
void add_all(const A& a, State& state, std::span<const T> scores) {
    constexpr bool in_lanes = nan_rule<A>() == nan_scores::skipped;
    const bool is_long = scores.size() >= 2 * lane_count;
    if constexpr (requires { a.add_span(state, scores); }) {
        if (is_long) return a.add_span(state, scores);
    } else if constexpr (in_lanes) {
        if (is_long) return add_in_lanes(a, state, scores);
    }
    for (const T score : scores) add_score(a, state, score);
}

} // namespace svdlens::inline v0_2::detail

#endif
