/// @file
/// Values of a matrix that are made when they are asked for.
#ifndef SVDLENS_LINALG_DEFERRED_VALUES_HPP
#define SVDLENS_LINALG_DEFERRED_VALUES_HPP

#include <atomic>
#include <concepts>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

namespace svdlens::inline v0 {

template <std::floating_point T>
class basic_matrix;

/// A part of a matrix: rows × columns values from (row, column) on.
struct matrix_part {
    std::size_t row;
    std::size_t column;
    std::size_t rows;
    std::size_t columns;
};

namespace detail {

/// How a matrix' values are made, and the values themselves once somebody needs them to stay.
template <std::floating_point T>
class deferred_values {
  public:
    template <class Make>
    deferred_values(std::size_t rows, std::size_t columns, Make make) :
        all_{0, 0, rows, columns}, make_(std::move(make)) {}
    deferred_values(const deferred_values&) = delete;
    deferred_values& operator=(const deferred_values&) = delete;

    const matrix_part& all() const { return all_; }

    /// A part, in memory: made for the caller, or a view of what is kept.
    basic_matrix<T> make(const matrix_part& part) const {
        if (!is_kept_.load(std::memory_order_acquire)) return make_(part).resident();
        return kept_.row_range(part.row, part.rows).column_range(part.column, part.columns);
    }

    /// All of it, made by the first caller and kept from then on.
    const basic_matrix<T>& kept() const {
        if (is_kept_.load(std::memory_order_acquire)) return kept_;
        // Not call_once: under a thread sanitizer it hangs when what it calls throws.
        const std::lock_guard lock(making_);
        if (!is_kept_.load(std::memory_order_relaxed)) {
            kept_ = make_(all_).resident();
            is_kept_.store(true, std::memory_order_release);
        }
        return kept_;
    }

  private:
    matrix_part all_;
    std::function<basic_matrix<T>(const matrix_part&)> make_;
    mutable std::mutex making_;
    mutable std::atomic<bool> is_kept_{false};
    mutable basic_matrix<T> kept_;
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
