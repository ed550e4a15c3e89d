/// @file
/// The k best of a stream of rows under a total order.
#ifndef SVDLENS_TABLE_BEST_ROWS_HPP
#define SVDLENS_TABLE_BEST_ROWS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <vector>

#include "row_order.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Higher scores are better; between equal ones the lower row.
struct highest_first {
    template <class T>
    static constexpr T worst = -std::numeric_limits<T>::infinity();
    template <class T>
    static bool reaches(T score, T bound) {
        return score >= bound;
    }
    template <class T>
    static bool before(const scored_row<T>& a, const scored_row<T>& b) {
        return a.score != b.score ? a.score > b.score : a.row < b.row;
    }
};

/// Lower scores are better; between equal ones the lower row.
struct lowest_first {
    template <class T>
    static constexpr T worst = std::numeric_limits<T>::infinity();
    template <class T>
    static bool reaches(T score, T bound) {
        return score <= bound;
    }
    template <class T>
    static bool before(const scored_row<T>& a, const scored_row<T>& b) {
        return a.score != b.score ? a.score < b.score : a.row < b.row;
    }
};

/// The k best rows offered so far, and perhaps some that are not. Amortised O(1) a row; at most 2 k + 16
/// held.
template <std::floating_point T, class Order>
class best_rows {
  public:
    /// No row whose score does not reach this can be among the best. Rows that equal it still can.
    T bound() const { return bound_; }

    /// Raises the bound to one that is known from elsewhere.
    void raise(T bound) {
        if (Order::reaches(bound, bound_)) bound_ = bound;
    }

    void offer(const scored_row<T>& entry, std::size_t k) {
        if (!Order::reaches(entry.score, bound_)) return;
        rows_.push_back(entry);
        if (rows_.size() >= 2 * k + 16) prune(k);
    }

    /// Leaves the k best, in any order. O(size).
    void prune(std::size_t k) {
        if (rows_.size() < k) return;
        const auto last = rows_.begin() + static_cast<std::ptrdiff_t>(k - 1);
        std::nth_element(rows_.begin(), last, rows_.end(), Order::template before<T>);
        rows_.resize(k);
        raise(rows_.back().score);
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

/// Offers the rows [begin, end) of a run. Most stretches of 64 scores reach no bound, and one reduction
/// without branches tells.
template <std::floating_point T, class Order>
void offer_run(best_rows<T, Order>& best, const score_run<T>& run, std::size_t begin, std::size_t end,
               std::size_t k) {
    constexpr std::size_t stretch = 64;
    const auto x = run.scores;
    for (std::size_t first = begin; first < end; first += stretch) {
        const std::size_t last = (std::min)(first + stretch, end);
        const T bound = best.bound();
        unsigned any = 0;
        for (std::size_t j = first; j < last; ++j) any |= static_cast<unsigned>(Order::reaches(x[j], bound));
        if (any == 0) continue;
        for (std::size_t j = first; j < last; ++j) best.offer({run.row(j), x[j]}, k);
    }
}

} // namespace detail

} // namespace svdlens::inline v0

#endif
