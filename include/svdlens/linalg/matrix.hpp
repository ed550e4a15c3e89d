/// @file
/// Matrix views that keep their owner alive, and matrices that are made when they are asked for.
#ifndef SVDLENS_LINALG_MATRIX_HPP
#define SVDLENS_LINALG_MATRIX_HPP

#include <atomic>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "../core/detail/maker.hpp"
#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../tensor/tensor_traits.hpp"

namespace svdlens::inline v0_2 {

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

/// An immutable rows × columns matrix with strides, at least one of them 1. Copies, slices and transposes
/// share the memory and keep its owner alive (a mapped file, for one).
///
/// The values of a *deferred* matrix (`deferred_matrix`) are not in memory: 16-bit weights of a file, or
/// weights behind a norm that was folded. Whoever works on one matrix after another asks for `resident()`,
/// which is gone when the caller drops it. `data()`, the strides and `operator()` give the same values of any
/// matrix, but of a deferred one they keep all that it is a part of in memory from then on.
template <std::floating_point T>
class basic_matrix {
  public:
    using value_type = T;

    /// 0 × 0.
    basic_matrix() = default;

    /// Takes over rows × columns values in row-major order.
    /// @throws argument_error (invalid_argument) when there is another number of values
    basic_matrix(std::vector<T> values, std::size_t rows, std::size_t columns) :
        rows_(rows), columns_(columns), row_stride_(columns) {
        if (values.size() != rows * columns)
            throw argument_error(errc::invalid_argument, "matrix: expected " + to_text(rows) + " x " +
                                                             to_text(columns) + " values, found " +
                                                             to_text(values.size()));
        auto owned = std::make_shared<const std::vector<T>>(std::move(values));
        data_ = owned->data();
        owner_ = std::move(owned);
    }

    /// Views row-major values that `owner` keeps alive (null: the caller does).
    basic_matrix(const T* data, std::size_t rows, std::size_t columns, std::shared_ptr<const void> owner) :
        data_(data), rows_(rows), columns_(columns), row_stride_(columns), owner_(std::move(owner)) {}

    /// How many rows.
    std::size_t rows() const { return rows_; }
    /// How many columns.
    std::size_t columns() const { return columns_; }

    /// The first entry's address; makes all of a deferred matrix, once.
    const T* data() const {
        if (source_ == nullptr) return data_;
        const auto& kept = source_->kept();
        return kept.data() + part_.row * kept.row_stride() + part_.column * kept.column_stride();
    }

    /// Values between neighbours down a column.
    std::size_t row_stride() const {
        if (source_ == nullptr) return row_stride_;
        return is_turned_ ? source_->kept().column_stride() : source_->kept().row_stride();
    }
    /// Values between neighbours along a row.
    std::size_t column_stride() const {
        return source_ == nullptr ? column_stride_ : transposed().row_stride();
    }

    /// Whoever keeps the memory alive; none of a view of the caller's.
    const std::shared_ptr<const void>& owner() const { return owner_; }

    /// One entry; makes all of a deferred matrix, once.
    T operator()(std::size_t row, std::size_t column) const {
        assert(row < rows_ && column < columns_);
        if (source_ != nullptr)
            return source_->kept()(part_.row + turned(row, column), part_.column + turned(column, row));
        return data_[row * row_stride_ + column * column_stride_];
    }

    /// Whether the values have to be made first.
    bool is_deferred() const { return source_ != nullptr; }

    /// The same matrix with its values in memory: itself, unless it is deferred. O(rows · columns) then, each
    /// time, and that many values of memory until the last copy of the result is gone.
    basic_matrix resident() const {
        if (source_ == nullptr) return *this;
        const auto made =
            source_->make({part_.row, part_.column, turned(rows_, columns_), turned(columns_, rows_)});
        return is_turned_ ? made.transposed() : made;
    }

    /// columns × rows, no copy.
    basic_matrix transposed() const {
        basic_matrix result = *this;
        std::swap(result.rows_, result.columns_);
        std::swap(result.row_stride_, result.column_stride_);
        result.is_turned_ = !is_turned_;
        return result;
    }

    /// `count` rows from `first` on, no copy.
    basic_matrix row_range(std::size_t first, std::size_t count) const {
        assert(first + count <= rows_);
        basic_matrix result = *this;
        result.rows_ = count;
        if (source_ == nullptr)
            result.data_ += first * row_stride_;
        else
            (is_turned_ ? result.part_.column : result.part_.row) += first;
        return result;
    }

    /// `count` columns from `first` on, no copy.
    basic_matrix column_range(std::size_t first, std::size_t count) const {
        return transposed().row_range(first, count).transposed();
    }

  private:
    friend detail::maker; // for deferred_matrix

    /// All of a deferred matrix.
    explicit basic_matrix(std::shared_ptr<const detail::deferred_values<T>> source) :
        rows_(source->all().rows), columns_(source->all().columns), source_(source.get()),
        owner_(std::move(source)) {}

    /// Where a slice of a deferred matrix begins in the whole.
    struct corner {
        std::size_t row = 0;
        std::size_t column = 0;
    };

    /// What counts rows of the whole, of a pair in this matrix' orientation.
    std::size_t turned(std::size_t down, std::size_t across) const { return is_turned_ ? across : down; }

    const T* data_ = nullptr;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::size_t row_stride_ = 0;
    std::size_t column_stride_ = 1;
    const detail::deferred_values<T>* source_ = nullptr; ///< of a deferred matrix; owned by owner_
    corner part_;
    bool is_turned_ = false;
    std::shared_ptr<const void> owner_;
};

using matrix = basic_matrix<float>;

/// A rows × columns matrix whose values `make(part)` makes when they are asked for: any part of it, as a
/// matrix of that shape, the same values each time, from any number of threads at once. Makes nothing: O(1).
template <std::floating_point T, class Make>
basic_matrix<T> deferred_matrix(std::size_t rows, std::size_t columns, Make make) {
    return detail::maker::make<basic_matrix<T>>(
        std::make_shared<const detail::deferred_values<T>>(rows, columns, std::move(make)));
}

/// A matrix is a tensor of two axes: `long_table(m, {"direction", "d_model"})`. Row-major lvalues without
/// gaps are viewed, all else is copied.
template <std::floating_point T>
struct tensor_traits<basic_matrix<T>> : strided_traits<basic_matrix<T>, T> {
    static std::vector<std::uint64_t> shape(const basic_matrix<T>& m) { return {m.rows(), m.columns()}; }

    /// A deferred matrix is copied: viewing it would keep all its values beside the table.
    static const T* row_major(const basic_matrix<T>& m) {
        return m.is_deferred() ? nullptr : strided_traits<basic_matrix<T>, T>::row_major(m);
    }

    static void copy(const basic_matrix<T>& m, tensor_value<T>* out) {
        strided_traits<basic_matrix<T>, T>::copy(m.resident(), out);
    }

    /// The matrix where it lies, with its strides.
    static strided_values<T> strided(const basic_matrix<T>& m) {
        return {
            m.data(),
            {m.rows(), m.columns()},
            {static_cast<std::ptrdiff_t>(m.row_stride()), static_cast<std::ptrdiff_t>(m.column_stride())}};
    }
};

} // namespace svdlens::inline v0_2

#endif
