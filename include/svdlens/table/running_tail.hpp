/// @file
/// One end of a distribution, kept while the rows go by.
#ifndef SVDLENS_TABLE_RUNNING_TAIL_HPP
#define SVDLENS_TABLE_RUNNING_TAIL_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include "row_order.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// The rows that are strictly better than the `wanted`-th best so far, under `highest_first` or
/// `lowest_first`.
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

    /// The key at a place, the best one's being 0. Only once all rows are in, and for places below both
    /// `wanted` and the number of rows that went by. O(rows held)
    T key_at(std::size_t place) {
        if (place >= rows_.size()) return bound_;
        return Order::key(nth(place)->score);
    }

    /// How many of the rows that are held pass a test.
    template <class Test>
    std::size_t count_if(const Test& test) const {
        return static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), test));
    }

    /// Appends those to a list, in no order, and gives up all that is held.
    template <class Test>
    void move_if(const Test& test, row_list<T>& list) {
        for (const auto& entry : rows_)
            if (test(entry)) list.push_back(entry.row, entry.score);
        rows_ = {};
    }

  private:
    bool is_better(const scored_row<T>& entry) const {
        return !Order::reaches(bound_, Order::key(entry.score));
    }

    void push_back(const scored_row<T>& entry) {
        constexpr std::size_t least = 64;
        if (rows_.size() == rows_.capacity())
            rows_.reserve(
                (std::min)(most_, (std::max)(least, 2 * rows_.size()))); // never more than is needed
        rows_.push_back(entry);
    }

    typename std::vector<scored_row<T>>::iterator nth(std::size_t place) {
        const auto at = rows_.begin() + static_cast<std::ptrdiff_t>(place);
        std::nth_element(rows_.begin(), at, rows_.end(), Order::template before<T>);
        return at;
    }

    /// At least `wanted` rows are held.
    void prune() {
        bound_ = Order::key(nth(wanted_ - 1)->score);
        rows_.resize(wanted_ - 1);
        const auto tied = [&](const scored_row<T>& entry) { return !is_better(entry); };
        rows_.erase(std::remove_if(rows_.begin(), rows_.end(), tied), rows_.end());
    }

    std::size_t wanted_;
    std::size_t most_;
    T bound_;
    std::vector<scored_row<T>> rows_;
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
