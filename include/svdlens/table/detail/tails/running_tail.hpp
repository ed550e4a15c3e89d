/// @file
/// One end of a distribution, kept while the rows go by.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_RUNNING_TAIL_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_RUNNING_TAIL_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "../rows/row_list.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The rows that are strictly better than the `wanted`-th best so far, under `highest_first`
/// or `lowest_first`.
///
/// Rows that tie with the bound are not held: a tail is what lies strictly beyond it, and what stands at the
/// ranks that the held rows do not reach is the bound itself. So memory stays within 3/2 of `wanted` whatever
/// the scores are: all equal, in order, or few different ones.
template <std::floating_point T, class Order>
class running_tail {
  public:
    /// @param wanted 0: nothing is ever better
    explicit running_tail(std::size_t wanted) :
        wanted_(wanted), most_(most_held(wanted)),
        bound_(wanted == 0 ? -Order::template worst<T> : Order::template worst<T>) {}

    /// The rows that it holds at most.
    static std::size_t most_held(std::size_t wanted) {
        constexpr std::size_t few = 4096;
        return wanted == 0 ? 0 : wanted + (std::max)(wanted / 2, few);
    }

    /// A row whose key is not strictly better is not in the tail.
    T bound() const { return bound_; }

    /// Takes rows whose keys are better than a bound that stood at some time. Amortised O(1) a row.
    void add(std::span<const scored_row<T>> found) {
        for (const auto& entry : found) {
            if (!is_better(entry)) continue;
            if (rows_.size() == most_) prune();
            if (is_better(entry)) push_back(entry);
        }
    }

    /// All that are held.
    const std::vector<scored_row<T>>& rows() const { return rows_; }

    /// Takes over a bound that as many rows reach, of some rows that another process looked at: what does not reach it is
    /// in no tail.
    void raise(T bound) {
        if (Order::reaches(bound, bound_)) bound_ = bound;
        std::erase_if(rows_, [&](const auto& entry) { return !is_better(entry); });
    }

    /// The keys at two places, the same or neighbours, the best one's place being 0. Only once all rows are
    /// in, and for places below both `wanted` and the number of rows that went by. O(rows held)
    std::pair<T, T> keys_at(std::size_t better, std::size_t worse) {
        if (better >= rows_.size()) return {bound_, bound_};
        const T at_worse = worse < rows_.size() ? nth_key(worse) : bound_;
        if (better == worse) return {at_worse, at_worse};
        if (worse == rows_.size()) fill_keys(1);
        const auto end = keys_.begin() + static_cast<std::ptrdiff_t>(worse);
        return {*std::max_element(keys_.begin(), end, comes_first), at_worse};
    }

    /// How many of the rows that are held pass a test.
    template <class Test>
    std::size_t count_if(const Test& test) const {
        return static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), test));
    }

    /// Appends those to a list and gives up all that is held.
    template <class Test>
    void move_if(const Test& test, row_list<T>& list) {
        for (const auto& entry : rows_)
            if (test(entry)) list.push_back(entry.row, entry.score);
        rows_ = {};
        keys_ = {};
    }

  private:
    bool is_better(const scored_row<T>& entry) const {
        return !Order::reaches(bound_, Order::key(entry.score));
    }

    /// All at once: growing would copy, and leave holes in the heap; room that is not used costs no memory.
    void push_back(const scored_row<T>& entry) {
        if (rows_.capacity() == 0) rows_.reserve(most_);
        rows_.push_back(entry);
    }

    static bool comes_first(T a, T b) { return !Order::reaches(b, a); }

    /// The keys of every `step`-th row.
    void fill_keys(std::size_t step) {
        keys_.clear();
        keys_.reserve((rows_.size() + step - 1) / step);
        for (std::size_t k = 0; k < rows_.size(); k += step) keys_.push_back(Order::key(rows_[k].score));
    }

    /// Among keys alone: a fourth of the bytes, no ties to break, and the rows stay in their order. Of every
    /// `step`-th row; those before the place come before it.
    T nth_key(std::size_t place, std::size_t step = 1) {
        fill_keys(step);
        const auto at = keys_.begin() + static_cast<std::ptrdiff_t>(place);
        std::nth_element(keys_.begin(), at, keys_.end(), comes_first);
        return *at;
    }

    /// Any bound will do that `wanted` rows reach. One from a sample costs a tenth of the exact one, which is
    /// taken where the sample misleads or few rows would go.
    void prune() {
        T bound = sampled_bound();
        const auto reaching = static_cast<std::size_t>(
            std::count_if(rows_.begin(), rows_.end(), [&](const scored_row<T>& entry) {
                return Order::reaches(Order::key(entry.score), bound);
            }));
        if (reaching < wanted_ || reaching > wanted_ + (most_ - wanted_) / 2) bound = nth_key(wanted_ - 1);
        bound_ = bound;
        std::size_t kept = 0;
        for (const auto& entry : rows_) { // no branch that could be mispredicted
            rows_[kept] = entry;
            kept += static_cast<std::size_t>(is_better(entry));
        }
        rows_.resize(kept);
    }

    /// Reached by a few more than `wanted` of the rows, most likely.
    T sampled_bound() {
        constexpr std::size_t sample = 1024;
        const std::size_t step = (std::max<std::size_t>)(1, rows_.size() / sample);
        const std::size_t taken = (rows_.size() + step - 1) / step;
        const std::size_t safe = taken / 20; // three standard deviations
        return nth_key((std::min)(taken - 1, wanted_ / step + safe), step);
    }

    std::size_t wanted_;
    std::size_t most_;
    T bound_;
    std::vector<scored_row<T>> rows_;
    std::vector<T> keys_; ///< room to select in
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
