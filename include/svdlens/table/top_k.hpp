/// @file
/// The k highest or lowest rows of a table or of each of its groups.
#ifndef SVDLENS_TABLE_TOP_K_HPP
#define SVDLENS_TABLE_TOP_K_HPP

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "by.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "detail/rows/best_rows.hpp"
#include "detail/rows/row_list.hpp"
#include "scan.hpp"
#include "score_key.hpp"
#include "score_source.hpp"
#include "selection.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A row that may be among the best of its group.
template <std::floating_point T>
struct group_candidate {
    std::uint64_t group;
    scored_row<T> entry;
};

/// The best rows of every group, with bounds that workers read while others hand their finds over. A stale
/// bound only lets more candidates through, and what is best depends on no order.
template <std::floating_point T, class Order>
class group_bests {
  public:
    /// Bytes that every group takes, with rows or without.
    static constexpr std::size_t bytes = sizeof(best_rows<T, Order>) + sizeof(std::atomic<T>);

    group_bests(std::uint64_t groups, std::size_t k) :
        k_(k), bests_(static_cast<std::size_t>(groups)), bounds_(static_cast<std::size_t>(groups)) {
        for (auto& bound : bounds_) bound.store(Order::template worst<T>, std::memory_order_relaxed);
    }

    std::size_t k() const { return k_; }

    T bound(std::uint64_t group) const {
        return bounds_[static_cast<std::size_t>(group)].load(std::memory_order_relaxed);
    }

    /// Any thread.
    void offer(const std::vector<group_candidate<T>>& found) {
        const std::lock_guard lock(mutex_);
        for (const auto& [group, entry] : found) offer(static_cast<std::size_t>(group), entry);
    }

    /// All groups' best rows, group by group, best first.
    row_list<T> take() {
        row_list<T> result;
        for (auto& best : bests_) {
            best.sort(k_);
            for (const auto& entry : best.rows()) result.push_back(entry.row, entry.score);
            best = {};
        }
        return result;
    }

  private:
    void offer(std::size_t group, const scored_row<T>& entry) {
        auto& best = bests_[group];
        const std::size_t before = best.rows().size();
        best.offer(entry, k_);
        // The first k rows give a bound already; later ones come with the pruning of the buffer.
        if (best.rows().size() == k_ && before + 1 == k_) best.prune(k_);
        bounds_[group].store(best.bound(), std::memory_order_relaxed);
    }

    std::mutex mutex_;
    std::size_t k_;
    std::vector<best_rows<T, Order>> bests_;
    std::vector<std::atomic<T>> bounds_;
};

/// What a worker has found. Rows of the group at hand go to `best`, which keeps k of them: where a block is a
/// whole group the common bound is of no use yet.
template <std::floating_point T, class Order>
class top_k_state {
  public:
    /// Looks at the rows of a block.
    void scan(const score_block<T>& block, const grouping& groups, group_bests<T, Order>& all) {
        for (std::size_t r = 0; r < block.runs; ++r) {
            const auto piece = block.run(r);
            groups.for_spans(piece, [&](std::uint64_t group, std::size_t begin, std::size_t end) {
                if (group != group_ || best_.rows().size() >= handful) begin_group(group, all);
                offer_run(best_, piece, begin, end, all.k());
            });
        }
        hand_over(all);
    }

  private:
    static constexpr auto no_group = static_cast<std::uint64_t>(-1);
    static constexpr std::size_t handful = 4096; ///< rows that a worker keeps to itself

    void begin_group(std::uint64_t group, group_bests<T, Order>& all) {
        flush(all.k());
        if (candidates_.size() >= handful) hand_over(all);
        group_ = group;
        best_.raise(all.bound(group));
    }

    void hand_over(group_bests<T, Order>& all) {
        flush(all.k());
        if (!candidates_.empty()) all.offer(candidates_);
        candidates_.clear();
    }

    void flush(std::size_t k) {
        if (best_.rows().size() > k) best_.prune(k);
        for (const auto& entry : best_.rows()) candidates_.push_back({group_, entry});
        best_.clear();
        group_ = no_group;
    }

    std::uint64_t group_ = no_group;
    best_rows<T, Order> best_;
    std::vector<group_candidate<T>> candidates_;
};

template <class Order, score_source S>
basic_selection<typename S::value_type> best_of_groups(const S& source, std::uint64_t wanted,
                                                       const grouping& groups, const execution& run) {
    using T = typename S::value_type;
    using state = top_k_state<T, Order>;
    const auto k = static_cast<std::size_t>((std::min)(wanted, source.max_rows()));
    if (k == 0) return basic_selection<T>(source.axes(), {}, {});
    group_bests<T, Order> all(groups.groups(), k);
    scan<state>(
        source, run, [&](const auto& block, state& mine) { mine.scan(block, groups, all); }, [](state&) {});
    auto best = all.take();
    return basic_selection<T>(source.axes(), std::move(best.rows), std::move(best.scores));
}

/// The k best rows of each group of any source; of the whole table where no column is named.
/// @throws argument_error (invalid_argument) for more groups than the budget allows
template <class Order, std::floating_point T>
basic_selection<T> find_best(const char* verb, const score_source_ref<T>& source, std::uint64_t k,
                             const by_columns& columns, const execution& run) {
    const grouping groups(source.axes(), columns);
    if (!columns.names.empty())
        check_budget(verb, "groups", groups.groups(), group_bests<T, Order>::bytes, run);
    return best_of_groups<Order>(source, k, groups, run);
}

#ifdef SVDLENS_COMPILED
extern template basic_selection<float>
find_best<highest_first<signed_score>>(const char*, const score_source_ref<float>&, std::uint64_t,
                                       const by_columns&, const execution&);
extern template basic_selection<double>
find_best<highest_first<signed_score>>(const char*, const score_source_ref<double>&, std::uint64_t,
                                       const by_columns&, const execution&);
extern template basic_selection<float> find_best<highest_first<magnitude>>(const char*,
                                                                           const score_source_ref<float>&,
                                                                           std::uint64_t, const by_columns&,
                                                                           const execution&);
extern template basic_selection<double> find_best<highest_first<magnitude>>(const char*,
                                                                            const score_source_ref<double>&,
                                                                            std::uint64_t, const by_columns&,
                                                                            const execution&);
extern template basic_selection<float> find_best<lowest_first<signed_score>>(const char*,
                                                                             const score_source_ref<float>&,
                                                                             std::uint64_t, const by_columns&,
                                                                             const execution&);
extern template basic_selection<double>
find_best<lowest_first<signed_score>>(const char*, const score_source_ref<double>&, std::uint64_t,
                                      const by_columns&, const execution&);
extern template basic_selection<float> find_best<lowest_first<magnitude>>(const char*,
                                                                          const score_source_ref<float>&,
                                                                          std::uint64_t, const by_columns&,
                                                                          const execution&);
extern template basic_selection<double> find_best<lowest_first<magnitude>>(const char*,
                                                                           const score_source_ref<double>&,
                                                                           std::uint64_t, const by_columns&,
                                                                           const execution&);
#endif

} // namespace detail

/// The k highest rows of the table; by |score|: `top_k<magnitude>(table, 5)`, which keeps the signed scores.
/// The order is total (key, then the lower row number), so the result does not depend on blocks or threads;
/// NaN is never among them. Rows come highest first.
///
/// One pass, O(rows). Memory: (2 k + 16) * 16 bytes at most, half as much more while it grows, 8 + sizeof(T)
/// bytes a row of the result, and a block for each thread.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> top_k(const S& source, std::uint64_t k, const execution& run = {}) {
    return detail::find_best<detail::highest_first<Key>, typename S::value_type>("top_k", source, k, by(),
                                                                                 run);
}

/// The k highest rows of each group: `top_k(table, 5, by("layer", "head"))`. A group with fewer rows gives
/// all it has. Rows come group by group, highest first.
///
/// One pass, O(rows + groups). Memory: for each group 32 + sizeof(T) bytes, which the budget counts, and that
/// of `top_k` for the whole table.
/// @throws lookup_error (unknown_column); argument_error (invalid_argument) for more groups than the budget
/// or 2^28 allow
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> top_k(const S& source, std::uint64_t k, const by_columns& columns,
                                              const execution& run = {}) {
    return detail::find_best<detail::highest_first<Key>, typename S::value_type>("top_k", source, k, columns,
                                                                                 run);
}

/// The k lowest rows of the table, lowest first; between equal ones the lower row number comes first. All
/// else as `top_k`.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> bottom_k(const S& source, std::uint64_t k,
                                                 const execution& run = {}) {
    return detail::find_best<detail::lowest_first<Key>, typename S::value_type>("bottom_k", source, k, by(),
                                                                                run);
}

/// The k lowest rows of each group, lowest first. All else as `top_k` of groups.
template <score_key Key = signed_score, score_source S>
basic_selection<typename S::value_type> bottom_k(const S& source, std::uint64_t k, const by_columns& columns,
                                                 const execution& run = {}) {
    return detail::find_best<detail::lowest_first<Key>, typename S::value_type>("bottom_k", source, k,
                                                                                columns, run);
}

} // namespace svdlens::inline v0_2

#endif
