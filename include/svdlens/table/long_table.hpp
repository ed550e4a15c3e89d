/// @file
/// A tensor in memory as a long table: one row per element, index columns never stored.
#ifndef SVDLENS_TABLE_LONG_TABLE_HPP
#define SVDLENS_TABLE_LONG_TABLE_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
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
#include "print.hpp"
#include "score_source.hpp"
#include "tiling.hpp"

namespace svdlens::inline v0_2 {

/// The present rows of a shape, in row order, with the axes that number and name them. A score source.
///
/// Copies share the values. Made in O(1) by `long_table` from a tensor, or by `store` from a projection.
/// @code{.cpp}
/// std::vector<float> t(24, 0.5f);
/// auto table = sl::long_table(t, {2, 3, 4}, {"layer", "head", "neuron"}); // a view: t must outlive it
/// table.size();                                                           // = 24
/// @endcode
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

/// The everyday long table, as it is written in signatures: `void f(const float_table& table)`.
using float_table = basic_long_table<float>;

namespace detail {

template <class X>
inline constexpr bool is_flat = false;
template <class T, class Allocator>
inline constexpr bool is_flat<std::vector<T, Allocator>> = std::integral<T> || std::floating_point<T>;
template <class T, std::size_t N>
inline constexpr bool is_flat<std::array<T, N>> = std::integral<T> || std::floating_point<T>;
template <class T, std::size_t N>
inline constexpr bool is_flat<T[N]> = std::integral<T> || std::floating_point<T>;
template <class T, std::size_t N>
inline constexpr bool is_flat<std::span<T, N>> =
    std::integral<std::remove_const_t<T>> || std::floating_point<std::remove_const_t<T>>;

/// Numbers in a row, which have no shape of their own: a vector, array or span.
template <class X>
concept flat_values = is_flat<std::remove_cvref_t<X>>;

template <class X>
concept tensor_values = tensor_like<std::remove_cvref_t<X>>;

template <class X>
inline constexpr bool is_known = tensor_values<X>; // a failed concept would explain itself in a second error

template <class X>
inline constexpr bool is_span = false;
template <class T, std::size_t N>
inline constexpr bool is_span<std::span<T, N>> = true;

/// Numbers in a row as a tensor: viewed where they outlive it, taken over from a vector, copied otherwise.
template <flat_values X>
auto to_flat_tensor(X&& values, std::vector<std::uint64_t> shape) {
    using container = std::remove_cvref_t<X>;
    using element = std::remove_cvref_t<decltype(*std::begin(values))>;
    if constexpr (!std::floating_point<element>) {
        return basic_tensor<double>(std::vector<double>(std::begin(values), std::end(values)),
                                    std::move(shape));
    } else if constexpr (std::is_lvalue_reference_v<X> || is_span<container>) {
        return basic_tensor<element>(std::span<const element>(values), std::move(shape), nullptr);
    } else if constexpr (std::is_same_v<X, std::vector<element>>) {
        return basic_tensor<element>(std::move(values), std::move(shape));
    } else {
        return basic_tensor<element>(std::vector<element>(std::begin(values), std::end(values)),
                                     std::move(shape));
    }
}

inline std::vector<std::uint64_t> shape_of(const axes& table) {
    std::vector<std::uint64_t> shape;
    for (const auto& axis : table) shape.push_back(axis.extent);
    return shape;
}

/// What stands in for a table where the values are of no known kind: one error says so, none follow.
template <class X>
float_table unknown_values() {
    static_assert(is_known<X>,
                  "svdlens::long_table does not know this container: include svdlens/adapt/eigen.hpp or "
                  "svdlens/adapt/xtensor.hpp, or specialise svdlens::tensor_traits");
    return float_table({}, {});
}

} // namespace detail

/// The long table of a tensor of any rank: `long_table(t, {"layer", "head", "neuron"})`. O(1) for contiguous
/// row-major lvalues, which are viewed and must outlive the table, and for rvalues, which are moved in;
/// anything else is evaluated, integers as doubles.
/// @throws argument_error (invalid_axes, wrong_label_count) when names, extents or labels do not fit
/// the shape
template <class X>
    requires(!detail::flat_values<X>)
auto long_table(X&& x, std::vector<axis> names) {
    if constexpr (detail::tensor_values<X>) {
        auto values = to_tensor(std::forward<X>(x));
        auto fitted = fit_axes(std::move(names), values.shape());
        using T = typename decltype(values)::value_type;
        return basic_long_table<T>(std::move(fitted), std::move(values));
    } else {
        return detail::unknown_values<X>();
    }
}

/// Of axes by their names: a braced list is one of names wherever it can be.
template <class X>
    requires(!detail::flat_values<X>)
auto long_table(X&& x, std::initializer_list<axis> names) {
    return long_table(std::forward<X>(x), std::vector<axis>(names));
}

/// Names alone say nothing of a vector, array or span: does not compile, and says what is missing.
template <detail::flat_values X>
float_table long_table(X&&, std::initializer_list<const char*>) {
    static_assert(detail::is_known<X>,
                  "svdlens::long_table: a vector, array or span has no shape: give the extents, as "
                  "in long_table(values, {2, 3}, {\"head\", \"neuron\"})");
    return float_table({}, {});
}

/// A table of any tensor with axes that have their extents, label columns, a title: `long_table(t, {{{"layer", 12},
/// {"head", 64}}, {{"head", "L{layer}H{head}"}}})`. Also of a vector, array or span, whose numbers are in
/// row-major order: those of an lvalue or span are viewed and must outlive the table, a vector that is an
/// rvalue is taken over, integers (signed, unsigned, bool) become doubles, beyond 2^53 rounded to the
/// nearest; these take O(rows).
/// @throws argument_error (invalid_axes) when the extents are not the shape, or do not hold the values
template <class X>
auto long_table(X&& x, axes table) {
    if constexpr (detail::tensor_values<X>) {
        auto values = to_tensor(std::forward<X>(x));
        (void)fit_axes({table.begin(), table.end()}, values.shape());
        using T = typename decltype(values)::value_type;
        return basic_long_table<T>(std::move(table), std::move(values));
    } else if constexpr (detail::flat_values<X>) {
        auto values = detail::to_flat_tensor(std::forward<X>(x), detail::shape_of(table));
        using T = typename decltype(values)::value_type;
        return basic_long_table<T>(std::move(table), std::move(values));
    } else {
        return detail::unknown_values<X>();
    }
}

/// The long table of values that have no shape of their own:
/// `long_table(values, {12, 12, 64}, {"layer", "head", "direction"})`. Values as above.
/// @throws argument_error (invalid_axes, wrong_label_count) when names, labels and shape do not fit each
/// other or the values
template <class X>
auto long_table(X&& values, std::vector<std::uint64_t> shape, std::vector<axis> names) {
    return long_table(std::forward<X>(values), fit_axes(std::move(names), shape));
}

} // namespace svdlens::inline v0_2

#endif
