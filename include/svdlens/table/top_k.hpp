/// @file
/// The k highest or lowest rows of a table or of each of its groups.
#ifndef SVDLENS_TABLE_TOP_K_HPP
#define SVDLENS_TABLE_TOP_K_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "by.hpp"
#include "detail/ask/question_loop.hpp"
#include "detail/groups/group_places.hpp"
#include "detail/groups/group_states.hpp"
#include "detail/groups/grouping.hpp"
#include "detail/rows/best_rows.hpp"
#include "detail/rows/row_list.hpp"
#include "question.hpp"
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

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(group, entry);
    }
};

/// The best rows of every group that occurs. What is best depends on no order.
template <std::floating_point T, class Order>
class group_bests {
  public:
    /// Bytes a group, and up to eight times as much where few of its neighbours occur.
    static constexpr std::size_t bytes = sizeof(best_rows<T, Order>) + sizeof(T);

    explicit group_bests(std::size_t k) : k_(k) {}

    std::size_t k() const { return k_; }

    /// Any thread. Calls `note(group, bound)` with the bound that each of the groups has now.
    template <class Note>
    void offer(const std::vector<group_candidate<T>>& found, Note note) {
        const std::lock_guard lock(mutex_);
        for (const auto& [group, entry] : found) note(group, offer(group, entry));
    }

    /// How many groups it has room for.
    std::size_t size() {
        const std::lock_guard lock(mutex_);
        return bests_.size();
    }

    /// All that are held, as candidates.
    std::vector<group_candidate<T>> candidates() {
        const std::lock_guard lock(mutex_);
        std::vector<group_candidate<T>> result;
        places_.for_groups([&](std::uint64_t group, std::size_t place) {
            if (place >= bests_.size()) return;
            bests_[place].prune(k_);
            for (const auto& entry : bests_[place].rows()) result.push_back({group, entry});
        });
        return result;
    }

    /// All groups' best rows, group by group, best first.
    row_list<T> take() {
        row_list<T> result;
        places_.for_groups([&](std::uint64_t, std::size_t place) {
            auto& best = bests_[place];
            best.sort(k_);
            for (const auto& entry : best.rows()) result.push_back(entry.row, entry.score);
            best = {};
        });
        return result;
    }

  private:
    T offer(std::uint64_t group, const scored_row<T>& entry) {
        const std::size_t place = places_.place(group);
        if (place >= bests_.size()) bests_.resize(places_.size());
        auto& best = bests_[place];
        const std::size_t before = best.rows().size();
        best.offer(entry, k_);
        // The first k rows give a bound already; later ones come with the pruning of the buffer.
        if (best.rows().size() == k_ && before + 1 == k_) best.prune(k_);
        return best.bound();
    }

    std::mutex mutex_;
    std::size_t k_;
    group_places places_;
    std::vector<best_rows<T, Order>> bests_;
};

/// What a worker has found, and the bounds of groups as they were when it handed rows over: a stale one only lets more
/// candidates through. Rows of the group at hand go to `best`, which keeps k of them: where a block is a whole group
/// the bound is of no use yet.
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

    /// What another process has found.
    void take_over(group_bests<T, Order>& all) {
        all.offer(candidates_, [](std::uint64_t, T) {});
        candidates_.clear();
    }
    void gather(group_bests<T, Order>& all) { candidates_ = all.candidates(); }

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(candidates_);
    }
    bool fits(std::uint64_t groups, std::uint64_t rows) const {
        return std::all_of(candidates_.begin(), candidates_.end(),
                           [&](const auto& each) { return each.group < groups && each.entry.row < rows; });
    }

  private:
    static constexpr auto no_group = static_cast<std::uint64_t>(-1);
    static constexpr std::size_t handful = 4096; ///< rows that a worker keeps to itself

    T& bound(std::uint64_t group) {
        const std::size_t place = places_.place(group);
        if (place >= bounds_.size()) bounds_.resize(places_.size(), Order::template worst<T>);
        return bounds_[place];
    }

    void begin_group(std::uint64_t group, group_bests<T, Order>& all) {
        flush(all.k());
        if (candidates_.size() >= handful) hand_over(all);
        group_ = group;
        best_.raise(bound(group));
    }

    void hand_over(group_bests<T, Order>& all) {
        flush(all.k());
        if (candidates_.empty()) return;
        all.offer(candidates_, [&](std::uint64_t group, T now) { bound(group) = now; });
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
    group_places places_;
    std::vector<T> bounds_;
};

/// The k best rows of each group: one pass.
template <std::floating_point T, class Order>
class bound_top_k {
  public:
    using state = top_k_state<T, Order>;
    static constexpr merge_order order = merge_order::any;
    struct plan {};

    /// @throws argument_error (invalid_argument) where it is known already that groups are over the budget
    bound_top_k(const char* verb, const asked_table<T>& table, std::uint64_t k, const by_columns& columns) :
        verb_(verb), axes_(&table.axes), groups_(table.axes, columns), is_grouped_(!columns.names.empty()),
        run_(&table.run),
        bests_(std::make_unique<bests>(static_cast<std::size_t>((std::min)(k, table.max_rows)))) {
        const auto most = (std::min)(groups_.groups(), table.max_rows);
        if (is_grouped_)
            bytes_ = most > run_->memory_budget / bests::bytes ? run_->memory_budget : most * bests::bytes;
        if (table.in_memory || table.tiles != nullptr) check(most); // its rows are all there
        is_done_ = bests_->k() == 0;
    }

    unsigned passes_left() const { return is_done_ ? 0 : 1; }
    std::uint64_t bytes() const { return bytes_; }
    plan begin_pass() const { return {}; }
    void look(const plan&, const score_block<T>& block, state& mine) const {
        mine.scan(block, groups_, *bests_);
        check((std::min<std::uint64_t>)(bests_->size(), groups_.groups()));
    }
    void merge(state&, state& later) const { later.take_over(*bests_); } // workers have handed over before
    void gather(state& all) const { all.gather(*bests_); }
    bool fits(const state& read) const { return read.fits(groups_.groups(), axes_->shape_rows()); }
    void end_pass(state&) { is_done_ = true; }

    basic_selection<T> result() {
        auto best = bests_->take();
        return {*axes_, std::move(best.rows), std::move(best.scores)};
    }

  private:
    using bests = group_bests<T, Order>;

    void check(std::uint64_t groups) const {
        if (is_grouped_) check_budget(verb_, "groups", groups, bests::bytes, *run_);
    }

    const char* verb_;
    const axes* axes_;
    grouping groups_;
    bool is_grouped_;
    const execution* run_;
    std::uint64_t bytes_ = 0;
    std::unique_ptr<bests> bests_; // workers hand over to it
    bool is_done_ = false;
};

/// `top_k` and `bottom_k` without a source; of the whole table where no column is named.
template <class Order>
struct best_question {
    const char* verb;
    std::uint64_t k;
    by_columns columns;

    template <std::floating_point T>
    bound_top_k<T, Order> bind(const asked_table<T>& table) const {
        return {verb, table, k, columns};
    }
};

/// The k best rows of each group of any source; of the whole table where no column is named.
/// @throws argument_error (invalid_argument) for more groups than the budget allows
template <class Order, std::floating_point T>
basic_selection<T> find_best(const char* verb, const score_source_ref<T>& source, std::uint64_t k,
                             const by_columns& columns, const execution& run) {
    return ask_one(source, best_question<Order>{verb, k, columns}, run);
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
/// One pass, O(rows). Memory: for each group that occurs 32 + sizeof(T) bytes, which the budget counts, up to eight
/// times as much where few of its neighbours occur, sizeof(T) for each thread, and that of `top_k` for the whole table.
/// @throws lookup_error (unknown_column); argument_error (invalid_argument) for more groups than the budget
/// allows
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

/// The questions that `top_k` and `bottom_k` answer, for `ask`: `top_k(5, by("head"))`. @{
template <score_key Key = signed_score>
detail::best_question<detail::highest_first<Key>> top_k(std::uint64_t k, by_columns columns = {}) {
    return {"top_k", k, std::move(columns)};
}
template <score_key Key = signed_score>
detail::best_question<detail::lowest_first<Key>> bottom_k(std::uint64_t k, by_columns columns = {}) {
    return {"bottom_k", k, std::move(columns)};
}
/// @}

} // namespace svdlens::inline v0_2

#endif
