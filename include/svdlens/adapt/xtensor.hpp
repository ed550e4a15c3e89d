/// @file
/// xtensor's expressions as tensors: `long_table(t, {"layer", "head", "neuron"})`.
#ifndef SVDLENS_ADAPT_XTENSOR_HPP
#define SVDLENS_ADAPT_XTENSOR_HPP

// The headers moved into folders with xtensor 0.26 and left nothing behind.
#if __has_include(<xtensor/core/xexpression.hpp>)
#include <xtensor/core/xexpression.hpp>
#include <xtensor/core/xlayout.hpp>
#include <xtensor/core/xtensor_forward.hpp>
#else
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

#include "../tensor/tensor_traits.hpp"

namespace svdlens::inline v0 {

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

/// Whether strides are those of row-major elements without gaps. Where an extent is 1 its stride does not
/// matter.
template <class X>
bool is_row_major(const X& x) {
    std::ptrdiff_t expected = 1;
    for (std::size_t k = x.dimension(); k-- > 0;) {
        const auto extent = static_cast<std::ptrdiff_t>(x.shape()[k]);
        if (extent != 1 && static_cast<std::ptrdiff_t>(x.strides()[k]) != expected) return false;
        expected *= extent;
    }
    return true;
}

} // namespace detail

/// As many axes as the expression has dimensions. Viewed in place where the elements lie row-major without
/// gaps, whatever the static layout; anything else is evaluated. An rvalue xarray, xtensor or xtensor_fixed
/// that does is moved in.
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
            return detail::is_row_major(x) ? x.data() + x.data_offset() : nullptr;
        } else {
            return nullptr;
        }
    }

    static void copy(const X& x, value_type* out) {
        std::copy(x.template begin<xt::layout_type::row_major>(),
                  x.template end<xt::layout_type::row_major>(), out);
    }
};

} // namespace svdlens::inline v0

#endif
