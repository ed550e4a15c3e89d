/// @file
/// The k best of a stream of rows under a total order.
#ifndef SVDLENS_TABLE_DETAIL_ROWS_BEST_ROWS_HPP
#define SVDLENS_TABLE_DETAIL_ROWS_BEST_ROWS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <vector>

#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../order/stretches.hpp"
#include "row_list.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Higher keys are better; between equal ones the lower row.
template <score_key Key = signed_score>
struct highest_first {
    template <class T>
    static constexpr T worst = -std::numeric_limits<T>::infinity();
    template <class T>
    static T key(T score) {
        return Key{}(score);
    }
    template <class T>
    static bool reaches(T key, T bound) {
        return key >= bound;
    }
    template <class T>
    static bool before(const scored_row<T>& a, const scored_row<T>& b) {
        const T left = key(a.score), right = key(b.score);
        return left != right ? left > right : a.row < b.row;
    }
};

/// Lower keys are better; between equal ones the lower row.
template <score_key Key = signed_score>
struct lowest_first {
    template <class T>
    static constexpr T worst = std::numeric_limits<T>::infinity();
    template <class T>
    static T key(T score) {
        return Key{}(score);
    }
    template <class T>
    static bool reaches(T key, T bound) {
        return key <= bound;
    }
    template <class T>
    static bool before(const scored_row<T>& a, const scored_row<T>& b) {
        const T left = key(a.score), right = key(b.score);
        return left != right ? left < right : a.row < b.row;
    }
};

/// The k best rows offered so far, and perhaps some that are not. Amortised O(1) a row; at most 2 k +
/// 16 held.
template <std::floating_point T, class Order>
class best_rows {
  public:
    /// No row whose key does not reach this can be among the best. Rows that equal it still can.
    T bound() const { return bound_; }

    /// Raises the bound to one that is known from elsewhere: the key of a score.
    void raise(T bound) {
        if (Order::reaches(bound, bound_)) bound_ = bound;
    }

    void offer(const scored_row<T>& entry, std::size_t k) {
        if (!Order::reaches(Order::key(entry.score), bound_)) return;
        rows_.push_back(entry);
        if (rows_.size() >= 2 * k + 16) prune(k);
    }

    /// Leaves the k best, in any order. O(size).
    void prune(std::size_t k) {
        if (rows_.size() < k) return;
        const auto last = rows_.begin() + static_cast<std::ptrdiff_t>(k - 1);
        std::nth_element(rows_.begin(), last, rows_.end(), Order::template before<T>);
        rows_.resize(k);
        raise(Order::key(rows_.back().score));
    }

    /// Leaves the k best, best first.
    void sort(std::size_t k) {
        prune(k);
        std::sort(rows_.begin(), rows_.end(), Order::template before<T>);
    }

    const std::vector<scored_row<T>>& rows() const { return rows_; }

    void clear() {
        rows_.clear();
        bound_ = Order::template worst<T>;
    }

  private:
    std::vector<scored_row<T>> rows_;
    T bound_ = Order::template worst<T>;
};

/// Whether a score can still be among the best.
template <std::floating_point T, class Order>
struct bound_test {
    T bound;
    bool operator()(T score) const { return Order::reaches(Order::key(score), bound); }
};

/// Offers the rows [begin, end) of a run; the bound rises from stretch to stretch.
template <std::floating_point T, class Order>
void offer_run(best_rows<T, Order>& best, const score_run<T>& run, std::size_t begin, std::size_t end,
               std::size_t k) {
    bound_test<T, Order> test{best.bound()};
    for_hits(run.scores, begin, end, test, [&](std::size_t j) {
        best.offer({run.row(j), run.scores[j]}, k);
        test.bound = best.bound();
    });
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
