/// @file
/// Tails in one pass: what lies beyond running bounds is kept, and the exact bounds come from what is kept.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_TAIL_SCAN_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_TAIL_SCAN_HPP

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "../../bounds.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../order/quantile_place.hpp"
#include "../order/stretches.hpp"
#include "../rows/best_rows.hpp"
#include "../rows/row_list.hpp"
#include "bounds.hpp"
#include "found_tails.hpp"
#include "running_tail.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// How many rows from each end decide the tails of at most `most` scores.
struct tail_sizes {
    std::size_t low = 0;
    std::size_t high = 0;

    /// Of fewer scores no more rows are needed. Exactly: the low rank ascends with their number; the high one
    /// falls behind by less than the number does, but for rounding, which the one more covers.
    tail_sizes(std::uint64_t most, const tail_options& wanted) {
        if (most == 0) return;
        const auto size = [&](std::uint64_t rows) {
            return static_cast<std::size_t>((std::min)(rows, most));
        };
        if (wanted.low) low = size(find_place(most, *wanted.low, quantile_rule::linear).high + 1);
        if (wanted.high) high = size(most - find_place(most, *wanted.high, quantile_rule::linear).low + 1);
    }
};

/// Not between two bounds: what lies beyond them, and NaN. Without branches.
template <std::floating_point T, score_key Key>
struct not_between_test {
    T low;
    T high;

    bool operator()(T score) const {
        const T key = Key{}(score);
        return !((key >= low) & (key <= high));
    }
};

/// What a worker has found and not handed over yet.
template <std::floating_point T>
struct tail_candidates {
    std::vector<scored_row<T>> low;
    std::vector<scored_row<T>> high;
    std::uint64_t rows = 0;
    std::uint64_t nan_count = 0;
    std::optional<std::pair<T, T>> bounds; ///< of both ends, where another process has found them

    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(low, high, rows, nan_count, bounds);
    }
};

/// Both tails of one pass. Workers test against bounds that may be stale, which only costs candidates; what
/// is kept in the end depends on neither order nor threads.
template <std::floating_point T, score_key Key>
class tail_scan {
  public:
    explicit tail_scan(const tail_sizes& sizes) : low_(sizes.low), high_(sizes.high) { publish(); }

    /// Any thread.
    void scan(const score_block<T>& block, tail_candidates<T>& mine) {
        mine.rows += block.size();
        for (std::size_t k = 0; k < block.runs; ++k) scan(block.run(k), mine);
    }

    /// Any thread.
    void hand_over(tail_candidates<T>& mine) {
        const std::lock_guard lock(mutex_);
        if (mine.bounds) {
            low_.raise(mine.bounds->first);
            high_.raise(mine.bounds->second);
            mine.bounds.reset();
        }
        low_.add(mine.low);
        high_.add(mine.high);
        count_ += mine.rows - mine.nan_count;
        publish();
        mine.low.clear();
        mine.high.clear();
        mine.rows = mine.nan_count = 0;
    }

    /// All that was handed over, as candidates of their own.
    void gather(tail_candidates<T>& all) const {
        all = {low_.rows(), high_.rows(), count_, 0, std::pair(low_.bound(), high_.bound())};
    }

    /// Once all is handed over.
    found_tails<T> take(const tail_options& wanted) {
        found_tails<T> result;
        if (count_ == 0) return result;
        result.bounds = to_bounds(wanted.low ? low_bound(*wanted.low) : no_bound,
                                  wanted.high ? high_bound(*wanted.high) : no_bound);
        // Each end by its own bound: a row may be a candidate of both.
        const auto below = [test = outside_test<T, Key>({.low = result.bounds.low})](
                               const scored_row<T>& entry) { return test(entry.score); };
        const auto above = [test = outside_test<T, Key>({.high = result.bounds.high})](
                               const scored_row<T>& entry) { return test(entry.score); };
        result.rows.reserve(low_.count_if(below) + high_.count_if(above));
        low_.move_if(below, result.rows);
        high_.move_if(above, result.rows);
        return result;
    }

  private:
    static constexpr std::size_t handful = 4096; ///< candidates that a worker keeps to itself

    not_between_test<T, Key> test() const {
        return {low_now_.load(std::memory_order_relaxed), high_now_.load(std::memory_order_relaxed)};
    }

    void publish() {
        low_now_.store(low_.bound(), std::memory_order_relaxed);
        high_now_.store(high_.bound(), std::memory_order_relaxed);
    }

    void scan(const score_run<T>& run, tail_candidates<T>& mine) {
        auto now = test();
        for_hits(run.scores, 0, run.scores.size(), now, [&](std::size_t k) {
            const T score = run.scores[k];
            const T key = Key{}(score);
            if (key < now.low) mine.low.push_back({run.row(k), score});
            if (key > now.high) mine.high.push_back({run.row(k), score});
            if (key != key) ++mine.nan_count;
            if (mine.low.size() + mine.high.size() < handful) return;
            hand_over(mine);
            now = test();
        });
    }

    double low_bound(double probability) {
        const auto place = find_place(count_, probability, quantile_rule::linear);
        const auto [low, high] =
            low_.keys_at(static_cast<std::size_t>(place.low), static_cast<std::size_t>(place.high));
        return interpolate(static_cast<double>(low), static_cast<double>(high), place.share);
    }

    double high_bound(double probability) {
        const auto place = find_place(count_, probability, quantile_rule::linear);
        const auto [high, low] = high_.keys_at(static_cast<std::size_t>(count_ - 1 - place.high),
                                               static_cast<std::size_t>(count_ - 1 - place.low));
        return interpolate(static_cast<double>(low), static_cast<double>(high), place.share);
    }

    std::mutex mutex_;
    running_tail<T, lowest_first<Key>> low_;
    running_tail<T, highest_first<Key>> high_;
    std::uint64_t count_ = 0; ///< scores that are not NaN
    std::atomic<T> low_now_;
    std::atomic<T> high_now_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
