/// @file
/// xtensor's expressions as tensors: `long_table(t, {"layer", "head", "neuron"})`; tables as its adaptors.
#ifndef SVDLENS_ADAPT_XTENSOR_HPP
#define SVDLENS_ADAPT_XTENSOR_HPP

// The headers moved into folders with xtensor 0.26 and left nothing behind.
#if __has_include(<xtensor/core/xexpression.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/core/xexpression.hpp>
#include <xtensor/core/xlayout.hpp>
#include <xtensor/core/xtensor_forward.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xexpression.hpp>
#include <xtensor/xlayout.hpp>
#include <xtensor/xtensor_forward.hpp>
#endif

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "../table/detail/rows/dense_values.hpp"
#include "../table/long_table.hpp"
#include "../tensor/tensor_traits.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Containers, adaptors, views, and every lazy expression over them.
template <class X>
concept xtensor_expression = std::is_base_of_v<xt::xexpression<X>, X>;

/// Expressions whose elements lie in memory at fixed strides.
template <class X>
concept xtensor_in_memory = xtensor_expression<X> && requires(const X& x) {
    { x.data() + x.data_offset() } -> std::same_as<const typename X::value_type*>;
    x.strides()[0];
};

template <class X>
inline constexpr bool is_xtensor_container = false;
template <class EC, xt::layout_type L, class SC, class Tag>
inline constexpr bool is_xtensor_container<xt::xarray_container<EC, L, SC, Tag>> = true;
template <class EC, std::size_t N, xt::layout_type L, class Tag>
inline constexpr bool is_xtensor_container<xt::xtensor_container<EC, N, L, Tag>> = true;
template <class ET, class S, xt::layout_type L, bool Sharable, class Tag>
inline constexpr bool is_xtensor_container<xt::xfixed_container<ET, S, L, Sharable, Tag>> = true;

} // namespace detail

/// As many axes as the expression has dimensions. Viewed in place where the elements lie row-major without
/// gaps, whatever the static layout; anything else is evaluated, integers as double. An rvalue xarray,
/// xtensor or xtensor_fixed that does is moved in.
template <class X>
    requires detail::xtensor_expression<X>
struct tensor_traits<X> {
    using value_type = typename X::value_type;

    static constexpr bool owns_values = detail::is_xtensor_container<X>;

    static std::vector<std::uint64_t> shape(const X& x) {
        std::vector<std::uint64_t> result;
        for (const auto extent : x.shape()) result.push_back(static_cast<std::uint64_t>(extent));
        return result;
    }

    static const value_type* row_major(const X& x) {
        if constexpr (detail::xtensor_in_memory<X>) {
            const strided_values<value_type> values{
                x.data() + x.data_offset(), shape(x), {x.strides().begin(), x.strides().end()}};
            return values.is_row_major() ? values.data : nullptr;
        } else {
            return nullptr;
        }
    }

    static void copy(const X& x, tensor_value<value_type>* out) {
        std::copy(x.template begin<xt::layout_type::row_major>(),
                  x.template end<xt::layout_type::row_major>(), out);
    }
};

namespace detail {

template <class T>
auto xtensor_view(const T* values, std::size_t size, const std::vector<std::size_t>& shape) {
    return xt::adapt<xt::layout_type::row_major>(values, size, xt::no_ownership(), shape);
}

} // namespace detail

/// The values of a table, in the shape of its axes, as an xtensor adaptor. The table must outlive it, and
/// what the table views too. O(rank)
/// @throws argument_error (invalid_argument) when rows are absent
template <std::floating_point T>
auto to_xtensor(const basic_long_table<T>& table) {
    detail::check_dense(table, "to_xtensor");
    std::vector<std::size_t> shape;
    for (const auto& axis : table.axes()) shape.push_back(static_cast<std::size_t>(axis.extent));
    return detail::xtensor_view(table.values().data(), table.size(), shape);
}

/// The values of a wide table, rows by columns, as an xtensor adaptor; NaN where no cell is. The table must
/// outlive it. O(1)
template <detail::wide_values W>
auto to_xtensor(const W& wide) {
    return detail::xtensor_view(wide.values().data(), wide.values().size(),
                                {wide.row_count(), wide.column_count()});
}

// A view of a temporary would dangle.
template <std::floating_point T>
void to_xtensor(const basic_long_table<T>&& table) = delete;
template <detail::wide_values W>
void to_xtensor(const W&& wide) = delete;

} // namespace svdlens::inline v0_2

#endif
