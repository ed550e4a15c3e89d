/// @file
/// Elements at fixed strides as tensors: std::mdspan and its kin, and a base for the traits of others.
#ifndef SVDLENS_TENSOR_STRIDED_HPP
#define SVDLENS_TENSOR_STRIDED_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "tensor_traits.hpp"

namespace svdlens::inline v0 {

/// Elements in memory: element (i, j, ...) is `data[i * strides[0] + j * strides[1] + ...]`. Strides count
/// elements and may be zero or negative. Views the memory. A tensor-like container itself.
template <class T>
struct strided_values {
    const T* data = nullptr;
    std::vector<std::uint64_t> shape = {};
    std::vector<std::ptrdiff_t> strides = {};
};

namespace detail {

/// Whether strides are those of row-major elements without gaps. Where an extent is 1 its stride does not
/// matter.
template <class Shape, class Strides>
bool is_row_major(const Shape& shape, const Strides& strides) {
    std::ptrdiff_t expected = 1;
    for (std::size_t k = shape.size(); k-- > 0;) {
        const auto extent = static_cast<std::ptrdiff_t>(shape[k]);
        if (extent != 1 && static_cast<std::ptrdiff_t>(strides[k]) != expected) return false;
        expected *= extent;
    }
    return true;
}

/// Copies the elements from axis k on in row-major order; returns where the next one goes. O(elements)
template <class T, class Out>
Out* copy_strided(const strided_values<T>& from, std::size_t k, const T* data, Out* out) {
    if (k == from.shape.size()) {
        *out = static_cast<Out>(*data);
        return out + 1;
    }
    const auto extent = static_cast<std::ptrdiff_t>(from.shape[k]);
    const auto stride = from.strides[k];
    if (k + 1 < from.shape.size()) {
        for (std::ptrdiff_t i = 0; i < extent; ++i) out = copy_strided(from, k + 1, data + i * stride, out);
        return out;
    }
    for (std::ptrdiff_t i = 0; i < extent; ++i) out[i] = static_cast<Out>(data[i * stride]);
    return out + extent;
}

} // namespace detail

/// Base of the traits of a view X with elements of type T, which then say one thing:
/// @code
/// template <> struct svdlens::tensor_traits<my_view> : svdlens::strided_traits<my_view, float> {
///     static svdlens::strided_values<float> strided(const my_view& v) {
///         return {v.data(), {v.rows(), v.columns()}, {v.pitch(), 1}};
///     }
/// };
/// @endcode
/// Row-major lvalues without gaps are viewed (their memory must outlive the table), all else is copied.
template <class X, class T>
struct strided_traits {
    using value_type = T;

    static std::vector<std::uint64_t> shape(const X& x) { return tensor_traits<X>::strided(x).shape; }

    static const T* row_major(const X& x) {
        const auto values = tensor_traits<X>::strided(x);
        return detail::is_row_major(values.shape, values.strides) ? values.data : nullptr;
    }

    static void copy(const X& x, tensor_value<T>* out) {
        const auto values = tensor_traits<X>::strided(x);
        for (const auto extent : values.shape)
            if (extent == 0) return; // no elements, and perhaps no memory
        detail::copy_strided(values, 0, values.data, out);
    }
};

template <class T>
struct tensor_traits<strided_values<T>> : strided_traits<strided_values<T>, T> {
    static const strided_values<T>& strided(const strided_values<T>& x) { return x; }
};

namespace detail {

template <class X>
using handle_element =
    std::remove_cv_t<std::remove_pointer_t<decltype(std::declval<const X&>().data_handle())>>;

/// Elements that the handle points to: not those that an accessor computes from it.
template <class X>
concept plain_accessor = !requires {
    typename X::reference;
}
|| std::is_same_v<typename X::reference, decltype(*std::declval<const X&>().data_handle())>;

/// Element positions that strides give, as far as the type knows.
template <class X>
concept plain_layout = !requires {
    X::is_always_strided();
}
|| requires { requires X::is_always_strided(); };

} // namespace detail

/// std::mdspan and what looks like it: extents, strides and a pointer to the elements.
template <class X>
concept mdspan_like = requires(const X& x) {
    { x.rank() } -> std::convertible_to<std::size_t>;
    { x.extent(0) } -> std::convertible_to<std::uint64_t>;
    { x.stride(0) } -> std::convertible_to<std::ptrdiff_t>;
    requires std::is_pointer_v<std::remove_cvref_t<decltype(x.data_handle())>>;
    requires std::is_arithmetic_v<detail::handle_element<X>>;
}
&&detail::plain_accessor<X>&& detail::plain_layout<X>;

/// As many axes as the view has dimensions; see `strided_traits` for what is viewed and what is copied.
template <mdspan_like X>
struct tensor_traits<X> : strided_traits<X, detail::handle_element<X>> {
    static strided_values<detail::handle_element<X>> strided(const X& x) {
        strided_values<detail::handle_element<X>> values{x.data_handle()};
        for (std::size_t k = 0; k < static_cast<std::size_t>(x.rank()); ++k) {
            using index = decltype(x.rank());
            values.shape.push_back(static_cast<std::uint64_t>(x.extent(static_cast<index>(k))));
            values.strides.push_back(static_cast<std::ptrdiff_t>(x.stride(static_cast<index>(k))));
        }
        return values;
    }
};

} // namespace svdlens::inline v0

#endif
