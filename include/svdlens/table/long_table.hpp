/// @file
/// A tensor in memory as a long table: one row per element, index columns never stored.
#ifndef SVDLENS_TABLE_LONG_TABLE_HPP
#define SVDLENS_TABLE_LONG_TABLE_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "../tensor/axes.hpp"
#include "../tensor/tensor.hpp"
#include "../tensor/tensor_traits.hpp"
#include "score_source.hpp"
#include "tiling.hpp"

namespace svdlens::inline v0_2 {

/// The present rows of a shape, in row order, with the axes that number and name them. A score source.
///
/// Copies share the values. Made in O(1) by `long_table` from a tensor, or by `store` from a projection.
template <std::floating_point T>
class basic_long_table {
  public:
    using value_type = T;

    /// All rows of the axes' shape.
    /// @throws argument_error (invalid_axes) when the tensor holds another number of values
    basic_long_table(svdlens::axes axes, basic_tensor<T> values) :
        basic_long_table(axes, std::move(values), tiling::dense(axes.shape_rows())) {}

    /// The rows that the tiling says are present.
    /// @throws argument_error (invalid_axes) when the tensor holds another number of values
    basic_long_table(svdlens::axes axes, basic_tensor<T> values, tiling tiles) :
        axes_(std::move(axes)), values_(std::move(values)), tiles_(std::move(tiles)) {
        if (values_.size() == tiles_.size()) return;
        throw argument_error(errc::invalid_axes, "long table: expected " + to_text(tiles_.size()) +
                                                     " values, found " + to_text(values_.size()));
    }

    const svdlens::axes& axes() const { return axes_; }
    std::uint64_t max_rows() const { return tiles_.size(); }
    std::size_t blocks() const { return tiles_.blocks(); }
    const tiling& tiles() const { return tiles_; }

    /// The scores of the present rows, in row order.
    std::span<const T> values() const& { return values_.values(); }
    /// As a copy of its own, which outlives a temporary table. O(rows)
    std::vector<T> values() && { return std::move(values_).values(); }

    /// The number of present rows.
    std::size_t size() const { return values_.size(); }
    bool empty() const { return size() == 0; }

    /// The k-th present row in row order. O(log sections).
    row_number row_at(std::size_t k) const { return tiles_.row(k); }
    /// The score of the k-th present row.
    T score_at(std::size_t k) const { return values_.data()[k]; }

    score_block<T> block(std::size_t i, block_buffer<T>& buffer) const {
        const auto tile = tiles_(i);
        return tiles_.block(tile, values_.data() + tiles_.offset(tile), tiles_.pitch(tile), buffer);
    }

    /// The score of a row, or nothing when the row is not present. O(log lines).
    std::optional<T> find(row_number row) const {
        const auto at = row < axes_.shape_rows() ? tiles_.offset(row) : std::nullopt;
        if (!at) return std::nullopt;
        return values_.values()[*at];
    }

  private:
    svdlens::axes axes_;
    basic_tensor<T> values_;
    tiling tiles_;
};

/// The long table of a tensor of any rank: `long_table(t, {"layer", "head", "neuron"})`. O(1) for contiguous
/// row-major lvalues, which are viewed and must outlive the table, and for rvalues, which are moved in.
/// @throws argument_error (invalid_axes, wrong_label_count) when names, extents or labels do not fit the
/// shape
template <class X>
    requires tensor_like<std::remove_cvref_t<X>>
auto long_table(X&& x, std::vector<axis> names) {
    auto values = to_tensor(std::forward<X>(x));
    auto fitted = fit_axes(std::move(names), values.shape());
    using T = typename decltype(values)::value_type;
    return basic_long_table<T>(std::move(fitted), std::move(values));
}

/// As above, with axes that have their extents, label columns, a title.
/// @throws argument_error (invalid_axes) when the extents are not the shape
template <class X, std::same_as<svdlens::axes> Axes> // deduced, so that a braced list stays a list of names
    requires tensor_like<std::remove_cvref_t<X>>
auto long_table(X&& x, Axes axes) {
    auto values = to_tensor(std::forward<X>(x));
    (void)fit_axes({axes.begin(), axes.end()}, values.shape());
    using T = typename decltype(values)::value_type;
    return basic_long_table<T>(std::move(axes), std::move(values));
}

/// The long table of values in row-major order, which are viewed and must outlive it. Each axis has its
/// extent.
template <std::floating_point T>
basic_long_table<T> long_table(std::span<const T> values, svdlens::axes axes) {
    std::vector<std::uint64_t> shape;
    for (const auto& a : axes) shape.push_back(a.extent);
    return basic_long_table<T>(std::move(axes), basic_tensor<T>(values, std::move(shape), nullptr));
}

/// As above, taking the values over.
template <std::floating_point T>
basic_long_table<T> long_table(std::vector<T>&& values, svdlens::axes axes) {
    std::vector<std::uint64_t> shape;
    for (const auto& a : axes) shape.push_back(a.extent);
    return basic_long_table<T>(std::move(axes), basic_tensor<T>(std::move(values), std::move(shape)));
}

/// As above, viewing a vector, which must outlive the table.
template <std::floating_point T>
basic_long_table<T> long_table(const std::vector<T>& values, svdlens::axes axes) {
    return long_table(std::span<const T>(values), std::move(axes));
}

/// As above, copying a vector that will not outlive it and cannot be taken over.
template <std::floating_point T>
basic_long_table<T> long_table(const std::vector<T>&& values, svdlens::axes axes) {
    return long_table(std::vector<T>(values), std::move(axes));
}

/// As above, viewing values that others may write to.
template <std::floating_point T>
basic_long_table<T> long_table(std::span<T> values, svdlens::axes axes) {
    return long_table(std::span<const T>(values), std::move(axes));
}

/// The long table of integers (signed, unsigned, bool) in row-major order, as doubles: beyond 2^53 rounded to
/// the nearest. Each axis has its extent. O(rows)
template <class T>
    requires std::integral<std::remove_const_t<T>> basic_long_table<double> long_table(std::span<T> values,
                                                                                       svdlens::axes axes) {
        return long_table(std::vector<double>(values.begin(), values.end()), std::move(axes));
    }

/// As above.
template <std::integral T>
basic_long_table<double> long_table(const std::vector<T>& values, svdlens::axes axes) {
    return long_table(std::vector<double>(values.begin(), values.end()), std::move(axes));
}

/// The long table of values that have no shape of their own:
/// `long_table(values, {12, 12, 64}, {"layer", "head", "direction"})`. Values as above.
/// @throws argument_error (invalid_axes, wrong_label_count) when names, labels and shape do not fit each
/// other or the values
template <class Values>
    requires requires(Values&& values, svdlens::axes fitted) {
        long_table(std::forward<Values>(values), fitted);
    }
auto long_table(Values&& values, std::vector<std::uint64_t> shape, std::vector<axis> names) {
    return long_table(std::forward<Values>(values), fit_axes(std::move(names), shape));
}

} // namespace svdlens::inline v0_2

#endif
