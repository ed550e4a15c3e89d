/// @file
/// Matrices as views with shared ownership: a slice of a file, of another matrix, or values of their own.
#ifndef SVDLENS_LINALG_MATRIX_HPP
#define SVDLENS_LINALG_MATRIX_HPP

#include <cassert>
#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../tensor/strided.hpp"

namespace svdlens::inline v0 {

/// An immutable rows × columns matrix with strides, at least one of them 1. Copies, slices and transposes
/// share the memory and keep its owner alive (a mapped file, for one).
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

    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }
    const T* data() const { return data_; }

    /// Values between neighbours down a column.
    std::size_t row_stride() const { return row_stride_; }
    /// Values between neighbours along a row.
    std::size_t column_stride() const { return column_stride_; }

    const std::shared_ptr<const void>& owner() const { return owner_; }

    T operator()(std::size_t row, std::size_t column) const {
        assert(row < rows_ && column < columns_);
        return data_[row * row_stride_ + column * column_stride_];
    }

    /// columns × rows, no copy.
    basic_matrix transposed() const {
        basic_matrix result = *this;
        std::swap(result.rows_, result.columns_);
        std::swap(result.row_stride_, result.column_stride_);
        return result;
    }

    /// `count` rows from `first` on, no copy.
    basic_matrix row_range(std::size_t first, std::size_t count) const {
        assert(first + count <= rows_);
        basic_matrix result = *this;
        result.data_ += first * row_stride_;
        result.rows_ = count;
        return result;
    }

    /// `count` columns from `first` on, no copy.
    basic_matrix column_range(std::size_t first, std::size_t count) const {
        return transposed().row_range(first, count).transposed();
    }

  private:
    const T* data_ = nullptr;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::size_t row_stride_ = 0;
    std::size_t column_stride_ = 1;
    std::shared_ptr<const void> owner_;
};

using matrix = basic_matrix<float>;

/// A matrix is a tensor of two axes: `long_table(m, {"direction", "d_model"})`. Row-major lvalues without gaps
/// are viewed, all else is copied.
template <std::floating_point T>
struct tensor_traits<basic_matrix<T>> : strided_traits<basic_matrix<T>, T> {
    static strided_values<T> strided(const basic_matrix<T>& m) {
        return {m.data(),
                {m.rows(), m.columns()},
                {static_cast<std::ptrdiff_t>(m.row_stride()), static_cast<std::ptrdiff_t>(m.column_stride())}};
    }
};

} // namespace svdlens::inline v0

#endif
